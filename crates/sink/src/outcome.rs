use crate::{Class, Done, SinkError};
use std::{cmp::Reverse, fmt};

/// What became of one record.
///
/// The fates have an order of severity, and [`worst`](Self::worst) is its join: `Skipped`, `Applied`, `Parked`,
/// `Blocked`, `Failed`, and within `Failed` by class.
#[derive(Debug, Clone)]
#[must_use]
pub enum Outcome {
    /// There was nothing to do.
    Skipped(Reason),
    /// The effect is durable.
    Applied,
    /// Written to the dead-letter store, to be redriven later.
    Parked,
    /// Left, because an earlier record is not settled. It may or may not have taken effect.
    Blocked {
        /// The position of that record in the same batch. It is before this one and not settled itself.
        by: usize,
    },
    /// Not settled, and here is why. It may or may not have taken effect.
    Failed(SinkError),
}

/// Why a record was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The sink is not concerned with it.
    Filtered,
    /// It was done before.
    Duplicate,
    /// A newer change of the item has been written, so this one must not be.
    Stale,
}

/// The order of severity: derived from the order of the variants.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Skipped(Reason),
    Applied,
    Parked,
    Blocked(Reverse<usize>),
    Failed { class: Class, attributed: bool },
}

impl Outcome {
    /// Whether the fate is final, so that a checkpoint may pass the record.
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Applied | Self::Skipped(_) | Self::Parked)
    }

    /// The error, if it failed.
    pub const fn error(&self) -> Option<&SinkError> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The worse of two fates of one record.
    ///
    /// Associative, commutative and idempotent, except that of two errors of the same class that both or neither are
    /// attributed the one of `self` stays. Of two blockers the earlier counts, and an attributed error before one that
    /// is not, since it says more.
    pub fn worst(self, other: Self) -> Self {
        if other.severity() > self.severity() { other } else { self }
    }

    const fn severity(&self) -> Severity {
        match self {
            Self::Skipped(reason) => Severity::Skipped(*reason),
            Self::Applied => Severity::Applied,
            Self::Parked => Severity::Parked,
            Self::Blocked { by } => Severity::Blocked(Reverse(*by)),
            Self::Failed(error) => Severity::Failed { class: error.class(), attributed: !error.is_unattributed() },
        }
    }
}

impl From<Done> for Outcome {
    fn from(done: Done) -> Self {
        match done {
            Done::Applied => Self::Applied,
            Done::Skipped(reason) => Self::Skipped(reason),
        }
    }
}

impl From<SinkError> for Outcome {
    fn from(error: SinkError) -> Self {
        Self::Failed(error)
    }
}

impl<D: Into<Done>> From<Result<D, SinkError>> for Outcome {
    fn from(result: Result<D, SinkError>) -> Self {
        result.map_or_else(Self::Failed, |done| done.into().into())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Filtered => "filtered",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
        })
    }
}
