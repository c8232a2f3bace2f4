//! Conformance: what an implementation of a trait of dynacdc has to keep, as trials that can be run on it.
//!
//! There is a suite for [`dedupe_store`], [`dead_letter_store`], [`checkpoint_store`] and [`sink`]. Each of them takes a
//! function that makes a *fixture*: an empty backend of its own for every trial. A fixture hands out as many handles on
//! its backend as it is asked for, each as a process of its own would have it, so that what must survive a restart or be
//! seen by another process can be tried. The suite gives back a [`Verdict`]: one line per trial, with the promise that it
//! stands for, which is a line of the trait's `# Behavior` list.
//!
//! ```
//! use dynacdc_sink::MemoryDedupe;
//! use dynacdc_testkit::conformance::{self, Opened, StoreFixture};
//!
//! struct Shared(MemoryDedupe);
//!
//! #[async_trait::async_trait]
//! impl StoreFixture for Shared {
//!     type Store = MemoryDedupe;
//!
//!     async fn open(&self) -> Opened<MemoryDedupe> {
//!         Ok(self.0.clone())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), conformance::NotConforming> {
//! let verdict = conformance::dedupe_store(|| Shared(MemoryDedupe::new())).await;
//! println!("{verdict}");
//! verdict.into_result()
//! # }
//! ```
//!
//! Nothing here sleeps unless the implementation makes it wait, except that a sink is given two seconds to show what it does
//! behind its own back, and that a delivery which settles nothing is made again after a pause of up to a second, some 13 seconds
//! in all: a lease that another handle left has to be over by then. On tokio's paused clock that costs nothing. A trial that has not ended after five minutes has failed.
//!
//! What cannot be tried from outside is not tried: that a call which returned an error happened wholly or not at all, and
//! what happens when a process dies within a call. The torture kit of this crate does that with faults of its own.

mod checkpoint;
mod dead_letter;
mod dedupe;
mod fixture;
mod sink;
mod verdict;

pub use checkpoint::checkpoint_store;
pub use dead_letter::dead_letter_store;
pub use dedupe::dedupe_store;
pub use fixture::{Opened, SinkFixture, StoreFixture};
pub use sink::{SinkSuite, sink};
pub use verdict::{Ending, NotConforming, Trial, Verdict};
