//! The poller's machine, told by hand what happened.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper fails its test by panicking, and a failed history is printed"
)]

mod batches;
mod budget;
mod ending;
mod forgetting;
mod gaps;
mod health;
mod lineage;
mod positions;
mod random;
mod reading;
mod retrying;
mod saving;
mod scene;
mod stopping;
