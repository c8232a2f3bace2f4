//! What the writers promise, against the embedded server or the one of `DYNAMODB_ENDPOINT`, and through a client that fails on demand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod batches;
mod costs;
mod errors;
mod faulty;
mod fenced;
mod partiql;
mod scene;
#[path = "../../../../tests/services/server.rs"]
mod server;
mod sizes;
mod statements;
mod statements_faults;
mod statements_random;
mod tables;
mod transactions;
