#![doc = include_str!("../README.md")]

mod simulator;

pub use simulator::{Call, Fired, Hardship, Hardships, SimulatorBuilder, SimulatorError, StreamSimulator};
