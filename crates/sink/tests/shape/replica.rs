//! Replicas of a table, with faults by script.

use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, Item};
use dynacdc_sink::{Batch, Cost, Order, OrderRule, Outcome, Redelivery, Report, Sink, SinkError};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// Items by replica and key.
pub(crate) type Copies = BTreeMap<(String, String), Item>;

/// All replicas of a test.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    copies: Copies,
    writes: Vec<(String, Vec<String>)>,
    /// For each single write: 0 fails without effect, 1 fails after its effect, anything else succeeds.
    faults: VecDeque<u8>,
    /// Keys that are refused as poison.
    refused: BTreeSet<String>,
    was_doubled: bool,
}

impl World {
    pub(crate) fn with_faults(faults: Vec<u8>) -> Self {
        let world = Self::default();
        world.content().faults = faults.into();
        world
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }

    pub(crate) fn replica(&self, name: &'static str) -> Replica {
        Replica {
            name,
            world: self.clone(),
            order: Order::Key,
            redelivery: Redelivery::Continued,
            time: Duration::ZERO,
        }
    }

    pub(crate) fn copies(&self) -> Copies {
        self.content().copies.clone()
    }

    /// Whether any item was ever in two places.
    pub(crate) fn was_doubled(&self) -> bool {
        self.content().was_doubled
    }

    pub(crate) fn refuse(&self, keys: &[&str]) {
        self.content().refused = keys.iter().map(|key| (*key).to_owned()).collect();
    }

    /// The calls of `write`, each as `replica: INSERT key` and so on.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.content().writes.iter().map(|(name, records)| format!("{name}: {}", records.join(", "))).collect()
    }
}

/// A copy of a table.
#[derive(Clone)]
pub(crate) struct Replica {
    name: &'static str,
    world: World,
    order: Order,
    redelivery: Redelivery,
    /// How long a write takes.
    time: Duration,
}

/// `INSERT a`, and `INSERT a/1` for part 1.
pub(crate) fn told(record: &ChangeRecord) -> String {
    let part = if record.part() == 0 { String::new() } else { format!("/{}", record.part()) };
    format!("{} {}{part}", record.event_name(), key(record))
}

/// The values of the key attributes.
pub(crate) fn key(record: &ChangeRecord) -> String {
    let values: Vec<_> = record.keys().iter().filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect();
    values.join("+")
}

impl Replica {
    pub(crate) fn with_order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    pub(crate) fn with_redelivery(self, redelivery: Redelivery) -> Self {
        Self { redelivery, ..self }
    }

    pub(crate) fn with_time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    fn apply(&self, content: &mut Content, record: &ChangeRecord) -> Result<(), SinkError> {
        if content.refused.contains(&key(record)) {
            return Err(SinkError::poison("refused"));
        }
        let fault = content.faults.pop_front();
        if fault == Some(0) {
            return Err(SinkError::transient("not done"));
        }
        let place = (self.name.to_owned(), key(record));
        if record.event_name() == EventName::Remove {
            content.copies.remove(&place);
        } else {
            content.copies.insert(place, record.require_new_image()?.to_item());
        }
        let ids: BTreeSet<_> = content.copies.values().map(|item| item.get("id").cloned()).collect();
        content.was_doubled |= ids.len() < content.copies.len();
        if fault == Some(1) { Err(SinkError::transient("done, but who knows")) } else { Ok(()) }
    }
}

#[async_trait]
impl Sink for Replica {
    fn name(&self) -> &str {
        self.name
    }

    fn order(&self) -> Order {
        self.order
    }

    fn redelivery(&self) -> Redelivery {
        self.redelivery
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        assert!(!batch.is_empty(), "a call for nothing");
        if !self.time.is_zero() {
            tokio::time::sleep(self.time).await;
        }
        let mut content = self.world.content();
        content.writes.push((self.name.to_owned(), batch.records().iter().map(told).collect()));
        let mut rule = OrderRule::new(self.order, batch);
        let mut outcomes = Vec::new();
        for (at, record) in batch.records().iter().enumerate() {
            let outcome = match rule.blocker(at) {
                Some(by) => Outcome::Blocked { by },
                None => self.apply(&mut content, record).map_or_else(Outcome::Failed, |()| Outcome::Applied),
            };
            if !outcome.is_settled() {
                rule.unsettled(at);
            }
            outcomes.push(outcome);
        }
        Report::new(self.order, batch, outcomes, Cost { calls: 1, ..Cost::default() })
    }
}

/// A word per outcome.
pub(crate) fn words(report: &Report) -> Vec<String> {
    crate::words::words(report.outcomes())
}
