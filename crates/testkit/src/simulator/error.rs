use dynacdc_record::{ArnError, ItemError, SequenceNumberError};
use dynacdc_sink::ShardId;

/// What a test asked of the simulator cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// No stream ARN can be made of the table's name.
    #[error("the table has no valid name")]
    Table(#[from] ArnError),
    /// The item lacks a key attribute, or no record can be made of it.
    #[error("no record can be made of the item")]
    Item(#[from] ItemError),
    /// There is no such shard in the stream, or it was trimmed.
    #[error("there is no shard {0}")]
    NoShard(ShardId),
    /// The shard is closed.
    #[error("shard {0} is closed")]
    Closed(ShardId),
    /// The stream is disabled, or the one before it is not.
    #[error("the stream is {}", if *.enabled { "enabled" } else { "disabled" })]
    Status {
        /// Whether it is enabled.
        enabled: bool,
    },
    /// What was to be a malformed record is a record, or breaks the list of records around it.
    #[error("the text is no element of a list that cannot be decoded")]
    NotMalformed,
    /// Sequence numbers have run out of 40 digits.
    #[error("there are no more sequence numbers")]
    Numbers(#[from] SequenceNumberError),
}
