#![doc = include_str!("../README.md")]

mod checkpoint;
mod deliver;
mod refetch;
mod replay;
mod streams;

pub use checkpoint::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, MemoryCheckpoints, Progress, Stamp,
    Start, Stored, Tenure,
};
pub use deliver::DeliveryError;
pub use dynacdc_sink::{MalformedStore, OnMalformed};
pub use refetch::{RefetchError, Refetched, refetch};
pub use replay::{ReplayError, Replayed, replay};
#[cfg(feature = "aws-sdk")]
pub use streams::SdkStreams;
pub use streams::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamStatus, StreamsApi, StreamsError, StreamsErrorKind,
};
