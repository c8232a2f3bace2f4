//! What the embedded server promises.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod clock;
mod corrections;
mod endpoint;
mod images;
mod lifecycle;
mod numbers;
mod scene;
mod table;
mod workload;
