use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::LocalError;

/// The last moment of the year 9999, in microseconds: later times have no place in a timestamp.
const LAST: u64 = 253_402_300_799_999_999;

/// The time of a server that was started with [`Builder::virtual_clock`](crate::Builder::virtual_clock).
///
/// It stands still until it is advanced. Clones show the same time. Resolution: one microsecond;
/// what the server writes down (creation times of stream records, the comparison with a TTL
/// attribute) is in whole seconds.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    micros: Arc<AtomicU64>,
}

impl VirtualClock {
    pub(super) fn starting_at(start: SystemTime) -> Result<Self, LocalError> {
        let micros = start
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_micros()).ok())
            .filter(|micros| *micros <= LAST)
            .ok_or(LocalError::ClockRange)?;
        Ok(Self { micros: Arc::new(AtomicU64::new(micros)) })
    }

    /// The current virtual time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.since_epoch()
    }

    /// Moves the clock forward. It stops at the end of the year 9999.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_micros()).unwrap_or(LAST);
        // The closure never refuses, so there is no error to look at.
        let _ = self
            .micros
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_add(by).min(LAST)));
    }

    fn since_epoch(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// Keeps the engine's clock trait off the public type.
pub(super) struct EngineClock(pub(super) VirtualClock);

impl dynoxide::storage_backend::Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        self.0.since_epoch().as_secs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.since_epoch().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_time() {
        let clock = VirtualClock::starting_at(UNIX_EPOCH + Duration::from_secs(100)).unwrap();
        let twin = clock.clone();
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(twin.now(), UNIX_EPOCH + Duration::from_millis(101_500));
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let clock = VirtualClock::starting_at(UNIX_EPOCH).unwrap();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_micros(LAST));
    }

    #[test]
    fn a_start_out_of_range_is_refused() {
        for start in [UNIX_EPOCH - Duration::from_secs(1), UNIX_EPOCH + Duration::from_micros(LAST + 1)] {
            assert!(matches!(VirtualClock::starting_at(start), Err(LocalError::ClockRange)));
        }
    }
}
