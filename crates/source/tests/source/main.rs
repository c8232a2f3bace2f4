//! The poller against a scripted Streams API, under tokio's paused clock, and the replay.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the words that tests are written in may fail them"
)]

mod checkpoint;
mod failing;
mod hanging;
mod health;
mod journal;
mod lag;
mod lanes;
mod latest;
mod listing;
mod malformed;
mod metrics;
mod order;
mod readiness;
mod replay;
mod scene;
mod script;
mod stop;
mod stores;
mod target;
mod trimmed;
