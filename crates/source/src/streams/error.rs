use std::{error::Error, sync::Arc};

/// A call of the Streams API failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {kind}")]
pub struct StreamsError {
    kind: StreamsErrorKind,
    operation: &'static str,
    #[source]
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Why a call failed, as far as it matters for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StreamsErrorKind {
    /// The iterator is older than 15 minutes: get another one.
    #[error("the shard iterator has expired")]
    IteratorExpired,
    /// The position is older than the stream keeps records, which is 24 hours: what was there is lost.
    #[error("the position lies before the oldest record that the stream still has")]
    Trimmed,
    /// The stream or shard is not there, or no longer.
    #[error("the stream or shard does not exist")]
    NotFound,
    /// Too many calls: wait and try again.
    #[error("the service asks for fewer calls")]
    Throttled,
    /// No answer, or an error of the service itself: wait and try again.
    #[error("the service cannot be reached or failed")]
    Unavailable,
    /// Credentials, permissions or the request itself are wrong: trying again does not help.
    #[error("the service refused the call")]
    Refused,
}

impl StreamsErrorKind {
    /// Whether the same call may succeed later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable)
    }
}

impl StreamsError {
    /// An error of `operation`, such as `GetRecords`.
    pub const fn new(kind: StreamsErrorKind, operation: &'static str) -> Self {
        Self { kind, operation, source: None }
    }

    /// With what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Why the call failed.
    pub const fn kind(&self) -> StreamsErrorKind {
        self.kind
    }

    /// Which call failed.
    pub const fn operation(&self) -> &'static str {
        self.operation
    }
}
