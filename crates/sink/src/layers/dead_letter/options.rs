use super::Letter;
use dynacdc_record::ItemKey;
use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

type Told = dyn Fn(&RedriveProgress) + Send + Sync;

/// What is redriven, and how fast.
#[derive(Clone)]
#[must_use]
pub struct RedriveOptions {
    pub(super) only: Option<ItemKey>,
    pub(super) interval: Duration,
    pub(super) concurrency: NonZeroUsize,
    pub(super) attempts: u32,
    pub(super) progress: Option<Arc<Told>>,
}

/// How far a redrive has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedriveProgress {
    /// Letters that were written and removed.
    pub redriven: u64,
    /// Letters that failed again. Each stays first in the queue of its key, with the new error.
    pub failed: u64,
    /// Keys that are free again.
    pub keys_freed: u64,
    /// Keys that were left parked: a letter of theirs failed again, or another redrive is at them.
    pub keys_left: u64,
}

impl RedriveOptions {
    /// All parked keys.
    pub const fn all() -> Self {
        Self { only: None, interval: Duration::ZERO, concurrency: NonZeroUsize::MIN, attempts: 1, progress: None }
    }

    /// One key.
    pub fn key(key: ItemKey) -> Self {
        Self { only: Some(key), ..Self::all() }
    }

    /// The key of a letter, with all letters of that key: one alone would overtake those before it.
    pub fn letter(letter: &Letter) -> Self {
        Self::key(letter.key())
    }

    /// At most so many letters per second, evenly spaced, over all keys together. Attempts after the first one of a
    /// letter count too. 0 counts as 1; without this there is no bound.
    pub fn with_rate(self, per_second: u32) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.max(1), ..self }
    }

    /// Up to so many keys at once, never two letters of one key. 0 counts as 1, which is the default.
    pub fn with_concurrency(self, keys: usize) -> Self {
        Self { concurrency: NonZeroUsize::new(keys).unwrap_or(NonZeroUsize::MIN), ..self }
    }

    /// How often a letter is tried whose error is Transient, with growing pauses up to 10 seconds. 0 counts as 1, which
    /// is the default.
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// Tells how far it has come, after every letter and every key.
    pub fn with_progress(self, told: impl Fn(&RedriveProgress) + Send + Sync + 'static) -> Self {
        Self { progress: Some(Arc::new(told)), ..self }
    }
}

impl Default for RedriveOptions {
    /// All parked keys.
    fn default() -> Self {
        Self::all()
    }
}

impl fmt::Debug for RedriveOptions {
    /// Without the key, which is a value of an item.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedriveOptions")
            .field("all", &self.only.is_none())
            .field("interval", &self.interval)
            .field("concurrency", &self.concurrency)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
