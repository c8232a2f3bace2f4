//! What the benchmarks of `dynacdc-record` measure with: made-up Lambda events, and rounds on CPU time.
//!
//! The peer of a benchmark is the way that a Rust function does the same work today: `aws_lambda_events` with
//! `serde_json`, `serde_dynamo`, `bigdecimal`. Peers run in the same process, on the same data, in turn with ours.

mod dice;
mod event;
mod item;
mod order;
mod rounds;
mod shuffle;

pub use event::{Arrangement, Event, Size};
pub use rounds::{Race, Rounds};
