use super::{HealthReport, Phase, ShardReport};
use crate::ShardState;
use dynacdc_sink::ShardId;
use std::{fmt, time::Duration};
use tokio::time::Instant;

/// Whether a poller reads, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// It does.
    Ready,
    /// It does not run yet, or the shards were not listed yet, or one that is to be read at once has no iterator yet. With
    /// [`Start::Latest`](crate::Start::Latest) a change that is made until then may count as one from before the start.
    Starting,
    /// The [hook](crate::GapHook) of a gap between two streams runs, and nothing is read until it is done.
    Mending,
    /// The shards were not listed for so long.
    Unlisted {
        /// How long.
        since: Duration,
    },
    /// A shard was not read for so long; of several the one for which that is longest.
    Unread {
        /// The shard.
        shard: ShardId,
        /// What it is at, as far as the poller got to telling.
        state: ShardState,
        /// How long.
        since: Duration,
    },
    /// The position of a shard could not be stored for so long; of several the one for which that is longest.
    Unsaved {
        /// The shard.
        shard: ShardId,
        /// How long.
        since: Duration,
    },
    /// It does not run any more.
    Ended,
}

impl Readiness {
    /// Whether it reads.
    pub const fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Starting => f.write_str("the shards are not listed yet, or have no iterators yet"),
            Self::Mending => f.write_str("a gap between two streams is being mended"),
            Self::Unlisted { since } => write!(f, "the shards were not listed for {} s", since.as_secs()),
            Self::Unread { shard, state, since } => {
                write!(f, "shard {shard} was not read for {} s ({state})", since.as_secs())
            }
            Self::Unsaved { shard, since } => {
                write!(f, "the position of shard {shard} was not stored for {} s", since.as_secs())
            }
            Self::Ended => f.write_str("the poller has ended"),
        }
    }
}

pub(super) fn of(report: &HealthReport, max_age: Duration, discovery: Duration) -> Readiness {
    match report.phase {
        Phase::New => return Readiness::Starting,
        Phase::Mending => return Readiness::Mending,
        Phase::Ended => return Readiness::Ended,
        Phase::Starting | Phase::Reading | Phase::Between => {}
    }
    let is_read = |shard: &&ShardReport| !matches!(shard.health.state, ShardState::Waiting | ShardState::Finished);
    let read = report.shards.iter().filter(is_read).filter_map(|shard| Some((shard.polled_ago?, shard)));
    if let Some((since, shard)) = read.max_by_key(|(ago, _)| *ago).filter(|(ago, _)| *ago > max_age) {
        return Readiness::Unread { shard: shard.id.clone(), state: shard.health.state, since };
    }
    let Some(listed) = report.totals.listed.filter(|_| report.phase != Phase::Starting) else {
        return Readiness::Starting;
    };
    let saved = report.shards.iter().filter_map(|shard| Some((shard.unsaved_for?, shard)));
    if let Some((since, shard)) = saved.max_by_key(|(since, _)| *since).filter(|(since, _)| *since > max_age) {
        return Readiness::Unsaved { shard: shard.id.clone(), since };
    }
    // Between two listings lies the interval that is set, so an older one is no sign of anything.
    let since = Instant::now().saturating_duration_since(listed);
    if since > max_age.saturating_add(discovery) {
        return Readiness::Unlisted { since };
    }
    Readiness::Ready
}
