use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::{ShardId, SinkError};
use std::{fmt, sync::Arc};

/// Changes that were not read and are not in the stream any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The stream.
    pub stream: StreamArn,
    /// The shard in which they are missing; none if it is no single one, but what was changed before the stream began.
    pub shard: Option<ShardId>,
    /// The last record of the shard that is settled, where there is one.
    pub position: Option<SequenceNumber>,
    /// Up to when, at least, all changes of the shard are settled; none where nothing is known of the shard.
    pub as_of: Option<DateTime<Utc>>,
    /// How it was found.
    pub cause: GapCause,
}

/// How a [`Gap`] was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum GapCause {
    /// The position is older than what the stream keeps.
    #[error("its position is older than what the stream keeps")]
    Aged,
    /// Records were trimmed while the shard was being read: reading was slower than the stream forgets.
    #[error("records were trimmed before they were read")]
    Overtaken,
    /// The shard was not read to its end and is not there any more.
    #[error("it is gone before it was read to its end")]
    Vanished,
    /// Nothing was read for longer than the stream keeps records, and shards before this one are gone unseen. Without a
    /// shard: the stream has ended, and its last shards may be gone unseen.
    #[error("shards are gone unseen")]
    Unseen,
    /// The table had no stream before this one. Whether anything was changed then, nobody can tell.
    #[error("the table had no stream for a while before")]
    Off,
}

/// What becomes of a [`Gap`].
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum GapPolicy {
    /// The poller ends with [`PollError::Gap`](super::PollError::Gap). The position stays stored, so it does so again
    /// until a person has decided.
    #[default]
    Fail,
    /// It is logged and counted, and reading goes on at the oldest record that is there.
    Skip,
    /// The hook makes good what is missing, such as by copying the table again; then reading goes on at the oldest record
    /// that is there. At the end of a stream nothing is left to read on, so a gap there ends the poller all the same.
    Resnapshot(Arc<dyn GapHook>),
}

impl GapPolicy {
    /// Has gaps mended by this hook.
    pub fn resnapshot(hook: impl GapHook + 'static) -> Self {
        Self::Resnapshot(Arc::new(hook))
    }
}

/// Makes good what a [`Gap`] is missing.
#[async_trait]
pub trait GapHook: Send + Sync {
    /// Makes it good. The shard is not read, and its children do not start, before it returns; other shards go on.
    ///
    /// It may be run again for the same gap: after a crash, and for each shard that has one.
    ///
    /// # Errors
    /// A `Transient` error is tried again; any other ends the poller with [`PollError::Gap`](super::PollError::Gap).
    async fn mend(&self, gap: &Gap) -> Result<(), SinkError>;
}

const _: () = {
    const fn object_safe(_: Option<&dyn GapHook>) {}
    object_safe(None);
};

impl fmt::Debug for GapPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fail => "Fail",
            Self::Skip => "Skip",
            Self::Resnapshot(_) => "Resnapshot",
        })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shard {
            Some(shard) => write!(f, "{} {shard}: {}", self.stream, self.cause),
            None => write!(f, "{}: {}", self.stream, self.cause),
        }
    }
}
