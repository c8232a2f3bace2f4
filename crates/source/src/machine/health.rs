use chrono::{DateTime, Utc};
use dynacdc_record::SequenceNumber;
use std::fmt;
use tokio::time::Instant;

/// How a shard is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardHealth {
    /// What it is at.
    pub state: ShardState,
    /// When it was last read with success, or when its reading began; none before.
    pub polled: Option<Instant>,
    /// When the newest record that was read was made.
    pub newest_read: Option<DateTime<Utc>>,
    /// When the newest record that is settled with all before it was made.
    pub newest_settled: Option<DateTime<Utc>>,
    /// When the oldest record was made that was read and is not settled; none where all are, or none tells.
    pub oldest_unsettled: Option<DateTime<Utc>>,
    /// Up to when at least everything is settled, by what is stored until something is read; none of a shard of which
    /// nothing is known.
    pub as_of: Option<DateTime<Utc>>,
    /// The last record that is settled with all before it.
    pub settled: Option<SequenceNumber>,
    /// Records that were read and are not settled.
    pub unsettled_records: usize,
    /// Their size, as the byte budget counts it.
    pub unsettled_bytes: usize,
}

/// What a shard is at. Where several are true the last of them is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ShardState {
    /// It waits until its parent is read to its end.
    Waiting,
    /// It is read.
    Reading,
    /// It is not read on until more of what was read is settled: its share of the byte budget is used up.
    Full,
    /// The service cannot be reached or asks for fewer calls.
    Throttled,
    /// The sink, or the store of malformed records, has failed and is tried again.
    Retrying,
    /// The store of positions has failed and is tried again.
    Unsaved,
    /// Records of it are gone, and what is to be done about that is being done.
    Gap,
    /// It was read to its end, and that is saved.
    Finished,
}

/// What happened since a machine began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Records that are settled, parked malformed ones counted.
    pub records: u64,
    /// Shards that were read to their end.
    pub finished_shards: u64,
    /// Gaps that were found.
    pub gaps: u64,
    /// Shards that begin at or below the last number of their parent, and shards that are listed and passed over since
    /// their children were read before.
    pub alarms: u64,
    /// Calls that failed and were tried again.
    pub errors: u64,
    /// When the shards were last listed completely.
    pub listed: Option<Instant>,
}

/// What a poller did until it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Polled {
    /// Records that are settled, parked malformed ones counted.
    pub records: u64,
    /// Shards that were read to their end.
    pub finished_shards: u64,
    /// Gaps that were gone over or mended.
    pub gaps: u64,
    /// Whether the stream has ended: it is disabled, and every shard was read to its end.
    pub ended: bool,
}

impl ShardState {
    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Reading => "reading",
            Self::Full => "full",
            Self::Throttled => "throttled",
            Self::Retrying => "retrying",
            Self::Unsaved => "unsaved",
            Self::Gap => "gap",
            Self::Finished => "finished",
        }
    }
}

impl fmt::Display for ShardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
