#![doc = include_str!("../README.md")]

mod checkpoint;
mod deliver;
pub mod machine;
mod poller;
mod refetch;
mod replay;
#[cfg(feature = "dynamodb")]
mod setup;
mod streams;

#[cfg(feature = "dynamodb")]
pub use checkpoint::DynamoDbCheckpoints;
pub use checkpoint::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, FileCheckpoints, MemoryCheckpoints,
    Progress, Stamp, Start, Stored, Tenure,
};
pub use deliver::DeliveryError;
pub use dynacdc_sink::{MalformedStore, OnMalformed};
pub use machine::{Gap, GapCause, GapHook, GapPolicy, PollError, Polled, ShardHealth, ShardState};
pub use poller::{Health, HealthReport, Phase, Poller, PollerBuilder, Readiness, ShardReport, metric_names};
pub use refetch::{RefetchError, Refetched, refetch};
pub use replay::{ReplayError, Replayed, replay};
#[cfg(feature = "dynamodb")]
pub use setup::{Awaited, SetupError, StreamSetup, TableStream, ViewTypeChange};
#[cfg(feature = "aws-sdk")]
pub use streams::SdkStreams;
pub use streams::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamPage, StreamStatus, StreamsApi, StreamsError,
    StreamsErrorKind,
};
