use std::fmt;

use crate::{Path, Segment};

/// What went wrong, and where. Errors hold it in a box, so that the results of the hot path stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure<K> {
    /// The innermost step first: an error learns its path on the way out, so success pays nothing for it.
    steps: Vec<Segment>,
    pub(super) kind: K,
}

impl<K> Failure<K> {
    pub(super) const fn new(kind: K) -> Self {
        Self { steps: Vec::new(), kind }
    }

    pub(super) fn push(&mut self, step: Segment) {
        self.steps.push(step);
    }

    pub(super) const fn is_here(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn path(&self) -> Path {
        self.steps.iter().rev().cloned().collect()
    }
}

impl<K: fmt::Display> fmt::Display for Failure<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_here() {
            write!(f, "{}: ", self.path())?;
        }
        self.kind.fmt(f)
    }
}
