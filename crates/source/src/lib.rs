#![doc = include_str!("../README.md")]

mod checkpoint;
mod deliver;
mod malformed;
mod replay;
#[cfg(feature = "dynamodb")]
mod setup;
mod streams;

pub use checkpoint::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, MemoryCheckpoints, Progress, Stamp,
    Start, Stored, Tenure,
};
pub use deliver::DeliveryError;
pub use malformed::{MalformedStore, OnMalformed};
pub use replay::{ReplayError, Replayed, replay};
#[cfg(feature = "dynamodb")]
pub use setup::{Awaited, SetupError, StreamSetup, TableStream, ViewTypeChange};
#[cfg(feature = "aws-sdk")]
pub use streams::SdkStreams;
pub use streams::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamPage, StreamStatus, StreamsApi, StreamsError,
    StreamsErrorKind,
};
