//! What has effects: a mailbox that counts every mail, takes a second for each, and fails on demand.

use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_sink::{Batch, BoxSink, Class, Clock, Lane, Redelivery, Report, Sink, SinkError, SinkExt, sink_fn};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;

pub(crate) fn lane() -> Lane {
    Lane::ordered(None, "shard-1")
}

/// A clock that moves with tokio's.
pub(crate) fn clock() -> Clock {
    Clock::from("2026-05-01T12:00:00Z".parse().unwrap())
}

/// The change `number` of the item `key`.
pub(crate) fn change(key: &str, number: u64) -> ChangeRecord {
    let sequence = SequenceNumber::parse(&number.to_string()).unwrap();
    ChangeRecord::builder(EventName::Insert, item! { "pk" => key }, sequence)
        .new_image(item! { "pk" => key })
        .build()
        .unwrap()
}

/// The mail of a record: its event and part.
pub(crate) fn mail(record: &ChangeRecord) -> String {
    format!("{}.{}", record.event_id(), record.part())
}

#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    sent: Vec<String>,
    batches: Vec<usize>,
    fails: HashMap<String, Class>,
    /// In how many of 100 cases a mail is refused, and the generator for it.
    unlucky: Option<(u32, fastrand::Rng)>,
}

impl Mailbox {
    pub(crate) fn sent(&self) -> Vec<String> {
        self.0.lock().unwrap().sent.clone()
    }

    /// How often each mail was sent.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.sent().into_iter().fold(BTreeMap::new(), |mut counts, mail| {
            *counts.entry(mail).or_default() += 1;
            counts
        })
    }

    /// The lengths of the batches that came this far.
    pub(crate) fn batches(&self) -> Vec<usize> {
        self.0.lock().unwrap().batches.clone()
    }

    pub(crate) fn fail(&self, fails: &[(&str, Class)]) {
        self.0.lock().unwrap().fails = fails.iter().map(|(mail, class)| ((*mail).to_owned(), *class)).collect();
    }

    pub(crate) fn fail_at_random(&self, percent: u32, seed: u64) {
        self.0.lock().unwrap().unlucky = Some((percent, fastrand::Rng::with_seed(seed)));
    }

    async fn send(&self, mail: String) -> Result<(), SinkError> {
        sleep(Duration::from_secs(1)).await;
        let mut state = self.0.lock().unwrap();
        if let Some(class) = state.fails.get(&mail) {
            return Err(SinkError::new(*class, "scripted"));
        }
        if state.unlucky.as_mut().is_some_and(|(percent, random)| random.u32(0..100) < *percent) {
            return Err(SinkError::transient("out of luck"));
        }
        state.sent.push(mail);
        Ok(())
    }

    /// A sink that sends a mail for each record, several at once.
    pub(crate) fn sink(&self) -> BoxSink {
        let mailbox = self.clone();
        let each = sink_fn("mail", move |record| {
            let mailbox = mailbox.clone();
            async move { mailbox.send(mail(&record)).await }
        });
        Counting { mailbox: self.clone(), inner: each.with_concurrency(8).boxed() }.boxed()
    }
}

struct Counting {
    mailbox: Mailbox,
    inner: BoxSink,
}

#[async_trait::async_trait]
impl Sink for Counting {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.mailbox.0.lock().unwrap().batches.push(batch.len());
        self.inner.write(batch).await
    }
}

pub(crate) async fn write(sink: &dyn Sink, records: &[ChangeRecord]) -> Report {
    let lane = lane();
    let batch = Batch::new(&lane, records);
    Report::settle(batch, sink.write(batch).await)
}

/// A word per outcome.
pub(crate) fn words(report: &Report) -> Vec<String> {
    crate::words::words(report.outcomes())
}
