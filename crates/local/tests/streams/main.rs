//! What tables and their streams show, on the embedded server or the one of `DYNAMODB_ENDPOINT`.
//!
//! Where the two differ, each test asserts what [`server::Behavior`] says. What only the embedded server has is tested in
//! `tests/server`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod changes;
mod ended;
mod images;
mod numbers;
mod pages;
mod scene;
mod sequence;
#[path = "../../../../tests/services/server.rs"]
mod server;
mod table;
mod times;
mod workload;
