use crate::{Path, Value};
use std::fmt;

/// One difference between two images: where, and what.
///
/// It has no text form of its own, and its `Debug` form shows path and types alone: values must not reach a log unasked.
/// The accessors give them to a program that means to show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    pub(super) path: Path,
    pub(super) change: ValueChange<'a>,
}

/// What happened to one value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ValueChange<'a> {
    /// It was absent.
    Added {
        /// The value that is there now.
        new: Value<'a>,
    },
    /// It is absent now.
    Removed {
        /// The value that was there.
        old: Value<'a>,
    },
    /// It means something else and is of the same type: any but a map or list, whose parts differ instead.
    Changed {
        /// The value before.
        old: Value<'a>,
        /// The value after, of the same type.
        new: Value<'a>,
    },
    /// It is of another type, and be it that a value is null now or no longer.
    TypeChanged {
        /// The value before.
        old: Value<'a>,
        /// The value after, of another type.
        new: Value<'a>,
    },
}

impl<'a> Difference<'a> {
    /// Where: the names of attributes and indexes of lists from the image to the value.
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// The same, to keep it.
    pub fn into_path(self) -> Path {
        self.path
    }

    /// What happened there.
    pub const fn change(&self) -> ValueChange<'a> {
        self.change
    }

    /// The value before the change; none where it was added.
    pub const fn old_value(&self) -> Option<Value<'a>> {
        match self.change {
            ValueChange::Added { .. } => None,
            ValueChange::Removed { old } | ValueChange::Changed { old, .. } | ValueChange::TypeChanged { old, .. } => {
                Some(old)
            }
        }
    }

    /// The value after the change; none where it was removed.
    pub const fn new_value(&self) -> Option<Value<'a>> {
        match self.change {
            ValueChange::Removed { .. } => None,
            ValueChange::Added { new } | ValueChange::Changed { new, .. } | ValueChange::TypeChanged { new, .. } => {
                Some(new)
            }
        }
    }
}

impl fmt::Debug for ValueChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { new } => write!(f, "Added({})", new.type_name()),
            Self::Removed { old } => write!(f, "Removed({})", old.type_name()),
            Self::Changed { new, .. } => write!(f, "Changed({})", new.type_name()),
            Self::TypeChanged { old, new } => write!(f, "TypeChanged({} to {})", old.type_name(), new.type_name()),
        }
    }
}
