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

impl DeliveryError {
    /// What becomes of a record that was not settled: `Ok` if it is to be tried again.
    pub(crate) fn of_write(
        lane: &Lane,
        sink: &str,
        sequence_number: SequenceNumber,
        source: SinkError,
    ) -> Result<(), Box<Self>> {
        let (lane, sink) = (lane.clone(), sink.to_owned());
        match source.class() {
            Class::Transient => Ok(()),
            Class::Fatal => Err(Box::new(Self::Fatal { lane, sink, source })),
            Class::Poison => Err(Box::new(Self::Poison { lane, sink, sequence_number, source })),
        }
    }

    /// The same of a malformed record that was not parked. No other store would take it, so whatever is not to be tried
    /// again is Fatal.
    pub(crate) fn of_park(lane: &Lane, source: SinkError) -> Result<(), Box<Self>> {
        match source.class() {
            Class::Transient => Ok(()),
            Class::Fatal | Class::Poison => {
                Err(Box::new(Self::Fatal { lane: lane.clone(), sink: "malformed records".to_owned(), source }))
            }
        }
    }
}

/// Between deliveries of the same record.
pub(crate) const fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(50), Duration::from_secs(10))
}

/// What one step of a delivery came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Records are settled.
    Settled { records: usize },
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
        let (records, malformed) = (page.records(), page.malformed());
        Self { lane, rule, records, malformed, settled: 0, failed: None, backoff: backoff() }
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
        self.records = &self.records[settled..];
        self.settled += settled;
        match failed {
            Some(error) if settled == 0 => self.unsettled(sink.name(), error),
            failed => {
                self.backoff.reset();
                self.failed = failed;
                Ok(Step::Settled { records: settled })
            }
        }
    }

    /// What is to be done about the first record that is left.
    fn unsettled(&mut self, sink: &str, error: SinkError) -> Result<Step, Box<DeliveryError>> {
        DeliveryError::of_write(self.lane, sink, self.records[0].sequence_number(), error.clone())?;
        let wait = self.backoff.next_delay();
        tracing::warn!(lane = %self.lane, sink, ?wait, %error, "delivery is tried again");
        Ok(Step::Again(wait))
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
                Ok(Step::Settled { records: 1 })
            }
            Err(error) => {
                DeliveryError::of_park(self.lane, error.clone())?;
                let wait = self.backoff.next_delay();
                tracing::warn!(%lane, ?wait, %error, "parking a record that could not be decoded is tried again");
                Ok(Step::Again(wait))
            }
        }
    }
}
