//! Looking for the children of a shard that has ended, so that they start without waiting for the next listing.
//!
//! The service tells of children only some time after the end of their parent. Asking for whole listings in that time
//! lost: a table of many partitions has its shards end together, and ten descriptions a second are all that there is.

use std::time::Duration;
use tokio::time::Instant;

use super::pause::later;

const TRIES: u32 = 10;
const FIRST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Search {
    tries: u32,
    flying: bool,
    due: Option<Instant>,
}

impl Search {
    pub(super) const fn new() -> Self {
        Self { tries: 0, flying: false, due: None }
    }

    /// Whether to ask now.
    pub(super) fn next(&mut self, now: Instant) -> bool {
        let asks = !self.flying && self.due.is_none_or(|due| due <= now);
        self.flying |= asks;
        asks
    }

    pub(super) const fn is_flying(&self) -> bool {
        self.flying
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.due.filter(|_| !self.flying)
    }

    /// None was found. False if it is not worth another try.
    pub(super) fn missed(&mut self, now: Instant) -> bool {
        self.flying = false;
        let wait = FIRST.saturating_mul(1 << self.tries.min(16)).min(MOST);
        self.tries += 1;
        // Many shards end together: a fifth of the wait is left to chance.
        self.due = later(now, wait.mul_f64(0.8 + 0.4 * fastrand::f64()));
        self.tries < TRIES
    }
}
