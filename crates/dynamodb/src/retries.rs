use crate::{CallError, ErrorKind};
use aws_sdk_dynamodb::{Client, config::retry::RetryConfig};
use dynacdc_sink::{Backoff, Class};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often a call is made again, and how long it waits before.
#[derive(Debug, Clone)]
#[must_use]
pub struct Retries {
    attempts: u32,
    first: Duration,
    most: Duration,
}

impl Retries {
    /// At most so many attempts, the first one counted; at least one is made. Waits are those of [`Backoff`]: at random
    /// below a bound that begins at `first` and doubles up to `most`.
    pub const fn new(attempts: u32, first: Duration, most: Duration) -> Self {
        Self { attempts, first, most }
    }

    /// The same client, whose calls are made once: retries on two levels would multiply, and those of the SDK are not
    /// counted by a [`CostMeter`](crate::CostMeter).
    #[must_use]
    pub fn client(client: &Client) -> Client {
        once(client)
    }

    /// Makes a call, and makes it again while what stands in its way may pass. A condition that does not hold is an answer.
    ///
    /// # Errors
    /// The last one, when it does not pass or the attempts are over.
    pub async fn repeat<T, F>(&self, mut call: impl FnMut() -> F + Send) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>> + Send,
    {
        let mut attempts = self.start();
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !attempts.wait(&error, None).await {
                return Err(error);
            }
        }
    }

    /// The state of one call that is retried.
    pub(crate) const fn start(&self) -> Attempts {
        Attempts { made: 0, most: self.attempts, backoff: Backoff::new(self.first, self.most) }
    }
}

impl Default for Retries {
    /// 8 attempts, waits of up to 50 ms, then 100 ms, and so on to 5 s.
    fn default() -> Self {
        Self::new(8, Duration::from_millis(50), Duration::from_secs(5))
    }
}

#[derive(Debug)]
pub(crate) struct Attempts {
    made: u32,
    most: u32,
    backoff: Backoff,
}

impl Attempts {
    /// When the next attempt after this error is to be made; none where another one does not help, none is left, or the
    /// wait would pass the deadline.
    pub(crate) fn after(&mut self, error: &CallError, deadline: Option<Instant>) -> Option<Instant> {
        // A condition that does not hold is no better the second time.
        if error.class() != Class::Transient || error.kind() == ErrorKind::ConditionFailed {
            return None;
        }
        self.made = self.made.saturating_add(1);
        if self.made >= self.most {
            return None;
        }
        let at = Instant::now().checked_add(self.backoff.next_delay())?;
        deadline.is_none_or(|deadline| at < deadline).then_some(at)
    }

    /// Whether no attempt has failed yet.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.made == 0
    }

    /// As [`after`](Self::after), and waits until then. Says whether to try again.
    pub(crate) async fn wait(&mut self, error: &CallError, deadline: Option<Instant>) -> bool {
        let Some(at) = self.after(error, deadline) else { return false };
        sleep_until(at).await;
        true
    }
}

/// The same client, whose calls are made once. What retries here counts its calls and keeps deadlines, and attempts on
/// two levels would multiply.
pub(crate) fn once(client: &Client) -> Client {
    Client::from_conf(client.config().to_builder().retry_config(RetryConfig::disabled()).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_without_end_is_no_panic() {
        fastrand::seed(1);
        let error = CallError::of_kind(ErrorKind::Throttled, "PutItem");
        let mut attempts = Retries::new(3, Duration::MAX, Duration::MAX).start();
        assert_eq!(attempts.after(&error, None), None);
    }
}
