//! Where to go on after a restart.

mod memory;

pub use memory::MemoryCheckpoints;

use async_trait::async_trait;
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use std::{error::Error, sync::Arc, time::SystemTime};

/// How far a shard was handled.
///
/// A position is only stored for records whose fate is final: applied, skipped or parked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoint {
    /// The shard was there when reading began at the latest record, and no record of it was settled since.
    ///
    /// An idle shard has no sequence number that could be stored. So the time is, by the clock of this machine: after a
    /// restart the shard is read from its beginning, and records are dropped that are older by more than a minute. That
    /// minute is for clocks that differ and for times that are rounded down.
    Since(SystemTime),
    /// All records up to this one are settled.
    After(SequenceNumber),
    /// All records are settled and none will be added.
    Finished,
}

/// Keeps checkpoints by stream and shard.
///
/// # Behavior
/// 1. What [`save`](Self::save) returned `Ok` for is found by [`load`](Self::load), in this process and, for a durable
///    store, after a crash.
/// 2. Streams do not share positions, shards of one stream neither. A stream that was enabled again is another one.
/// 3. A `save` that fails leaves the old checkpoint or the new one, nothing else.
#[async_trait]
pub trait CheckpointStore: Send + Sync {
    /// All checkpoints of a stream.
    async fn load(&self, stream: &StreamArn) -> Result<Vec<(ShardId, Checkpoint)>, CheckpointError>;

    /// Replaces the checkpoint of a shard.
    async fn save(&self, stream: &StreamArn, shard: &ShardId, checkpoint: &Checkpoint) -> Result<(), CheckpointError>;
}

/// A checkpoint could not be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("checkpoint store: {context}")]
pub struct CheckpointError {
    context: String,
    #[source]
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl CheckpointError {
    /// An error with what the store was doing.
    pub fn new(context: impl Into<String>) -> Self {
        Self { context: context.into(), source: None }
    }

    /// With what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

#[async_trait]
impl<C: CheckpointStore + ?Sized> CheckpointStore for Arc<C> {
    async fn load(&self, stream: &StreamArn) -> Result<Vec<(ShardId, Checkpoint)>, CheckpointError> {
        (**self).load(stream).await
    }

    async fn save(&self, stream: &StreamArn, shard: &ShardId, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        (**self).save(stream, shard, checkpoint).await
    }
}
