//! The poller through the SDK, against the embedded server.
//!
//! What must arrive is folded from the writes and never read from the stream. Nothing waits for a time: a poller is
//! stopped by what its sink has seen.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE, Workload, Write, apply};
use dynacdc_local::{LocalDynamoDb, ScalarAttributeType, TableSpec};
use dynacdc_record::{ChangeRecord, EventName, Item, StreamArn, StreamViewType};
use dynacdc_sink::{Batch, Done, Lane, Report, ShardId, Sink, SinkError};
use dynacdc_source::{
    CheckpointStore, MemoryCheckpoints, Polled, Poller, PollerBuilder, Position, Progress, RecordPage, SdkStreams,
    ShardIterator, ShardPage, Start, StreamsApi, StreamsError,
};
use tokio::{sync::watch, time::timeout};

use crate::workspace::Fallible;

/// Far more than anything here takes: only a fault is that slow.
const GENEROUS: Duration = Duration::from_secs(120);

/// A sink that keeps lanes and records, and tells when there are enough of them.
#[derive(Clone, Default)]
struct Collected(watch::Sender<Vec<(Lane, ChangeRecord)>>);

impl Collected {
    fn records(&self) -> Vec<ChangeRecord> {
        self.0.borrow().iter().map(|(_, record)| record.clone()).collect()
    }

    fn changes(&self) -> Vec<Change> {
        self.records().iter().map(Change::of).collect()
    }

    async fn reach(&self, records: usize) {
        let mut seen = self.0.subscribe();
        let reached = timeout(GENEROUS, seen.wait_for(|seen| seen.len() >= records)).await;
        assert!(reached.is_ok(), "{} of {records} records came", self.0.borrow().len());
    }
}

