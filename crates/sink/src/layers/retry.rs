//! Retries: what failed for a moment is sent again, and what it blocked behind it.
//!
//! # Place
//! Inside `dead_letter`, `isolate` and `dedupe`, around `timeout`, and in each branch of a `fan_out`.
//!
//! Around a `fan_out` it would send to all branches again what failed in one of them, and a slow branch would hold up the
//! retries of the others. Inside of `timeout` one limit would cover all attempts and the waits between them, so that a
//! throttled write ends as one whose fate is unknown. Around `dedupe` every attempt would claim anew. Around
//! `dead_letter` every attempt would ask its store anew, and what is parked by its age would be parked before it was
//! retried.

use super::resend::resendable;
use crate::{Backoff, Batch, Class, Layer, Order, Outcome, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Sends Transient failures again, after a random wait whose bound doubles ([`Backoff`]).
///
/// Settings and their defaults: 4 attempts in all, waits of up to 50 ms, 100 ms and so on up to 5 s, no time limit but
/// the deadline of the batch.
///
/// Below it clients have retries of their own: those of an AWS SDK multiply with these, so one of the two is to be
/// switched off.
#[derive(Debug, Clone)]
#[must_use]
pub struct RetryLayer {
    attempts: u32,
    first: Duration,
    most: Duration,
    limit: Option<Duration>,
}

impl RetryLayer {
    /// With the defaults.
    pub const fn new() -> Self {
        Self { attempts: 4, first: Duration::from_millis(50), most: Duration::from_secs(5), limit: None }
    }

    /// With this many attempts in all, the first one counted. 0 counts as 1.
    pub const fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// With waits of up to `first` after the first attempt, twice that after the next, and so on up to `most`.
    pub const fn with_delays(self, first: Duration, most: Duration) -> Self {
        Self { first, most, ..self }
    }

    /// With no attempt begun later than this after the first one. It does not end an attempt: that is what a
    /// [`TimeoutLayer`](crate::TimeoutLayer) is for.
    pub const fn with_time_limit(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

impl Default for RetryLayer {
    /// As [`new`](Self::new).
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sink> Layer<S> for RetryLayer {
    type Sink = Retry<S>;

    fn layer(self, inner: S) -> Retry<S> {
        Retry { settings: self, inner }
    }
}

/// A sink with retries; made by [`RetryLayer`].
///
/// # Behavior
/// 1. What failed as Transient is sent again, and a blocked record only if what blocks it is. What is settled stays so
///    and is not sent again. Poison is left to the layers outside.
/// 2. An `Err` of class Transient, which is nobody's fault, has the whole part sent again.
/// 3. If one failure is Fatal, nothing is sent again: a person is needed, and until then the lane stops there anyway.
/// 4. No attempt begins past the deadline of the batch or the time limit, and there is no wait that would end past them:
///    what is left is reported as it stands, for the next delivery.
/// 5. Attempts count for the batch, not for each record, so that there is a bound for the time that it takes.
/// 6. The costs of all attempts add up. The errors are those of the last attempt.
#[derive(Debug)]
#[must_use]
pub struct Retry<S> {
    settings: RetryLayer,
    inner: S,
}

impl<S> Retry<S> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without the retries.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

#[async_trait]
impl<S: Sink> Sink for Retry<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        if batch.is_empty() || batch.is_past_deadline() {
            return Ok(Report::all(batch, SinkError::not_begun().into()));
        }
        let end = self.end(batch);
        let mut report = Report::settle_in(self.order(), batch, self.inner.write(batch).await);
        if report.is_settled() {
            return Ok(report);
        }
        let mut backoff = Backoff::new(self.settings.first, self.settings.most);
        let is_late = |wait: Duration| end.is_some_and(|end| end.saturating_duration_since(Instant::now()) <= wait);
        for attempt in 2..=self.settings.attempts {
            if report.outcomes().iter().filter_map(Outcome::error).any(|error| error.class() == Class::Fatal) {
                break;
            }
            let again = |error: &SinkError| error.class() == Class::Transient;
            let part = resendable(self.order(), batch, report.outcomes(), again);
            let wait = backoff.next_delay();
            if part.is_empty() || is_late(wait) {
                break;
            }
            sleep(wait).await;
            // A busy runtime wakes late.
            if is_late(Duration::ZERO) {
                break;
            }
            tracing::debug!(sink = self.name(), attempt, records = part.len(), "sending again");
            let mut slots = Slots::new(self.order(), batch);
            slots.place(&batch.whole(), Ok(report));
            slots.clear(&part);
            slots.place(&part, self.inner.write(part.batch()).await);
            // Brought to the order rule after every attempt, since the next choice rests on it.
            report = slots.finish()?;
        }
        Ok(report)
    }
}

impl<S> Retry<S> {
    /// When no attempt may begin any more. The time limit counts from the begin of the first one.
    fn end(&self, batch: Batch<'_>) -> Option<Instant> {
        let limit = self.settings.limit.and_then(|limit| Instant::now().checked_add(limit));
        [limit, batch.deadline()].into_iter().flatten().min()
    }
}
