//! The contract of sinks, with the tools that keep it.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod each;
mod fan_out;
mod isolate;
mod meter;
mod outcome;
mod report;
mod retry;
mod scene;
mod script;
mod slots;
mod stack;
mod timeout;
mod trace;
mod typed;
#[path = "../words/mod.rs"]
mod words;
