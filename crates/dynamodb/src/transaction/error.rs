use crate::{CallError, ErrorKind};
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use dynacdc_sink::SinkError;
use std::{collections::HashMap, error::Error, fmt};

/// What one action had to do with the cancellation of its transaction.
#[derive(Clone)]
#[non_exhaustive]
pub enum ActionFate {
    /// It would have succeeded.
    NotAtFault,
    /// Its condition does not hold.
    ConditionFailed {
        /// The item that is there, if the action asked for it (`ReturnValuesOnConditionCheckFailure`) and there is one.
        item: Option<HashMap<String, AttributeValue>>,
    },
    /// It failed for another reason, of the class of this error.
    Failed(CallError),
}

/// A transaction did nothing, or nobody knows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TransactionError {
    /// It was cancelled: nothing of it was written.
    Canceled {
        /// What each action had to do with it, in their order.
        fates: Vec<ActionFate>,
        /// The error of the call, of the kind of the reason that decides.
        error: CallError,
    },
    /// It was not cancelled and has no answer. [`CallError::may_have_happened`] tells whether it may have been done.
    Failed(CallError),
}

impl ActionFate {
    pub(super) fn of(reason: &CancellationReason) -> Self {
        match reason.code() {
            None | Some("None") => Self::NotAtFault,
            Some(code) => match CallError::of_code(super::OPERATION, code, reason.message()) {
                error if error.kind() == ErrorKind::ConditionFailed => {
                    Self::ConditionFailed { item: reason.item().cloned() }
                }
                error => Self::Failed(error),
            },
        }
    }

    /// Whether its condition does not hold.
    pub const fn is_condition_failed(&self) -> bool {
        matches!(self, Self::ConditionFailed { .. })
    }
}

impl TransactionError {
    /// The error of the call: of a cancellation one of the kind of the reason that decides.
    pub const fn call(&self) -> &CallError {
        match self {
            Self::Canceled { error, .. } | Self::Failed(error) => error,
        }
    }

    /// What the actions had to do with it; nothing where the transaction was not cancelled.
    pub fn fates(&self) -> &[ActionFate] {
        match self {
            Self::Canceled { fates, .. } => fates,
            Self::Failed(_) => &[],
        }
    }

    /// Whether conditions that do not hold are the reason, and nothing worse.
    pub fn is_condition_failed(&self) -> bool {
        self.call().kind() == ErrorKind::ConditionFailed
    }
}

impl From<TransactionError> for SinkError {
    /// With the class of the reason that decides.
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Canceled { error, .. } | TransactionError::Failed(error) => error.into(),
        }
    }
}

impl fmt::Display for TransactionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.call().fmt(f)
    }
}

impl Error for TransactionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.call().source()
    }
}

impl fmt::Debug for ActionFate {
    /// Without the item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAtFault => f.write_str("NotAtFault"),
            Self::ConditionFailed { item } => {
                f.debug_struct("ConditionFailed").field("has_item", &item.is_some()).finish()
            }
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}
