//! Ways of having an effect once that do not have it once.

use crate::target::Target;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{
    Batch, DeadLetterStore, Done, Each, Lane, Order, Outcome, Reason, RecordSink, Redelivery, Report, Sink, SinkError,
    Slots,
};
use dynacdc_testkit::{Mail, Mailer, Running};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Notes a mail as sent and sends it then: a crash between the two loses it.
pub(crate) struct MarkedFirst {
    pub(crate) inner: Each<Mailer>,
    pub(crate) target: Target,
}

#[async_trait]
impl RecordSink for MarkedFirst {
    fn name(&self) -> &str {
        "mailer with a mark before the effect"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let (noted, mail) = (Arc::clone(&self.target.noted), Mail::of(record));
        let note = move || async move { noted.lock().unwrap_or_else(PoisonError::into_inner).insert(mail) };
        if !self.target.backend.faults().call("note", note).await? {
            return Ok(Done::Skipped(Reason::Duplicate));
        }
        self.inner.get_ref().apply(record).await
    }
}

/// Keeps what was sent in the memory of the process, which is not that of the next one.
pub(crate) struct Remembered {
    inner: Each<Mailer>,
    sent: Mutex<HashSet<Mail>>,
}

impl Remembered {
    pub(crate) fn new(inner: Each<Mailer>) -> Self {
        Self { inner, sent: Mutex::default() }
    }
}

#[async_trait]
impl RecordSink for Remembered {
    fn name(&self) -> &str {
        "mailer that remembers"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        if self.sent.lock().unwrap_or_else(PoisonError::into_inner).contains(&Mail::of(record)) {
            return Ok(Done::Skipped(Reason::Duplicate));
        }
        let done = self.inner.get_ref().apply(record).await?;
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).insert(Mail::of(record));
        Ok(done)
    }
}

/// Handles the later changes of an item although an earlier one has failed.
pub(crate) struct GoesOn(pub(crate) Each<Mailer>);

#[async_trait]
impl Sink for GoesOn {
    fn name(&self) -> &str {
        "mailer that goes on"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut slots = Slots::new(Order::Key, batch);
        for (at, record) in batch.records().iter().enumerate() {
            slots.put(at, self.0.get_ref().apply(record).await.into());
        }
        slots.finish()
    }
}

/// Calls a parked record applied, so that a layer around it notes it as done.
pub(crate) struct ParkedAsApplied<S> {
    pub(crate) inner: S,
}

#[async_trait]
impl<S: Sink> Sink for ParkedAsApplied<S> {
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
        let report = Report::settle(batch, self.inner.write(batch).await);
        let outcomes = report.outcomes().iter().cloned().map(|outcome| match outcome {
            Outcome::Parked => Outcome::Applied,
            outcome => outcome,
        });
        Report::new(self.order(), batch, outcomes.collect(), report.cost())
    }
}

/// Redrives by writing letters into the whole stack instead of into what is inside of the dead letters.
pub(crate) fn from_the_top<S: Sink + 'static>(sink: Arc<S>, target: &Target) -> Running {
    let letters = target.letters.clone();
    let top = Arc::clone(&sink);
    Running::new(sink).with_redrive(move || {
        let (letters, top) = (letters.clone(), Arc::clone(&top));
        async move {
            for key in letters.keys(None, 1_000).await? {
                while let Some(letter) = letters.letters(&key, None, 1).await?.pop() {
                    let lane = Lane::redrive(letter.lane.clone());
                    let records = [letter.record.clone()];
                    let batch = Batch::new(&lane, &records);
                    if !Report::settle(batch, top.write(batch).await).is_settled() {
                        break;
                    }
                    letters.remove(&letter).await?;
                }
                letters.unpark(&key).await?;
            }
            Ok(())
        }
    })
}
