use chrono::{DateTime, Utc};
use std::{fmt, sync::Arc};
use tokio::time::Instant;

/// Where a layer takes the time of day from, for what is stored and compared across processes: leases, times of parking,
/// the age of records.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// A clock that shows `start` now and moves with the clock of tokio, so that it stands still where a test pauses it.
    pub fn from(start: DateTime<Utc>) -> Self {
        let begin = Instant::now();
        Self::new(move || start + begin.elapsed())
    }

    /// Any other source of time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl Default for Clock {
    /// The clock of the system.
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
