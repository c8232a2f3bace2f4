//! The sink: slow, and fenced.
//!
//! Each row keeps the number of the change that it was written by, and a change takes effect in one step with that number.
//! A change that comes again finds its own number there, or a later one, and is skipped: so its effect is once although it
//! was delivered twice. A counter beside the rows, which knows no fence, counts what is delivered.

use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, Item, ItemKey, SequenceNumber};
use dynacdc_sink::{Batch, Cost, Lane, Order, Outcome, Reason, Redelivery, Report, ShardId, Sink, SinkError};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::sleep;

/// What one record takes. A lane gets on with 50 in a second.
const TIME: Duration = Duration::from_millis(20);

/// Keeps the last image of each item and counts its changes. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    rows: BTreeMap<ItemKey, Row>,
    effects_by_shard: BTreeMap<ShardId, u64>,
    /// Records that were given, whether or not they had taken effect before.
    given: u64,
    /// Records that were given and had taken effect before.
    again: u64,
    /// The lanes that are being written.
    writing: BTreeSet<String>,
}

struct Row {
    fence: SequenceNumber,
    image: Option<Item>,
    effects: u64,
}

impl Rows {
    fn apply(&mut self, lane: &Lane, record: &ChangeRecord) -> Outcome {
        self.given += 1;
        let (number, key) = (record.sequence_number(), record.item_key());
        let before = self.rows.get(&key);
        if before.is_some_and(|row| number <= row.fence) {
            self.again += 1;
            return Outcome::Skipped(Reason::Stale);
        }
        let effects = before.map_or(0, |row| row.effects) + 1;
        let image = match record.event_name() {
            EventName::Remove => None,
            EventName::Insert | EventName::Modify => record.new_image().map(|image| image.to_item()),
        };
        self.rows.insert(key, Row { fence: number, image, effects });
        if let Lane::Ordered { shard, .. } = lane {
            *self.effects_by_shard.entry(shard.clone()).or_default() += 1;
        }
        Outcome::Applied
    }
}

impl Ledger {
    /// Changes that have taken effect.
    pub(crate) fn effects(&self) -> u64 {
        self.rows().rows.values().map(|row| row.effects).sum()
    }

    pub(crate) fn effects_of(&self, shard: &ShardId) -> u64 {
        self.rows().effects_by_shard.get(shard).copied().unwrap_or_default()
    }

    /// How often each item has changed.
    pub(crate) fn changes(&self) -> BTreeMap<ItemKey, u64> {
        self.rows().rows.iter().map(|(key, row)| (key.clone(), row.effects)).collect()
    }

    /// The copy of the table.
    pub(crate) fn items(&self) -> BTreeMap<ItemKey, Item> {
        let rows = self.rows();
        rows.rows.iter().filter_map(|(key, row)| Some((key.clone(), row.image.clone()?))).collect()
    }

    pub(crate) fn given(&self) -> u64 {
        self.rows().given
    }

    pub(crate) fn given_again(&self) -> u64 {
        self.rows().again
    }

    /// How many lanes are being written.
    pub(crate) fn in_flight(&self) -> usize {
        self.rows().writing.len()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write is in flight while this lives, also when its future is dropped half-way.
struct Writing<'a> {
    ledger: &'a Ledger,
    lane: String,
}

impl<'a> Writing<'a> {
    fn begin(ledger: &'a Ledger, lane: &Lane) -> Self {
        let lane = lane.to_string();
        ledger.rows().writing.insert(lane.clone());
        Self { ledger, lane }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.ledger.rows().writing.remove(&self.lane);
    }
}

#[async_trait]
impl Sink for Ledger {
    fn name(&self) -> &str {
        "ledger"
    }

    fn order(&self) -> Order {
        Order::Key
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let _writing = Writing::begin(self, batch.lane());
        let mut outcomes = Vec::with_capacity(batch.len());
        for record in batch.records() {
            sleep(TIME).await;
            outcomes.push(self.rows().apply(batch.lane(), record));
        }
        Report::new(self.order(), batch, outcomes, Cost::default())
    }
}
