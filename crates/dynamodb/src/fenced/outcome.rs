use aws_sdk_dynamodb::types::AttributeValue;
use dynacdc_sink::{Outcome, Reason, SinkError};
use std::{collections::HashMap, fmt};

/// What became of one fenced operation.
#[derive(Clone)]
#[must_use]
pub enum FencedOutcome {
    /// It is in the table, now or since an attempt of this call whose answer was lost.
    Written,
    /// This very change was there before.
    Duplicate,
    /// A newer change is there, so this one is refused, finally.
    Stale {
        /// The row that refused it, where the service gave it back: an item or a tombstone.
        old: Option<HashMap<String, AttributeValue>>,
    },
    /// It was not tried, since an earlier operation of its key failed.
    Blocked {
        /// The position of that one.
        by: usize,
    },
    /// It is not known to be in the table.
    Failed(SinkError),
}

impl From<FencedOutcome> for Outcome {
    /// `Stale` and `Duplicate` are skipped: they are success.
    fn from(outcome: FencedOutcome) -> Self {
        match outcome {
            FencedOutcome::Written => Self::Applied,
            FencedOutcome::Duplicate => Self::Skipped(Reason::Duplicate),
            FencedOutcome::Stale { .. } => Self::Skipped(Reason::Stale),
            FencedOutcome::Blocked { by } => Self::Blocked { by },
            FencedOutcome::Failed(error) => Self::Failed(error),
        }
    }
}

impl fmt::Debug for FencedOutcome {
    /// Without the row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written => f.write_str("Written"),
            Self::Duplicate => f.write_str("Duplicate"),
            Self::Stale { old } => f.debug_struct("Stale").field("has_old", &old.is_some()).finish(),
            Self::Blocked { by } => f.debug_struct("Blocked").field("by", by).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}
