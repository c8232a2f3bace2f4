#![doc = include_str!("../README.md")]

mod checkpoint;
mod deliver;
pub mod machine;
mod malformed;
mod poller;
mod replay;
mod streams;

pub use checkpoint::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, MemoryCheckpoints, Progress, Stamp,
    Start, Stored, Tenure,
};
pub use deliver::DeliveryError;
pub use machine::{Gap, GapCause, GapHook, GapPolicy, PollError, Polled, ShardHealth, ShardState};
pub use malformed::{MalformedStore, OnMalformed};
pub use poller::{Health, HealthReport, Phase, Poller, PollerBuilder, Readiness, ShardReport, metric_names};
pub use replay::{ReplayError, Replayed, replay};
#[cfg(feature = "aws-sdk")]
pub use streams::SdkStreams;
pub use streams::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamPage, StreamStatus, StreamsApi, StreamsError,
    StreamsErrorKind,
};
