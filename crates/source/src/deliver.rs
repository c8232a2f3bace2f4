//! Driving a sink with one page: what may be settled, what is tried again, what stops.

use crate::OnMalformed;
use dynacdc_record::{ChangeRecord, Decoded, Malformed, SequenceNumber};
use dynacdc_sink::{Backoff, Batch, Class, Lane, Report, Sink, SinkError};
use std::time::Duration;

/// Delivery cannot go on. Everything that was settled before is settled.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The sink says that nothing can be written, such as without credentials or table.
    #[error("{lane}: sink `{sink}` cannot go on")]
    Fatal {
        /// Where the batch came from.
        lane: Lane,
        /// The name of the sink.
        sink: String,
        /// What the sink said.
        source: SinkError,
    },
    /// The sink says that this record can never be written. A dead-letter layer would park it and go on.
    #[error("{lane}: sink `{sink}` can never write record {sequence_number}")]
    Poison {
        /// Where the record came from.
        lane: Lane,
        /// The name of the sink.
        sink: String,
        /// The record; the first one of the batch where the error is
        /// [unattributed](SinkError::is_unattributed) and may be another's.
        sequence_number: SequenceNumber,
        /// What the sink said.
        source: SinkError,
    },
    /// A record could not be decoded, and the rule is to stop there.
    #[error("{lane}: a record could not be decoded: {}", .record.error())]
    Malformed {
        /// Where the record came from.
        lane: Lane,
        /// The record as it came, and why it could not be decoded.
        record: Box<Malformed>,
    },
}

/// What one step of a delivery came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Records are settled; `up_to` is the last of them that has a number.
    Settled { records: usize, up_to: Option<SequenceNumber> },
    /// The next unsettled record may succeed after this time.
    Again(Duration),
    /// All records are settled.
    Done,
}

/// One page on its way into a sink.
///
/// Each step writes what is unsettled up to the next malformed record, or deals with that one. The caller saves the
/// position that a step gives before it takes the next one, so that a crash repeats as little as can be.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    lane: &'a Lane,
    rule: &'a OnMalformed,
    records: &'a [ChangeRecord],
    malformed: &'a [Malformed],
    /// How many of all are settled.
    settled: usize,
    /// Why the first record that is left was not settled with those before it.
    failed: Option<SinkError>,
    backoff: Backoff,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(lane: &'a Lane, rule: &'a OnMalformed, page: &'a Decoded) -> Self {
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(10));
        Self { lane, rule, records: page.records(), malformed: page.malformed(), settled: 0, failed: None, backoff }
    }

    pub(crate) async fn step<S: Sink + ?Sized>(&mut self, sink: &S) -> Result<Step, Box<DeliveryError>> {
        if let Some(error) = self.failed.take() {
            return self.unsettled(sink.name(), error);
        }
        let run = match self.malformed.first() {
            Some(malformed) if malformed.position() == self.settled => return self.malformed(malformed).await,
            Some(malformed) => malformed.position() - self.settled,
            None if self.records.is_empty() => return Ok(Step::Done),
            None => self.records.len(),
        };
        let batch = Batch::new(self.lane, &self.records[..run]);
        let report = Report::settle(batch, sink.write(batch).await);
        let settled = report.settled_prefix();
        let failed = report.first_unsettled().map(|(_, error)| error.clone());
        let up_to = self.records[..settled].last().map(ChangeRecord::sequence_number);
        self.records = &self.records[settled..];
        self.settled += settled;
        match failed {
            Some(error) if settled == 0 => self.unsettled(sink.name(), error),
            failed => {
                self.backoff.reset();
                self.failed = failed;
                Ok(Step::Settled { records: settled, up_to })
            }
        }
    }

    /// What is to be done about the first record that is left.
    fn unsettled(&mut self, sink: &str, error: SinkError) -> Result<Step, Box<DeliveryError>> {
        let (lane, sink) = (self.lane.clone(), sink.to_owned());
        match error.class() {
            Class::Transient => {
                let wait = self.backoff.next_delay();
                tracing::warn!(%lane, sink, ?wait, error = %error, "delivery is tried again");
                Ok(Step::Again(wait))
            }
            Class::Fatal => Err(Box::new(DeliveryError::Fatal { lane, sink, source: error })),
            Class::Poison => {
                let sequence_number = self.records[0].sequence_number();
                Err(Box::new(DeliveryError::Poison { lane, sink, sequence_number, source: error }))
            }
        }
    }

    async fn malformed(&mut self, record: &Malformed) -> Result<Step, Box<DeliveryError>> {
        let lane = self.lane.clone();
        let OnMalformed::Park(store) = self.rule else {
            return Err(Box::new(DeliveryError::Malformed { lane, record: Box::new(record.clone()) }));
        };
        match store.park(self.lane, record).await {
            Ok(()) => {
                tracing::warn!(%lane, error = %record.error(), "a record that could not be decoded is parked");
                self.malformed = &self.malformed[1..];
                self.settled += 1;
                self.backoff.reset();
                Ok(Step::Settled { records: 1, up_to: record.sequence_number() })
            }
            Err(error) if error.class() == Class::Transient => {
                let wait = self.backoff.next_delay();
                tracing::warn!(%lane, ?wait, %error, "parking a record that could not be decoded is tried again");
                Ok(Step::Again(wait))
            }
            Err(source) => Err(Box::new(DeliveryError::Fatal { lane, sink: "malformed records".to_owned(), source })),
        }
    }
}
