use dynacdc_sink::Backoff;
use std::time::Duration;
use tokio::time::Instant;

/// The wait after a failure.
#[derive(Debug, Clone)]
pub(super) struct Pause {
    backoff: Backoff,
    until: Option<Instant>,
}

impl Pause {
    pub(super) const fn new(first: Duration, most: Duration) -> Self {
        Self { backoff: Backoff::new(first, most), until: None }
    }

    /// Between calls of the service or the store of positions.
    pub(super) const fn of_calls() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(10))
    }

    /// Between deliveries.
    pub(super) const fn of_delivery() -> Self {
        Self { backoff: crate::deliver::backoff(), until: None }
    }

    /// Waits longer than the last time, and tells how long.
    pub(super) fn fail(&mut self, now: Instant) -> Duration {
        let wait = self.backoff.next_delay();
        self.until = later(now, wait);
        wait
    }

    pub(super) const fn succeed(&mut self) {
        self.backoff.reset();
        self.until = None;
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// Whether the last try failed.
    pub(super) const fn is_failing(&self) -> bool {
        self.until.is_some()
    }

    pub(super) const fn until(&self) -> Option<Instant> {
        self.until
    }
}

/// None where that is beyond all times.
pub(super) fn later(now: Instant, wait: Duration) -> Option<Instant> {
    now.checked_add(wait)
}