#[async_trait]
impl Sink for Collected {
    fn name(&self) -> &str {
        "collected"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let records = batch.records().iter().map(|record| (batch.lane().clone(), record.clone()));
        self.0.send_modify(|seen| seen.extend(records));
        Ok(Report::all(batch, Done::Applied.into()))
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
struct Change {
    name: EventName,
    key: Item,
    old: Option<Item>,
    new: Option<Item>,
}

impl Change {
    fn of(record: &ChangeRecord) -> Self {
        Self {
            name: record.event_name(),
            key: record.keys().to_item(),
            old: record.old_image().map(|image| image.to_item()),
            new: record.new_image().map(|image| image.to_item()),
        }
    }
}

/// A table as the writes leave it, and the changes on the way there.
#[derive(Default)]
struct Model {
    items: BTreeMap<Item, Item>,
    changes: Vec<Change>,
}

impl Model {
    async fn write(&mut self, db: &LocalDynamoDb, table: &str, writes: impl Iterator<Item = Write>) -> Fallible {
        for write in writes {
            apply(db.dynamodb(), table, &write).await?;
            let key = write.key();
            let new = write.apply_to(self.items.get(&key));
            let old = match new.clone() {
                Some(item) => self.items.insert(key.clone(), item),
                None => self.items.remove(&key),
            };
            let name = match (&old, &new) {
                (None, _) => EventName::Insert,
                (_, None) => EventName::Remove,
                _ => EventName::Modify,
            };
            self.changes.push(Change { name, key, old, new });
        }
        Ok(())
    }
}

fn orders(table: &str) -> TableSpec {
    TableSpec::new(table, PARTITION_KEY, ScalarAttributeType::S)
        .sort_key(SORT_KEY, ScalarAttributeType::S)
        .ttl_attribute(TTL_ATTRIBUTE)
}

fn poller(db: &LocalDynamoDb, arn: &StreamArn) -> PollerBuilder {
    let api = SdkStreams::new(db.streams().clone());
    // Batches are pages, so that there is more than one of them.
    Poller::builder(api, arn.clone()).page_size(7).batch_records(7).idle(Duration::from_millis(2))
}

/// Reads until the sink has so many records in all.
async fn read(builder: PollerBuilder, seen: &Collected, records: usize) -> Fallible<Polled> {
    Ok(builder.build().run(seen.clone(), seen.reach(records)).await?)
}

/// What is stored of each shard.
async fn stored(checkpoints: &MemoryCheckpoints, arn: &StreamArn) -> Fallible<Vec<Progress>> {
    let stored = checkpoints.load(arn).await?.ok_or("nothing is stored")?;
    Ok(stored.checkpoints.into_iter().map(|(_, checkpoint)| checkpoint.progress).collect())
}

async fn scan(db: &LocalDynamoDb, table: &str) -> Fallible<Vec<Item>> {
    let scan = db.dynamodb().scan().table_name(table).send().await?;
    assert_eq!(scan.last_evaluated_key, None, "one page holds the table");
    let mut items = scan.items.unwrap_or_default().into_iter().map(Item::try_from).collect::<Result<Vec<_>, _>>()?;
    items.sort();
    Ok(items)
}

/// The table that the records make.
fn fold(records: &[ChangeRecord]) -> Vec<Item> {
    let mut items = BTreeMap::new();
    for record in records {
        match record.new_image() {
            Some(image) => items.insert(record.item_key(), image.to_item()),
            None => items.remove(&record.item_key()),
        };
    }
    let mut items: Vec<Item> = items.into_values().collect();
    items.sort();
    items
}

#[tokio::test]
async fn every_change_arrives_and_the_sink_ends_as_the_table() -> Fallible {
    let db = LocalDynamoDb::builder().start().await?;
    let arn = db.create_table(orders("Orders")).await?;
    let mut model = Model::default();
    model.write(&db, "Orders", Workload::seeded(1).take(300)).await?;

    let seen = Collected::default();
    let polled = read(poller(&db, &arn), &seen, 300).await?;

    assert_eq!(seen.changes(), model.changes);
    assert_eq!((polled.records, polled.ended), (300, false));
    let records = seen.records();
    assert!(records.iter().all(|record| record.stream_arn() == Some(&arn)));
    assert!(records.iter().all(|record| record.view_type() == Some(StreamViewType::NewAndOldImages)));
    assert!(records.is_sorted_by_key(|record| record.sequence_number()));
    assert!(seen.0.borrow().iter().all(|(lane, _)| lane.is_ordered() && lane.stream() == Some(&arn)));
    assert_eq!(fold(&records), scan(&db, "Orders").await?);
    Ok(())
}

#[tokio::test]
async fn a_restart_goes_on_where_the_reading_stopped() -> Fallible {
    let db = LocalDynamoDb::builder().start().await?;
    let arn = db.create_table(orders("Orders")).await?;
    let (mut model, mut workload) = (Model::default(), Workload::seeded(2));
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let mut runs = 0;
    for upto in [40, 80, 120] {
        model.write(&db, "Orders", workload.by_ref().take(40)).await?;
        // Stopped after every write of seven until all is there: each run begins where the last one ended.
        while seen.records().len() < upto {
            let next = seen.records().len() + 1;
            let polled = read(poller(&db, &arn).checkpoints(checkpoints.clone()), &seen, next).await?;
            assert!(polled.records > 0);
            runs += 1;
        }
    }

    assert_eq!(seen.changes(), model.changes);
    assert!(runs >= 6, "{runs} runs");
    let last = seen.records().last().map(ChangeRecord::sequence_number).ok_or("nothing came")?;
    assert_eq!(stored(&checkpoints, &arn).await?, [Progress::After(last)]);
    Ok(())
}

#[tokio::test]
async fn a_crash_repeats_only_what_is_behind_the_stored_position() -> Fallible {
    let db = LocalDynamoDb::builder().start().await?;
    let arn = db.create_table(orders("Orders")).await?;
    let mut model = Model::default();
    model.write(&db, "Orders", Workload::seeded(3).take(60)).await?;
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let builder = || poller(&db, &arn).checkpoints(checkpoints.clone());

    let crashed = tokio::select! {
        biased;
        () = seen.reach(20) => true,
        _ = builder().build().run(seen.clone(), std::future::pending()) => false,
    };
    assert!(crashed);
    let before = seen.changes();
    let stored = stored(&checkpoints, &arn).await?;
    let [Progress::After(stored)] = stored[..] else { return Err(format!("{stored:?}").into()) };
    let settled = seen.records().iter().filter(|record| record.sequence_number() <= stored).count();
    assert_eq!(before, model.changes[..before.len()]);

    let again = Collected::default();
    read(builder(), &again, 60 - settled).await?;

    assert_eq!(again.changes(), model.changes[settled..]);
    let all = [seen.records(), again.records()].concat();
    assert_eq!(fold(&all), scan(&db, "Orders").await?);
    Ok(())
}

/// Tells how many pages of records were read.
struct Counted {
    api: SdkStreams,
    pages: watch::Sender<usize>,
}

#[async_trait]
impl StreamsApi for Counted {
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        self.api.describe(stream, after).await
    }

    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        self.api.children(stream, of).await
    }

    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        at: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        self.api.iterator(stream, shard, at).await
    }

    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        let page = self.api.records(stream, iterator, limit).await;
        self.pages.send_modify(|pages| *pages += 1);
        page
    }
}

#[tokio::test]
async fn from_the_latest_record_only_new_ones_come_and_none_is_missed_by_a_restart() -> Fallible {
    // What is older than the start by more than the clocks may differ is told by its time.
    let long_ago = SystemTime::now() - Duration::from_secs(7_200);
    let db = LocalDynamoDb::builder().virtual_clock(long_ago).start().await?;
    let arn = db.create_table(orders("Orders")).await?;
    let (mut model, mut workload) = (Model::default(), Workload::seeded(4));
    model.write(&db, "Orders", workload.by_ref().take(20)).await?;
    db.advance(Duration::from_secs(7_260))?;

    // The first run sees nothing at all.
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let pages = watch::Sender::new(0);
    let api = Counted { api: SdkStreams::new(db.streams().clone()), pages: pages.clone() };
    let first = Poller::builder(api, arn.clone()).start(Start::Latest).checkpoints(checkpoints.clone());
    let mut looked = pages.subscribe();
    let polled = first.build().run(seen.clone(), async {
        assert!(timeout(GENEROUS, looked.wait_for(|pages| *pages > 0)).await.is_ok());
    });
    assert_eq!(polled.await?.records, 0);

    // These come while nothing reads.
    model.write(&db, "Orders", workload.by_ref().take(15)).await?;
    let second = || poller(&db, &arn).start(Start::Latest).checkpoints(checkpoints.clone());
    read(second(), &seen, 15).await?;
    model.write(&db, "Orders", workload.by_ref().take(5)).await?;
    read(second(), &seen, 20).await?;

    assert_eq!(seen.changes(), model.changes[20..]);
    Ok(())
}

