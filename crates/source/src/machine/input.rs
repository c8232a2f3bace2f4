use super::Call;
use crate::{CheckpointError, RecordPage, ShardIterator, ShardPage, StreamsError};
use dynacdc_sink::{Lane, Report, ShardId, SinkError};

/// What has happened: the answer to an [`Action`](super::Action), or the wish to stop.
#[derive(Debug, Clone)]
pub enum Input {
    /// The answer to [`Action::List`](super::Action::List).
    Listed(Result<ShardPage, StreamsError>),
    /// The answer to [`Action::Children`](super::Action::Children).
    Children {
        /// The shard.
        of: ShardId,
        /// Its children.
        found: Result<ShardPage, StreamsError>,
    },
    /// The answer to [`Action::Iterator`](super::Action::Iterator).
    Iterator {
        /// The shard.
        shard: ShardId,
        /// The iterator.
        found: Result<ShardIterator, StreamsError>,
    },
    /// The answer to [`Action::Records`](super::Action::Records).
    Records {
        /// The shard.
        shard: ShardId,
        /// The page.
        page: Result<RecordPage, StreamsError>,
    },
    /// The answer to [`Action::Write`](super::Action::Write).
    Written {
        /// The lane.
        lane: Lane,
        /// How far it came.
        written: Written,
    },
    /// The answer to [`Action::Park`](super::Action::Park).
    Parked {
        /// The lane.
        lane: Lane,
        /// Whether the record is kept.
        result: Result<(), SinkError>,
    },
    /// The answer to [`Action::Save`](super::Action::Save).
    Saved {
        /// The shard.
        shard: ShardId,
        /// Whether the position is durable.
        result: Result<(), CheckpointError>,
    },
    /// The answer to [`Action::Forget`](super::Action::Forget).
    Forgotten {
        /// The shard.
        shard: ShardId,
        /// Whether the position is removed.
        result: Result<(), CheckpointError>,
    },
    /// The answer to [`Action::Mend`](super::Action::Mend).
    Mended {
        /// The shard.
        shard: ShardId,
        /// Whether the gap is mended.
        result: Result<(), SinkError>,
    },
    /// The answer to any action whose task panicked.
    Panicked {
        /// Which one.
        call: Call,
    },
    /// To begin nothing new, wait for what is in flight, save, and end. No answer to anything; repeating it does nothing.
    Stop,
}

/// How far a write came.
#[derive(Debug, Clone)]
pub struct Written {
    /// How many records at the start are settled.
    pub settled: usize,
    /// Why the next one is not; none where all are settled.
    pub error: Option<SinkError>,
}

impl From<&Report> for Written {
    fn from(report: &Report) -> Self {
        let error = report.first_unsettled().map(|(_, error)| error.clone());
        Self { settled: report.settled_prefix(), error }
    }
}
