use crate::{CheckpointError, DeliveryError, StreamsError};
use dynacdc_sink::ShardId;

/// A poller cannot go on. Everything that was settled before is settled, and its position is stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// The sink, or a record that could not be decoded.
    #[error("shard {shard}: delivery stopped")]
    Delivery {
        /// The shard that was read.
        shard: ShardId,
        /// Why.
        source: Box<DeliveryError>,
    },
    /// The stream cannot be read, and trying again does not help.
    #[error("the stream cannot be read")]
    Streams(#[from] StreamsError),
    /// The position is older than what the stream keeps, or the shard is gone before it was read to its end: changes
    /// in between are lost to this reader. The position stays stored.
    #[error("shard {shard}: records behind its position are gone")]
    Gap {
        /// The shard that was to be read.
        shard: ShardId,
        /// What the service said.
        source: StreamsError,
    },
    /// A position could not be loaded or stored.
    #[error("positions cannot be kept")]
    Checkpoint(#[from] CheckpointError),
    /// The task of a shard ended by a panic, in a sink or a store.
    #[error("a shard's task panicked")]
    Panicked,
}
