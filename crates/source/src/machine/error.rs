use super::{Call, Gap};
use crate::{CheckpointError, DeliveryError, StreamsError};
use dynacdc_sink::{ShardId, SinkError};

/// A poller cannot go on. Everything that was settled before is settled, and its position is stored unless the store is
/// what failed.
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
    /// Changes are lost to this reader: see [`GapPolicy`](super::GapPolicy). The position stays stored.
    #[error("records are gone: {gap}")]
    Gap {
        /// What is missing.
        gap: Box<Gap>,
        /// Why the hook could not make it good, where there is one.
        source: Option<SinkError>,
    },
    /// Somebody else reads the stream now.
    #[error("another owner has taken the stream over")]
    Superseded(#[source] CheckpointError),
    /// A position could not be loaded or stored.
    #[error("positions cannot be kept")]
    Checkpoint(#[source] CheckpointError),
    /// The sink's order reaches over whole shards, and shards are handled in several lanes at once.
    #[error("sink `{sink}` needs the order of whole shards, and shards are handled in {sub_lanes} lanes at once")]
    SubLanes {
        /// The name of the sink.
        sink: String,
        /// In how many lanes: as set, or as stored for a shard that was begun so.
        sub_lanes: u16,
    },
    /// Code of the sink, a store, a hook or the Streams API panicked.
    #[error("panic while {call}")]
    Panicked {
        /// What was being done.
        call: Call,
    },
}

impl From<CheckpointError> for PollError {
    fn from(error: CheckpointError) -> Self {
        match error.kind() {
            crate::CheckpointErrorKind::Superseded => Self::Superseded(error),
            _ => Self::Checkpoint(error),
        }
    }
}
