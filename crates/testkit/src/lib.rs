#![doc = include_str!("../README.md")]

mod mapping;
mod simulator;

pub use mapping::{
    DiscardCondition, Discarded, EventSourceMapping, Invocation, InvocationOutcome, MappingRun, StartingPosition,
};
pub use simulator::{Call, Fired, Hardship, Hardships, SimulatorBuilder, SimulatorError, StreamSimulator};
