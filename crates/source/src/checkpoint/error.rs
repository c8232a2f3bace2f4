use std::{error::Error, sync::Arc};

/// A checkpoint could not be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("checkpoint store: {kind}: {context}")]
pub struct CheckpointError {
    kind: CheckpointErrorKind,
    context: String,
    #[source]
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Why, as far as it matters for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointErrorKind {
    /// Somebody else has taken the stream over: stop.
    #[error("another owner has taken over")]
    Superseded,
    /// No answer, too many calls, or an error of the store itself: wait and try again.
    #[error("the store cannot be reached or failed")]
    Unavailable,
    /// What is stored cannot be read: a person is needed.
    #[error("what is stored cannot be read")]
    Corrupt,
    /// Permissions, a missing table or folder, or the call itself: trying again does not help.
    #[error("the store refused the call")]
    Refused,
}

impl CheckpointErrorKind {
    /// Whether the same call may succeed later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

impl CheckpointError {
    /// An error with what the store was doing.
    pub fn new(kind: CheckpointErrorKind, context: impl Into<String>) -> Self {
        Self { kind, context: context.into(), source: None }
    }

    /// With what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Why it failed.
    pub const fn kind(&self) -> CheckpointErrorKind {
        self.kind
    }
}
