use crate::{Outcome, Reason};
use std::ops::AddAssign;

/// How many records had which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// With a durable effect.
    pub applied: u64,
    /// Skipped as [`Reason::Filtered`].
    pub filtered: u64,
    /// Skipped as [`Reason::Duplicate`].
    pub duplicate: u64,
    /// Skipped as [`Reason::Stale`].
    pub stale: u64,
    /// Written to the dead-letter store.
    pub parked: u64,
    /// Left behind one that is not settled.
    pub blocked: u64,
    /// Not settled, with an error.
    pub failed: u64,
}

impl Counts {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            *match outcome {
                Outcome::Applied => &mut counts.applied,
                Outcome::Skipped(Reason::Filtered) => &mut counts.filtered,
                Outcome::Skipped(Reason::Duplicate) => &mut counts.duplicate,
                Outcome::Skipped(Reason::Stale) => &mut counts.stale,
                Outcome::Parked => &mut counts.parked,
                Outcome::Blocked { .. } => &mut counts.blocked,
                Outcome::Failed(_) => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// Skipped for any reason.
    pub const fn skipped(&self) -> u64 {
        self.filtered + self.duplicate + self.stale
    }

    /// With a final fate.
    pub const fn settled(&self) -> u64 {
        self.applied + self.skipped() + self.parked
    }

    /// Without one.
    pub const fn unsettled(&self) -> u64 {
        self.blocked + self.failed
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.applied += other.applied;
        self.filtered += other.filtered;
        self.duplicate += other.duplicate;
        self.stale += other.stale;
        self.parked += other.parked;
        self.blocked += other.blocked;
        self.failed += other.failed;
    }
}
