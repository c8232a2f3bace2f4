use super::{Awaited, SetupError};
use dynacdc_sink::Backoff;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// What caused a wait, where an error did.
pub(super) type Cause = Option<Arc<dyn Error + Send + Sync>>;

/// What a look at the table came to.
#[derive(Debug)]
pub(super) enum Next<T> {
    Done(T),
    Wait(Awaited, Cause),
}

/// One call of the set-up: how long it waits in all, and what it has done.
#[derive(Debug)]
pub(super) struct Run {
    /// Whether the service was asked to change the table, and may have done so.
    pub(super) has_asked: bool,
    begun: Instant,
    deadline: Option<Instant>,
    backoff: Backoff,
}

impl Run {
    pub(super) fn new(patience: Duration) -> Self {
        let begun = Instant::now();
        let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        Self { has_asked: false, begun, deadline: begun.checked_add(patience), backoff }
    }

    /// Waits a little longer each time, or says what was waited for in vain.
    pub(super) async fn wait(&mut self, table: &Arc<str>, awaited: Awaited, source: Cause) -> Result<(), SetupError> {
        let wait = self.backoff.next_delay();
        if self.deadline.is_some_and(|deadline| Instant::now() + wait >= deadline) {
            let (table, waited) = (Arc::clone(table), self.begun.elapsed());
            return Err(SetupError::TimedOut { table, awaited, waited, source });
        }
        sleep(wait).await;
        Ok(())
    }
}
