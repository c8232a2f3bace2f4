use crate::{ShardHealth, machine::Totals};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use std::{fmt, time::Duration};

/// How a poller is doing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HealthReport {
    /// The stream that is read, or was last.
    pub stream: StreamArn,
    /// What the poller is at.
    pub phase: Phase,
    /// The shards that are known, in the order of their ids. One that is finished stays as long as its children need it.
    pub shards: Vec<ShardReport>,
    /// What happened since the poller began, over all streams.
    pub totals: Totals,
}

/// How one shard is doing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ShardReport {
    /// The shard.
    pub id: ShardId,
    /// What it is at, and how far.
    pub health: ShardHealth,
    /// How far behind the shard is: how long ago the oldest record was made that was read and is not settled. Where all are
    /// settled but the last page was not empty, or nothing was read since the start, the age of what is settled, as it is
    /// known or stored. Zero where the last page was empty and all is settled; none of a shard of which nothing is known.
    pub record_age: Option<Duration>,
    /// How long ago it was last read with success; none before its reading begins.
    pub polled_ago: Option<Duration>,
    /// For how long the save of a position is in flight or tried again; none where none is.
    pub unsaved_for: Option<Duration>,
}

/// What a poller is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It does not run yet.
    New,
    /// It takes the stream over in the checkpoint store, lists the shards, and gets the first iterators.
    Starting,
    /// It reads the stream.
    Reading,
    /// The stream has ended, and the table's next one is looked for.
    Between,
    /// The gap between two streams is being mended.
    Mending,
    /// It does not run any more.
    Ended,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::New => "new",
            Self::Starting => "starting",
            Self::Reading => "reading",
            Self::Between => "between streams",
            Self::Mending => "mending a gap between streams",
            Self::Ended => "ended",
        })
    }
}

impl Totals {
    /// Both together; the time of the listing is that of this one.
    pub(super) fn and(self, before: Self) -> Self {
        Self {
            records: self.records + before.records,
            finished_shards: self.finished_shards + before.finished_shards,
            gaps: self.gaps + before.gaps,
            alarms: self.alarms + before.alarms,
            errors: self.errors + before.errors,
            listed: self.listed,
        }
    }
}
