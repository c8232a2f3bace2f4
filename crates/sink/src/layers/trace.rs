//! Spans and events of a sink, with the facade of the crate `tracing`.
//!
//! # Place
//! Outermost. There one span covers a delivery with all that the layers inside log, and an event is written only for
//! what is left after retries and dead letters. Inside of `retry` every attempt would warn of what the next one heals.

use crate::{Batch, Class, Layer, Order, Outcome, Redelivery, Report, Sink, SinkError};
use async_trait::async_trait;
use tokio::time::Instant;
use tracing::{Instrument, Span, field::Empty};

/// A span for each write, and an event for each record that failed.
///
/// The span `dynacdc.write`, at level INFO, has the fields `sink`, `lane` and `records`, and, once the write is over,
/// `applied`, `skipped`, `parked`, `blocked`, `failed` and `duration_ms` (a number with fractions).
///
/// Inside it an event at level WARN names each failed record by `sequence_number` and `event_id`, with `class` and
/// `error`. Nothing is lost then: the record is delivered again. At level ERROR it is one of class Fatal, which needs a
/// person. Blocked records are in the count only, since each stands behind a failed one. Of many failed records the
/// first 10 have an event, and one more event says how many there are besides, at level ERROR if one of them is Fatal.
///
/// No field holds a key or a value of an item.
#[derive(Debug, Clone)]
#[must_use]
pub struct TraceLayer {
    events: usize,
}

impl TraceLayer {
    /// With events for the first 10 failed records of a batch.
    pub const fn new() -> Self {
        Self { events: 10 }
    }

    /// With events for the first `events` failed records of a batch, and one for the number of the others.
    pub const fn with_events(self, events: usize) -> Self {
        Self { events }
    }
}

impl Default for TraceLayer {
    /// As [`new`](Self::new).
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sink> Layer<S> for TraceLayer {
    type Sink = Trace<S>;

    fn layer(self, inner: S) -> Trace<S> {
        Trace { events: self.events, inner }
    }
}

/// A sink with spans and events; made by [`TraceLayer`].
///
/// An `Err` of the inner sink is told of, and handed on, as the report that [`Report::settle`] makes of it.
#[derive(Debug)]
#[must_use]
pub struct Trace<S> {
    events: usize,
    inner: S,
}

impl<S> Trace<S> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without spans and events.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

#[async_trait]
impl<S: Sink> Sink for Trace<S> {
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
        let span = tracing::info_span!(
            "dynacdc.write",
            sink = self.inner.name(),
            lane = %batch.lane(),
            records = batch.len(),
            applied = Empty,
            skipped = Empty,
            parked = Empty,
            blocked = Empty,
            failed = Empty,
            duration_ms = Empty,
        );
        let begin = Instant::now();
        let result = self.inner.write(batch).instrument(span.clone()).await;
        let report = Report::settle_in(self.order(), batch, result);
        record(&span, &report, begin);
        span.in_scope(|| self.tell(batch, &report));
        Ok(report)
    }
}

fn record(span: &Span, report: &Report, begin: Instant) {
    if span.is_disabled() {
        return;
    }
    let counts = report.counts();
    span.record("applied", counts.applied);
    span.record("skipped", counts.skipped());
    span.record("parked", counts.parked);
    span.record("blocked", counts.blocked);
    span.record("failed", counts.failed);
    span.record("duration_ms", begin.elapsed().as_secs_f64() * 1_000.0);
}

impl<S> Trace<S> {
    fn tell(&self, batch: Batch<'_>, report: &Report) {
        let failed = || {
            report
                .outcomes()
                .iter()
                .zip(batch.records())
                .filter_map(|(outcome, record)| Some((outcome.error()?, record)))
        };
        for (error, record) in failed().take(self.events) {
            let sequence_number = record.sequence_number();
            let (event_id, class) = (record.event_id(), error.class().as_str());
            // The level of an event is part of its static description, so each has its own.
            if error.class() == Class::Fatal {
                tracing::error!(%sequence_number, event_id, class, error = format_args!("{error:#}"), "record failed");
            } else {
                tracing::warn!(%sequence_number, event_id, class, error = format_args!("{error:#}"), "record failed");
            }
        }
        let (mut others, mut is_fatal) = (0_u64, false);
        for (error, _) in failed().skip(self.events) {
            others += 1;
            is_fatal |= error.class() == Class::Fatal;
        }
        match (others, is_fatal) {
            (0, _) => {}
            (_, true) => tracing::error!(others, "more records failed, at least one of them fatally"),
            (_, false) => tracing::warn!(others, "more records failed"),
        }
    }
}
