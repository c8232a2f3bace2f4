//! The durable stores of checkpoints: what all of them promise, and what each does when something goes wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod folder;
mod scene;
