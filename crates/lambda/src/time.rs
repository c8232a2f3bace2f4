//! How much of an invocation is for the sink.
//!
//! A function that is still writing when its time is over is killed without an answer, and everything is delivered
//! again. So the sink is given a deadline before the end, and is given up between that and the end.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// A time on the first day of 1970, which Lambda never sends.
const FIRST_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When an invocation ends, from the milliseconds since 1970 that Lambda sends as `Lambda-Runtime-Deadline-Ms`
/// (`Context::deadline` of `lambda_runtime`). A time that is past is now.
///
/// Less than a day is a length from now: `cargo lambda watch` sends 600,000 for ten minutes.
pub fn ends_at(milliseconds: u64) -> Instant {
    let end = Duration::from_millis(milliseconds);
    // Read as a time it would be long past, and nothing would ever be begun.
    if end < FIRST_DAY {
        return Instant::now() + end;
    }
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::now() + end.saturating_sub(since_1970)
}

/// The time that is kept back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reserve(pub(crate) Duration);

impl Default for Reserve {
    fn default() -> Self {
        Self(Duration::from_secs(2))
    }
}

/// The points of time of one invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// Nothing is begun after it.
    pub(crate) deadline: Instant,
    /// What is still running then is dropped, so that there is time left to answer.
    pub(crate) given_up: Instant,
}

impl Reserve {
    /// The reserve is never more than half of the time that is left, or a short invocation would get nothing done.
    pub(crate) fn of(self, end: Instant) -> Times {
        let reserve = self.0.min(end.saturating_duration_since(Instant::now()) / 2);
        let before = |time: Duration| end.checked_sub(time).unwrap_or(end);
        Times { deadline: before(reserve), given_up: before(reserve / 2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_reserve_is_absolute_but_at_most_half_of_what_is_left() {
        let now = Instant::now();
        let seconds = |n: f64| now + Duration::from_secs_f64(n);
        for (left, deadline, given_up) in [(60.0, 58.0, 59.0), (3.0, 1.5, 2.25), (0.0, 0.0, 0.0)] {
            let times = Reserve::default().of(seconds(left));

            assert_eq!((times.deadline, times.given_up), (seconds(deadline), seconds(given_up)), "{left} seconds");
        }
        assert_eq!(Reserve(Duration::ZERO).of(seconds(3.0)).deadline, seconds(3.0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_an_invocation_is_found_on_the_wall_clock() -> Result<(), Box<dyn std::error::Error>> {
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;

        let left = ends_at(now + 10_000).saturating_duration_since(Instant::now());

        assert!(left <= Duration::from_secs(10) && left > Duration::from_secs(5), "{left:?}");
        assert_eq!(ends_at(now - 10_000), Instant::now());
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn less_than_a_day_is_a_length() {
        let day = 86_400_000;
        for length in [0, 1, 600_000, day - 1] {
            assert_eq!(ends_at(length), Instant::now() + Duration::from_millis(length), "{length} ms");
        }
        assert_eq!(ends_at(day), Instant::now());
    }
}
