//! A table of orders, a model of what is written to it, and a sink that keeps what arrives.

use std::{collections::BTreeMap, ops::Deref, time::Duration};

use async_trait::async_trait;
use aws_sdk_dynamodb::types::StreamSpecification;
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, Write, apply};
use dynacdc_local::{ScalarAttributeType, TableSpec};
use dynacdc_record::{ChangeRecord, EventName, Item, StreamArn, StreamViewType};
use dynacdc_sink::{Batch, Done, Lane, Report, Sink, SinkError};
use dynacdc_source::{CheckpointStore, MemoryCheckpoints, Polled, Poller, PollerBuilder, Progress, SdkStreams};
use tokio::{sync::watch, time::timeout};

use crate::{server::Server, workspace::Fallible};

/// Far more than anything here takes: only a fault is that slow.
pub(super) const GENEROUS: Duration = Duration::from_secs(120);

/// A sink that keeps lanes and records, and tells when there are enough of them.
#[derive(Clone, Default)]
pub(super) struct Collected(pub(super) watch::Sender<Vec<(Lane, ChangeRecord)>>);

impl Collected {
    pub(super) fn records(&self) -> Vec<ChangeRecord> {
        self.0.borrow().iter().map(|(_, record)| record.clone()).collect()
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        self.records().iter().map(Change::of).collect()
    }

    pub(super) async fn reach(&self, records: usize) {
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
pub(super) struct Change {
    pub(super) name: EventName,
    pub(super) key: Item,
    pub(super) old: Option<Item>,
    pub(super) new: Option<Item>,
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
pub(super) struct Model {
    pub(super) items: BTreeMap<Item, Item>,
    pub(super) changes: Vec<Change>,
}

impl Model {
    pub(super) async fn write(&mut self, db: &Orders, writes: impl Iterator<Item = Write>) -> Fallible {
        for write in writes {
            apply(db.dynamodb(), &db.table, &write).await?;
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

/// A server, and a table of orders on it.
#[derive(Debug)]
pub(super) struct Orders {
    server: Server,
    pub(super) table: String,
    pub(super) arn: StreamArn,
}

impl Orders {
    pub(super) async fn start() -> Fallible<Self> {
        Self::with(|table| table).await
    }

    pub(super) async fn with(more: impl FnOnce(TableSpec) -> TableSpec) -> Fallible<Self> {
        Self::on(Server::start().await?, more).await
    }

    /// Items expire only where `more` says so: the workload has a time of its own, which is long past.
    pub(super) async fn on(server: Server, more: impl FnOnce(TableSpec) -> TableSpec) -> Fallible<Self> {
        let table = server.table_name("Orders");
        let spec = TableSpec::new(&table, PARTITION_KEY, ScalarAttributeType::S);
        let arn = server.create_table(more(spec.sort_key(SORT_KEY, ScalarAttributeType::S))).await?;
        Ok(Self { server, table, arn })
    }

    /// Switches the stream off, or on again; then the table has another one.
    pub(super) async fn switch_stream(&self, on: bool) -> Fallible<StreamArn> {
        let view_type = on.then(|| StreamViewType::NewAndOldImages.as_str().into());
        let stream = StreamSpecification::builder().stream_enabled(on).set_stream_view_type(view_type).build()?;
        let update = self.dynamodb().update_table().table_name(&self.table).stream_specification(stream).send().await?;
        let arn = update.table_description.and_then(|table| table.latest_stream_arn);
        Ok(arn.map_or_else(|| Ok(self.arn.clone()), |arn| StreamArn::parse(&arn))?)
    }
}

impl Deref for Orders {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

pub(super) fn api(db: &Orders) -> SdkStreams {
    SdkStreams::new(db.streams().clone())
}

pub(super) fn poller(db: &Orders) -> PollerBuilder {
    // Batches are pages, so that there is more than one of them.
    Poller::builder(api(db), db.arn.clone()).page_size(7).batch_records(7).idle(Duration::from_millis(2))
}

/// Reads until the sink has so many records in all.
pub(super) async fn read(builder: PollerBuilder, seen: &Collected, records: usize) -> Fallible<Polled> {
    Ok(builder.build().run(seen.clone(), seen.reach(records)).await?)
}

/// What is stored of each shard.
pub(super) async fn stored(checkpoints: &MemoryCheckpoints, arn: &StreamArn) -> Fallible<Vec<Progress>> {
    let stored = checkpoints.load(arn).await?.ok_or("nothing is stored")?;
    Ok(stored.checkpoints.into_iter().map(|(_, checkpoint)| checkpoint.progress).collect())
}

pub(super) async fn scan(db: &Orders) -> Fallible<Vec<Item>> {
    let scan = db.dynamodb().scan().table_name(&db.table).send().await?;
    assert_eq!(scan.last_evaluated_key, None, "one page holds the table");
    let mut items = scan.items.unwrap_or_default().into_iter().map(Item::try_from).collect::<Result<Vec<_>, _>>()?;
    items.sort();
    Ok(items)
}

/// The table that the records make.
pub(super) fn fold(records: &[ChangeRecord]) -> Vec<Item> {
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
