//! The stores against the embedded server or the one of `DYNAMODB_ENDPOINT`, and through a client that fails on demand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod behavior;
mod claims;
mod conformance;
mod exclusion;
mod faults;
#[allow(dead_code, unused_imports, reason = "it is the client of all tests of this crate, and these need a part of it")]
#[path = "../embedded/faulty.rs"]
mod faulty;
mod gate;
mod large;
mod scene;
#[path = "../../../../tests/services/server.rs"]
mod server;
