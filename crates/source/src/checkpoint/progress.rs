use chrono::{DateTime, Utc};
use dynacdc_record::SequenceNumber;
use std::num::NonZeroU16;

/// Where to begin with a stream of which nothing is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Start {
    /// At the oldest record that the stream still has: 24 hours back.
    #[default]
    TrimHorizon,
    /// Behind the newest record of each shard that is there at the start. Shards that are found later are read from
    /// their beginning, so that no change made after the start is missed.
    ///
    /// A shard whose parent is still being read, and after a restart every shard of which nothing was settled, is read
    /// from its beginning too; records older than the start by more than a minute are dropped.
    Latest,
}

/// How and when the first owner began with a stream.
///
/// It is stored for the whole stream: a stream may have no shard yet, and an idle shard has no sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// Where.
    pub start: Start,
    /// When, by the clock of the machine. With [`Start::Latest`] older records need not be delivered.
    pub at: DateTime<Utc>,
}

/// How far a shard was handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Up to where all is settled.
    pub progress: Progress,
    /// When the shard was last known to be read up to its newest record, or its last settled record was made.
    ///
    /// It tells a loss from an idle shard, whose last record is trimmed though nothing came after it: what is younger
    /// than 24 hours cannot be trimmed.
    pub as_of: DateTime<Utc>,
    /// How many sub-lanes the shard is handled in, for all its life.
    pub sub_lanes: NonZeroU16,
}

/// Up to where a shard is settled.
///
/// A position is only stored for records whose fate is final: applied, skipped or parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// No record is settled.
    Begun {
        /// Records made before need not be delivered, since reading began behind them; none if it began at the oldest.
        since: Option<DateTime<Utc>>,
    },
    /// All records up to this one are settled.
    After(SequenceNumber),
    /// All records are settled and none will be added.
    Finished {
        /// The last of them, if there was one and it is known. A child goes on with higher numbers.
        last: Option<SequenceNumber>,
    },
}

impl Progress {
    /// Whether nothing is left to read.
    pub const fn is_finished(&self) -> bool {
        matches!(self, Self::Finished { .. })
    }
}
