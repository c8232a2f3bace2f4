//! The table, which is written to by a plan, and its stream.

use dynacdc_examples::Failure;
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TABLE, Workload};
use dynacdc_record::{Item, ItemKey};
use dynacdc_sink::ShardId;
use dynacdc_source::StreamsApi;
use dynacdc_testkit::{Hardship, Hardships, StreamSimulator};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// Until when, and how many writes in a second.
const PLAN: [(Duration, u32); 2] = [(Duration::from_secs(8), 240), (Duration::from_secs(20), 60)];
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
}

impl Shop {
    pub(crate) fn open(seed: u64) -> Result<Self, Failure> {
        // A service that is always there would leave half of the states out.
        let hardships = Hardships::none(seed).with(Hardship::Throttled, 0.04).latency(Duration::from_millis(20));
        let stream = StreamSimulator::builder(TABLE).key([PARTITION_KEY, SORT_KEY]).shards(SHARDS);
        let stream = stream.close_after(SHARD_LIFE).children(2).hardships(hardships).build()?;
        let books = Books { workload: Workload::seeded(seed), items: BTreeMap::new(), writes: BTreeMap::new() };
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
        *books.writes.entry(ItemKey::try_from(&key)?).or_default() += 1;
        Ok(())
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

    /// The shards and their parents, those that are listed now.
    pub(crate) async fn lineage(&self) -> Vec<(ShardId, Option<ShardId>)> {
        let (arn, mut shards, mut after) = (self.stream.arn(), Vec::new(), None);
        // A page that is throttled is asked for again.
        loop {
            let Ok(page) = self.stream.describe(&arn, after.as_ref()).await else { continue };
            shards.extend(page.shards.into_iter().map(|shard| (shard.id, shard.parent)));
            match page.more_after {
                Some(last) => after = Some(last),
                None => return shards,
            }
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
