#![doc = include_str!("../README.md")]

pub mod conformance;
mod delivery;
mod faults;
mod mapping;
mod scenario;
mod simulator;
mod subjects;
mod torture;

pub use delivery::{Plan, Running, Subject, subject};
pub use faults::{
    Fault, FaultCounts, FaultRates, FaultScript, Faults, FaultyCheckpoints, FaultyDeadLetters, FaultyDedupe, FaultySink,
};
pub use mapping::{
    DiscardCondition, Discarded, EventSourceMapping, Invocation, InvocationOutcome, MappingRun, StartingPosition,
};
pub use scenario::{GROUP, GROUPS, History, LISTED, POISON, Scenario, Shard, VALUE};
pub use simulator::{Call, Fired, Hardship, Hardships, SimulatorBuilder, SimulatorError, StreamSimulator};
pub use subjects::{Backend, ContributedTotals, Mail, Mailer, MarkedTotals, Replica, Total};
pub use torture::{Failure, REPLAY, Replay, ReplayTextError, Torture, TortureReport, torture};
