use std::time::Duration;

/// Waiting times that double up to a bound, each drawn at random between zero and the current bound ("full jitter"),
/// so that many callers that failed together do not come back together
/// ([AWS: exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)).
///
/// The crate `backon` was considered: its jitter is added to the delay, so that callers that failed together stay apart
/// by no more than the delay itself, and never come back early.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Backoff {
    /// Bounds of `first`, twice `first`, and so on up to `most`.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, failures: 0 }
    }

    /// After a success the next failure waits short again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure.
    pub fn next_delay(&mut self) -> Duration {
        let bound = self.first.saturating_mul(1 << self.failures.min(16)).min(self.most);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_a_bound_that_doubles() {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(300));
        for bound in [50, 100, 200, 300, 300] {
            assert!(backoff.next_delay() <= Duration::from_millis(bound));
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(50));
    }
}
