//! The durable stores of checkpoints: what all of them promise, and what each does when something goes wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

#[cfg(feature = "dynamodb")]
mod clearing;
#[cfg(feature = "dynamodb")]
#[allow(dead_code, reason = "it is the client of the tests of dynacdc-dynamodb, and these need a part of it")]
#[path = "../../../dynamodb/tests/embedded/faulty.rs"]
mod faulty;
mod folder;
#[cfg(feature = "dynamodb")]
#[allow(dead_code, reason = "as above")]
#[path = "../../../dynamodb/tests/stores/gate.rs"]
mod gate;
mod scene;
#[cfg(feature = "dynamodb")]
#[path = "../../../../tests/services/server.rs"]
mod server;
#[cfg(feature = "dynamodb")]
mod table;