#[tokio::test]
async fn two_tables_are_followed_at_once() -> Fallible {
    let db = LocalDynamoDb::builder().start().await?;
    let (left, right) = (db.create_table(orders("Left")).await?, db.create_table(orders("Right")).await?);
    let (mut of_left, mut of_right) = (Model::default(), Model::default());
    // One store for both: positions are kept by stream.
    let checkpoints = MemoryCheckpoints::new();
    let (seen_left, seen_right) = (Collected::default(), Collected::default());

    let (polled_left, polled_right, written) = tokio::join!(
        read(poller(&db, &left).checkpoints(checkpoints.clone()), &seen_left, 50),
        read(poller(&db, &right).checkpoints(checkpoints.clone()), &seen_right, 70),
        async {
            of_left.write(&db, "Left", Workload::seeded(5).take(50)).await?;
            of_right.write(&db, "Right", Workload::seeded(6).take(70)).await
        },
    );
    written?;

    assert_eq!((polled_left?.records, polled_right?.records), (50, 70));
    assert_eq!(seen_left.changes(), of_left.changes);
    assert_eq!(seen_right.changes(), of_right.changes);
    assert!(seen_left.records().iter().all(|record| record.stream_arn() == Some(&left)));
    assert!(seen_right.records().iter().all(|record| record.stream_arn() == Some(&right)));
    assert_eq!((stored(&checkpoints, &left).await?.len(), stored(&checkpoints, &right).await?.len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn every_view_type_shows_the_images_that_it_promises() -> Fallible {
    use StreamViewType::{KeysOnly, NewAndOldImages, NewImage, OldImage};
    let db = LocalDynamoDb::builder().start().await?;
    for (view_type, shows_old, shows_new) in
        [(KeysOnly, false, false), (NewImage, false, true), (OldImage, true, false), (NewAndOldImages, true, true)]
    {
        let table = view_type.as_str();
        let arn = db.create_table(orders(table).view_type(view_type)).await?;
        let mut model = Model::default();
        model.write(&db, table, Workload::seeded(7).take(60)).await?;

        let seen = Collected::default();
        read(poller(&db, &arn), &seen, 60).await?;

        let shown = |change: &Change| Change {
            old: change.old.clone().filter(|_| shows_old),
            new: change.new.clone().filter(|_| shows_new),
            ..change.clone()
        };
        assert_eq!(seen.changes(), model.changes.iter().map(shown).collect::<Vec<_>>(), "{view_type:?}");
        assert!(seen.records().iter().all(|record| record.view_type() == Some(view_type)), "{view_type:?}");
    }
    Ok(())
}

#[tokio::test]
async fn deletes_by_time_to_live_are_told_from_others() -> Fallible {
    let mut workload = Workload::seeded(42);
    let db = LocalDynamoDb::builder().virtual_clock(workload.now()).start().await?;
    let arn = db.create_table(orders("Orders")).await?;
    let mut model = Model::default();
    model.write(&db, "Orders", workload.by_ref().take(200)).await?;
    let passed = workload.now().duration_since(db.clock()?.now())?;
    db.advance(passed + Duration::from_secs(48 * 3_600))?;
    let expired = db.sweep_ttl().await?;
    assert_eq!(expired, model.items.values().filter(|item| item.contains(TTL_ATTRIBUTE)).count());

    let seen = Collected::default();
    read(poller(&db, &arn), &seen, 200 + expired).await?;

    let records = seen.records();
    let (written, swept) = records.split_at(200);
    assert!(written.iter().all(|record| !record.is_ttl_delete()));
    assert!(written.iter().any(|record| record.event_name() == EventName::Remove), "by the workload itself");
    assert!(expired > 0, "nothing expired");
    assert_eq!(swept.len(), expired);
    for record in swept {
        let old = record.require_old_image()?;
        assert!(record.is_ttl_delete() && old.contains(TTL_ATTRIBUTE));
    }
    assert_eq!(fold(&records), scan(&db, "Orders").await?);
    Ok(())
}

#[tokio::test]
async fn the_streams_of_a_table_are_listed() -> Fallible {
    let db = LocalDynamoDb::builder().start().await?;
    let arn = db.create_table(orders("Orders")).await?;
    db.create_table(orders("Others")).await?;
    let api = SdkStreams::new(db.streams().clone());

    let page = api.streams("Orders", None).await?;

    assert_eq!((page.streams, page.more_after), (vec![arn], None));
    Ok(())
}
