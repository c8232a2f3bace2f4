#![doc = include_str!("../README.md")]

mod checkpoint;
mod deliver;
mod malformed;
mod replay;
mod streams;

#[cfg(feature = "dynamodb")]
pub use checkpoint::DynamoDbCheckpoints;
pub use checkpoint::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, FileCheckpoints, MemoryCheckpoints,
    Progress, Stamp, Start, Stored, Tenure,
};
pub use deliver::DeliveryError;
pub use malformed::{MalformedStore, OnMalformed};
pub use replay::{ReplayError, Replayed, replay};
#[cfg(feature = "aws-sdk")]
pub use streams::SdkStreams;
pub use streams::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamStatus, StreamsApi, StreamsError, StreamsErrorKind,
};
