//! What only the embedded server has: its clock, its life, its file. What it has in common with others is in
//! `tests/streams`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod clock;
mod corrections;
mod endpoint;
mod lifecycle;
mod scene;
