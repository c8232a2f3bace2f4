//! One event into a sink, up to the first record that is not settled.
//!
//! # Panics of a sink
//! They are caught here and not left to `lambda_runtime`, which catches them too but then fails the invocation: all that
//! was settled would be delivered again, and Lambda would discard the whole batch for one record. A panic names no
//! record, so what panicked is written again in halves until one record is left that panics by itself; sinks that run
//! here stand any redelivery. What stands before it is settled, and the answer names it.

use crate::{
    FunctionError, Response,
    contained::{Cut, contained},
    time::Times,
};
use dynacdc_record::{ChangeRecord, Decoded, Malformed, SequenceNumber};
use dynacdc_sink::{Batch, Class, Lane, OnMalformed, Report, Sink, SinkError};
use tokio::time::Instant;

/// What one event is delivered with.
#[derive(Debug)]
pub(crate) struct Delivery<'a, S> {
    pub(crate) sink: &'a S,
    pub(crate) lane: &'a Lane,
    pub(crate) rule: &'a OnMalformed,
    pub(crate) times: Option<Times>,
}

impl<S: Sink> Delivery<'_, S> {
    pub(crate) async fn run(&self, event: &Decoded) -> Result<Response, FunctionError> {
        let (mut records, mut done) = (event.records(), 0);
        for malformed in event.malformed() {
            let (before, behind) = records.split_at(malformed.position() - done);
            if let Some(unsettled) = self.write(before).await {
                return Ok(Response::unsettled_from(unsettled));
            }
            if !park(self.rule, self.lane, malformed, self.times).await {
                return unsettled(malformed);
            }
            (records, done) = (behind, malformed.position() + 1);
        }
        Ok(self.write(records).await.map_or(Response::SETTLED, Response::unsettled_from))
    }

    /// Gives the first record that is not settled.
    async fn write(&self, mut records: &[ChangeRecord]) -> Option<SequenceNumber> {
        let mut most = records.len();
        while !records.is_empty() {
            let run = &records[..most.min(records.len())];
            let batch = Batch::new(self.lane, run).with_deadline(self.times.map(|times| times.deadline));
            match self.attempt(batch).await {
                Attempt::Panicked if run.len() > 1 && !batch.is_past_deadline() => most = run.len() / 2,
                Attempt::Panicked => {
                    return Some(self.tell(&run[0], &SinkError::fatal("the sink panicked")));
                }
                Attempt::Ended(report) => match report.first_unsettled() {
                    Some((at, error)) => return Some(self.tell(&run[at], error)),
                    None => records = &records[run.len()..],
                },
            }
        }
        None
    }

    async fn attempt(&self, batch: Batch<'_>) -> Attempt {
        // The sink is called in there too: a panic need not wait for the first poll.
        let result = match contained(self.times, async { self.sink.write(batch).await }).await {
            Ok(result) => result,
            Err(Cut::GivenUp) => {
                Err(SinkError::transient("given up near the end of the invocation; it may still land"))
            }
            Err(Cut::Panicked) => return Attempt::Panicked,
        };
        Attempt::Ended(Report::settle(batch, result))
    }

    fn tell(&self, record: &ChangeRecord, error: &SinkError) -> SequenceNumber {
        let (sink, number) = (self.sink.name(), record.sequence_number());
        tell(sink, self.lane, number, error);
        number
    }
}

enum Attempt {
    Ended(Report),
    Panicked,
}

/// Logs why delivery stops at a record. A Poison record comes again until Lambda discards it and what stands behind it,
/// so it needs a person as a Fatal error does.
pub(crate) fn tell(sink: &str, lane: &Lane, record: SequenceNumber, error: &SinkError) {
    let class = error.class().as_str();
    // The level of an event is part of its static description, so each has its own.
    if error.class() == Class::Transient {
        tracing::warn!(sink, %lane, %record, class, error = format_args!("{error:#}"), "delivery is to go on at a record");
    } else {
        tracing::error!(sink, %lane, %record, class, error = format_args!("{error:#}"), "delivery is to go on at a record");
    }
}

/// Parks a record that could not be decoded, where that is the rule. Gives whether it is settled.
pub(crate) async fn park(rule: &OnMalformed, lane: &Lane, record: &Malformed, times: Option<Times>) -> bool {
    let (position, number) = (record.position(), record.sequence_number());
    let record_number = number.as_ref().map(tracing::field::display);
    let OnMalformed::Park(store) = rule else {
        tracing::error!(%lane, position, record = record_number, error = %record.error(), "a record could not be decoded");
        return false;
    };
    if times.is_some_and(|times| Instant::now() >= times.deadline) {
        tracing::warn!(%lane, position, record = record_number, "there is no time left to park a record");
        return false;
    }
    let parked = match contained(times, async { store.park(lane, record).await }).await {
        Ok(parked) => parked,
        Err(Cut::GivenUp) => Err(SinkError::transient("given up near the end of the invocation")),
        Err(Cut::Panicked) => Err(SinkError::fatal("the store panicked")),
    };
    match parked {
        Ok(()) => {
            let error = record.error();
            tracing::warn!(%lane, position, record = record_number, %error, "a record that could not be decoded is parked");
            true
        }
        Err(error) => {
            let (why, class) = (format_args!("{error:#}"), error.class().as_str());
            tracing::error!(%lane, position, record = record_number, class, error = why, "a record could not be parked");
            false
        }
    }
}

/// What is said of a malformed record that is not settled. Without a number nothing can be said of it, nor of what
/// stands behind it. Naming the record before it lost as the answer: that one is settled, and the same batch, less what
/// is settled, would come and fail as often as before, while a function that fails shows in the metrics of Lambda and is
/// halved by a mapping that bisects.
pub(crate) fn unsettled(record: &Malformed) -> Result<Response, FunctionError> {
    match record.sequence_number() {
        Some(number) => Ok(Response::unsettled_from(number)),
        None => Err(FunctionError::Unnamed { source: record.error().clone() }),
    }
}
