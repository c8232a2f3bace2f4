//! A sink that keeps what it is given and fails as a test says.

use crate::journal::Journal;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, Cost, Order, Redelivery, Report, Sink, SinkError};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

#[derive(Default)]
struct State {
    /// Per sequence number how often it still fails, and how.
    faults: BTreeMap<u64, (usize, Class)>,
    takes: Duration,
    panics: bool,
}

#[derive(Clone)]
pub(crate) struct Target {
    state: Arc<Mutex<State>>,
    applied: watch::Sender<Vec<u64>>,
    /// How many writes have begun.
    begun: watch::Sender<usize>,
    journal: Journal,
}

pub(crate) fn number(record: &ChangeRecord) -> u64 {
    record.sequence_number().as_str().parse().unwrap()
}

impl Target {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { state: Arc::default(), applied: watch::Sender::default(), begun: watch::Sender::default(), journal }
    }

    /// The next `times` tries of this record fail.
    pub(crate) fn fail(&self, number: u64, times: usize, class: Class) {
        self.state.lock().unwrap().faults.insert(number, (times, class));
    }

    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().faults.clear();
    }

    /// How long each record takes.
    pub(crate) fn takes(&self, time: Duration) {
        self.state.lock().unwrap().takes = time;
    }

    pub(crate) fn panics(&self) {
        self.state.lock().unwrap().panics = true;
    }

    /// Everything that was applied, in order, again where it came again.
    pub(crate) fn applied(&self) -> Vec<u64> {
        self.applied.borrow().clone()
    }

    pub(crate) async fn until_applied(&self, number: u64) {
        self.applied.subscribe().wait_for(|applied| applied.contains(&number)).await.unwrap();
    }

    pub(crate) async fn until_begun(&self, writes: usize) {
        self.begun.subscribe().wait_for(|begun| *begun >= writes).await.unwrap();
    }

    fn fault(&self, number: u64) -> Option<SinkError> {
        let mut state = self.state.lock().unwrap();
        let (times, class) = state.faults.get_mut(&number)?;
        *times = times.checked_sub(1)?;
        Some(SinkError::new(*class, "scripted"))
    }
}

#[async_trait]
impl Sink for Target {
    fn name(&self) -> &str {
        "target"
    }

    fn order(&self) -> Order {
        Order::Lane
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        assert!(!batch.is_empty() && batch.lane().is_ordered());
        let shard = batch.lane().shard().unwrap();
        self.journal.add(format!("write {shard} {}", batch.len()));
        self.begun.send_modify(|begun| *begun += 1);
        let (takes, panics) = {
            let state = self.state.lock().unwrap();
            (state.takes, state.panics)
        };
        assert!(!panics, "as the test says");
        let mut results = Vec::new();
        for record in batch.records() {
            tokio::time::sleep(takes).await;
            let failed = results.last().is_some_and(Result::is_err);
            let result = match self.fault(number(record)) {
                _ if failed => Err(SinkError::transient("behind a failed one")),
                Some(error) => Err(error),
                None => Ok(()),
            };
            if result.is_ok() {
                self.journal.add(format!("applied {}", number(record)));
                self.applied.send_modify(|applied| applied.push(number(record)));
            }
            results.push(result);
        }
        Report::from_each(Order::Lane, batch, results, Cost::default())
    }
}
