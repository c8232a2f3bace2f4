//! How long an answer is waited for.
//!
//! A connection that was dropped without a word answers never, and nothing else would end such a call: the position of a
//! shard would stay unsaved, or a shard unread, for as long as the process lives. What is given up may still happen; each
//! call can be made again, and a save has a count of its own.

use crate::{CheckpointError, CheckpointErrorKind, StreamsError, StreamsErrorKind};
use std::time::Duration;
use tokio::time::timeout;

#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
struct NoAnswer(Duration);

/// The error of a call that was not answered, one that is tried again.
pub(super) trait Unanswered {
    fn unanswered(what: &'static str, limit: Duration) -> Self;
}

impl Unanswered for StreamsError {
    fn unanswered(what: &'static str, limit: Duration) -> Self {
        Self::new(StreamsErrorKind::Unavailable, what).with_source(NoAnswer(limit))
    }
}

impl Unanswered for CheckpointError {
    fn unanswered(what: &'static str, limit: Duration) -> Self {
        let told = format!("{what}: {}", NoAnswer(limit));
        Self::new(CheckpointErrorKind::Unavailable, told).with_source(NoAnswer(limit))
    }
}

/// What `call` gives, or that it gave nothing in time.
pub(super) async fn answer_within<T, E: Unanswered>(
    limit: Duration,
    what: &'static str,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(limit, call).await.unwrap_or_else(|_| Err(E::unanswered(what, limit)))
}
