//! Functions as Lambda runs them: the real loop of `lambda_runtime` in a process of its own, against a stub of the
//! Runtime API; and the same without a runtime, where a test needs the clock.

#![expect(clippy::panic, reason = "that a panic is contained is one of the things tested")]

mod answers;
mod deadline;
mod events;
mod logs;
mod malformed;
mod metrics;
mod panics;
mod process;
mod starting;
mod typed;
mod windows;

type Fallible = Result<(), Box<dyn std::error::Error>>;
