//! The table, which is written to by a plan, and its stream.

use crate::ledger::Ledger;
use dynacdc_examples::Failure;
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TABLE, Workload};
use dynacdc_record::{Item, ItemKey};
use dynacdc_testkit::{Hardship, Hardships, StreamSimulator};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// Until when, and how many writes in a second.
const PLAN: [(Duration, u32); 2] = [(Duration::from_secs(8), 160), (Duration::from_secs(20), 30)];
/// On AWS some four hours.
const SHARD_LIFE: Duration = Duration::from_secs(8);
const SHARDS: usize = 2;

/// A shop that writes orders. Clones are the same.
#[derive(Clone)]
pub(crate) struct Shop {
    stream: StreamSimulator,
    books: Arc<Mutex<Books>>,
    begun: Instant,
}

/// What was written, kept apart from the stream: it is what the stream's readers are compared with.
struct Books {
    workload: Workload,
    items: BTreeMap<Item, Item>,
    writes: BTreeMap<ItemKey, u64>,
    /// Writes in order, without those at the begin that have taken effect: which item, its how many-th write, and when.
    open: VecDeque<(ItemKey, u64, Duration)>,
}

impl Shop {
    pub(crate) fn open(seed: u64) -> Result<Self, Failure> {
        // A service that is always there would leave half of the states out.
        let hardships = Hardships::none(seed).with(Hardship::Throttled, 0.04).latency(Duration::from_millis(80));
        let stream = StreamSimulator::builder(TABLE).key([PARTITION_KEY, SORT_KEY]).shards(SHARDS);
        let stream = stream.close_after(SHARD_LIFE).children(2).hardships(hardships).build()?;
        let books = Books {
            workload: Workload::seeded(seed),
            items: BTreeMap::new(),
            writes: BTreeMap::new(),
            open: VecDeque::new(),
        };
        Ok(Self { stream, books: Arc::new(Mutex::new(books)), begun: Instant::now() })
    }

    pub(crate) const fn stream(&self) -> &StreamSimulator {
        &self.stream
    }

    /// How long the shop is open.
    pub(crate) fn time(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) const fn begun(&self) -> Instant {
        self.begun
    }

    /// Writes by the plan, then disables the stream, so that it has an end.
    pub(crate) async fn write(self) -> Result<(), Failure> {
        let mut next = self.begun;
        for (until, rate) in PLAN {
            while next < self.begun + until {
                sleep_until(next).await;
                self.write_one()?;
                next += Duration::from_secs(1) / rate;
            }
        }
        sleep_until(next).await;
        Ok(self.stream.disable()?)
    }

    fn write_one(&self) -> Result<(), Failure> {
        let mut books = self.books();
        let Some(write) = books.workload.next() else { return Ok(()) };
        let key = write.key();
        match write.apply_to(books.items.get(&key)) {
            Some(item) => {
                self.stream.put(item.clone())?;
                books.items.insert(key.clone(), item);
            }
            None => {
                self.stream.delete(key.clone())?;
                books.items.remove(&key);
            }
        }
        let (key, time) = (ItemKey::try_from(&key)?, self.time());
        let count = books.writes.entry(key.clone()).or_default();
        *count += 1;
        let count = *count;
        books.open.push_back((key, count, time));
        Ok(())
    }

    /// How long ago the oldest write was made that has not taken effect.
    pub(crate) fn oldest_without_effect(&self, ledger: &Ledger) -> Option<Duration> {
        let changes = ledger.changes();
        let mut books = self.books();
        let has_effect = |key: &ItemKey, count: u64| changes.get(key).is_some_and(|changes| *changes >= count);
        while books.open.pop_front_if(|(key, count, _)| has_effect(key, *count)).is_some() {}
        books.open.front().map(|(.., time)| self.time().saturating_sub(*time))
    }

    /// Whether it will write more.
    pub(crate) fn is_open(&self) -> bool {
        self.time() <= PLAN[PLAN.len() - 1].0
    }

    pub(crate) fn written(&self) -> u64 {
        self.books().writes.values().sum()
    }

    /// How often each item was written.
    pub(crate) fn writes(&self) -> BTreeMap<ItemKey, u64> {
        self.books().writes.clone()
    }

    /// The table.
    pub(crate) fn items(&self) -> Result<BTreeMap<ItemKey, Item>, Failure> {
        let items = self.books().items.clone();
        items.into_iter().map(|(key, item)| Ok((ItemKey::try_from(&key)?, item))).collect()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
