use super::{Gap, PollError, Polled};
use crate::{Checkpoint, Position, ShardIterator, Stamp};
use dynacdc_record::{ChangeRecord, Malformed};
use dynacdc_sink::{Lane, ShardId};
use std::fmt;

/// What is to be done next. Each but [`Done`](Self::Done) has exactly one answer, an [`Input`](super::Input).
#[derive(Debug, Clone)]
pub enum Action {
    /// Get one page of the stream's description.
    List {
        /// The last shard of the page before.
        after: Option<ShardId>,
    },
    /// Get the children of a shard.
    Children {
        /// The shard.
        of: ShardId,
    },
    /// Get an iterator.
    Iterator {
        /// The shard.
        shard: ShardId,
        /// Where in it.
        position: Position,
    },
    /// Get one page of records.
    Records {
        /// The shard.
        shard: ShardId,
        /// The place in it.
        iterator: ShardIterator,
        /// The most records.
        limit: Option<u16>,
    },
    /// Write records to the sink. One write or park of a lane is in flight.
    Write {
        /// The lane.
        lane: Lane,
        /// At least one.
        records: Vec<ChangeRecord>,
    },
    /// Park a record that could not be decoded.
    Park {
        /// The lane: the whole shard, whatever its sub-lanes.
        lane: Lane,
        /// The record.
        record: Box<Malformed>,
    },
    /// Save a position. One save or forgetting of a shard is in flight.
    Save {
        /// The shard.
        shard: ShardId,
        /// How far it is settled.
        checkpoint: Checkpoint,
        /// Which write of the position this is.
        stamp: Stamp,
    },
    /// Remove the position of a shard that is gone from the stream.
    Forget {
        /// The shard.
        shard: ShardId,
        /// Which write of the position this is.
        stamp: Stamp,
    },
    /// Run the hook of [`GapPolicy::Resnapshot`](super::GapPolicy::Resnapshot).
    Mend {
        /// The shard.
        shard: ShardId,
        /// What is missing.
        gap: Gap,
    },
    /// The end: nothing follows. Every write, park, save, forgetting and hook was answered, or the time to wait for them
    /// is over. Calls of the Streams API are not waited for. What is still in flight is to be dropped.
    Done(Result<Polled, PollError>),
}

/// Which action something is the answer to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Call {
    /// [`Action::List`].
    List,
    /// [`Action::Children`] of this shard.
    Children(ShardId),
    /// [`Action::Iterator`] of this shard.
    Iterator(ShardId),
    /// [`Action::Records`] of this shard.
    Records(ShardId),
    /// [`Action::Write`] on this lane.
    Write(Lane),
    /// [`Action::Park`] on this lane.
    Park(Lane),
    /// [`Action::Save`] of this shard.
    Save(ShardId),
    /// [`Action::Forget`] of this shard.
    Forget(ShardId),
    /// [`Action::Mend`] of this shard.
    Mend(ShardId),
}

impl Action {
    /// The name of the call that it asks for; none of [`Done`](Self::Done). No two in flight have the same.
    pub fn call(&self) -> Option<Call> {
        Some(match self {
            Self::List { .. } => Call::List,
            Self::Children { of } => Call::Children(of.clone()),
            Self::Iterator { shard, .. } => Call::Iterator(shard.clone()),
            Self::Records { shard, .. } => Call::Records(shard.clone()),
            Self::Write { lane, .. } => Call::Write(lane.clone()),
            Self::Park { lane, .. } => Call::Park(lane.clone()),
            Self::Save { shard, .. } => Call::Save(shard.clone()),
            Self::Forget { shard, .. } => Call::Forget(shard.clone()),
            Self::Mend { shard, .. } => Call::Mend(shard.clone()),
            Self::Done(_) => return None,
        })
    }
}

impl Call {
    /// What kind of call it is, for labels of metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Children(_) => "children",
            Self::Iterator(_) => "iterator",
            Self::Records(_) => "records",
            Self::Write(_) => "write",
            Self::Park(_) => "park",
            Self::Save(_) => "save",
            Self::Forget(_) => "forget",
            Self::Mend(_) => "mend",
        }
    }
}

impl fmt::Display for Call {
    /// For logs and errors; not to be parsed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("listing shards"),
            Self::Children(shard) => write!(f, "listing the children of {shard}"),
            Self::Iterator(shard) => write!(f, "getting an iterator of {shard}"),
            Self::Records(shard) => write!(f, "reading {shard}"),
            Self::Write(lane) => write!(f, "writing to {lane}"),
            Self::Park(lane) => write!(f, "parking a record of {lane}"),
            Self::Save(shard) => write!(f, "saving the position of {shard}"),
            Self::Forget(shard) => write!(f, "forgetting the position of {shard}"),
            Self::Mend(shard) => write!(f, "mending the gap of {shard}"),
        }
    }
}
