//! Metrics of a sink.
//!
//! # Place
//! Outermost, inside of `trace`. There it sees every record that was delivered and its final fate. Inside of `retry` it
//! would count each attempt as received records, and inside of `filter_items` miss what was filtered. Around a branch of
//! a `fan_out` it is right too, and tells that branch's fates.

mod handles;
pub mod names;

use crate::{Batch, Clock, Layer, Order, Outcome, Redelivery, Report, Sink, SinkError};
use async_trait::async_trait;
use chrono::DateTime;
use handles::Handles;
use std::{fmt, sync::OnceLock};
use tokio::time::Instant;

/// Counts records by fate, and measures batches, durations, the age of records and costs, with the facade of the crate
/// `metrics`. The names are in [`metric_names`](crate::metric_names).
///
/// # The age of records
///
/// [`ITERATOR_AGE`](names::ITERATOR_AGE) is what Lambda's metric `IteratorAge` is, but in seconds: the age of the *last*
/// record of a batch when the batch is handed in ([AWS: Lambda metrics][age]). It tells how far behind the reading is.
/// The first record, which is older, would tell how long it waited, and show a lag in every big batch.
///
/// DynamoDB gives the time of a change rounded down to whole seconds, so an age is up to one second too high. A record
/// without the time, and an empty batch, give none; a time ahead of the clock gives 0.
///
/// [age]: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
///
/// # The recorder
///
/// The metrics are looked up once, in the recorder that is installed at the first write of a batch with records. One
/// installed later gets nothing, so install it before the first delivery.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct MeterLayer {
    clock: Clock,
}

impl MeterLayer {
    /// With the clock of the system.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another clock for the age of records.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock }
    }
}

impl<S: Sink> Layer<S> for MeterLayer {
    type Sink = Meter<S>;

    fn layer(self, inner: S) -> Meter<S> {
        Meter { clock: self.clock, handles: OnceLock::new(), inner }
    }
}

/// A sink with metrics; made by [`MeterLayer`].
///
/// An `Err` of the inner sink is counted, and handed on, as the report that [`Report::settle`] makes of it.
#[must_use]
pub struct Meter<S> {
    clock: Clock,
    handles: OnceLock<Handles>,
    inner: S,
}

impl<S> Meter<S> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without metrics.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// The age of the last record in seconds, as it is read: whole seconds of making against the present time.
    fn age(&self, batch: Batch<'_>) -> Option<f64> {
        let (seconds, nanos) = batch.records().last()?.created_epoch()?;
        let created = DateTime::from_timestamp(seconds, nanos)?;
        let age = self.clock.now().signed_duration_since(created);
        Some(age.to_std().unwrap_or_default().as_secs_f64())
    }
}

#[async_trait]
impl<S: Sink> Sink for Meter<S> {
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
        if batch.is_empty() {
            return Ok(Report::all(batch, Outcome::Applied));
        }
        let handles = self.handles.get_or_init(|| Handles::new(self.inner.name()));
        handles.received(batch.len(), self.age(batch));
        let begin = Instant::now();
        let report = Report::settle_in(self.order(), batch, self.inner.write(batch).await);
        handles.reported(&report, begin.elapsed().as_secs_f64());
        Ok(report)
    }
}

impl<S: fmt::Debug> fmt::Debug for Meter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("clock", &self.clock).field("inner", &self.inner).finish_non_exhaustive()
    }
}
