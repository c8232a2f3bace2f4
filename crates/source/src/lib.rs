#![doc = include_str!("../README.md")]

mod checkpoint;
mod deliver;
mod malformed;
mod poller;
mod replay;
mod streams;

pub use checkpoint::{Checkpoint, CheckpointError, CheckpointStore, MemoryCheckpoints};
pub use deliver::DeliveryError;
pub use malformed::{MalformedStore, OnMalformed};
pub use poller::{PollError, Polled, Poller, PollerBuilder, Start};
pub use replay::{ReplayError, Replayed, replay};
#[cfg(feature = "aws-sdk")]
pub use streams::SdkStreams;
pub use streams::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamStatus, StreamsApi, StreamsError, StreamsErrorKind,
};
