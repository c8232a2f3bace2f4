use crate::target::{Items, Target};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, ItemKey};
use dynacdc_sink::{Batch, Done, Order, Reason, RecordSink, Redelivery, Report, Sink, SinkError};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What a wrong fence compares.
type Version = fn(&ChangeRecord) -> String;

/// Rows by key: what the fence compares, and the change that was written.
pub(crate) type FencedRows = Arc<Mutex<HashMap<ItemKey, (String, ChangeRecord)>>>;

/// A replica whose fence compares something that does not rise with the changes of an item.
pub(crate) struct KeyedFence {
    target: Target,
    version: Version,
}

impl KeyedFence {
    /// The text of the sequence number: `999` is after `1000`.
    pub(crate) fn by_text(target: &Target) -> Self {
        Self { target: target.clone(), version: |record| record.sequence_number().as_str().to_owned() }
    }

    /// The packed version, in which neighbours tie: the second of two changes is refused as stale.
    pub(crate) fn by_packed_version(target: &Target) -> Self {
        let version = |record: &ChangeRecord| format!("{:020}", record.sequence_number().packed_version());
        Self { target: target.clone(), version }
    }

    /// The items that are there.
    pub(crate) fn items(target: &Target) -> Items {
        let rows = target.fenced.lock().unwrap_or_else(PoisonError::into_inner);
        let items = rows.iter().filter_map(|(key, (_, record))| Some((key.clone(), record.new_image()?.to_item())));
        items.collect()
    }
}

#[async_trait]
impl RecordSink for KeyedFence {
    fn name(&self) -> &str {
        "replica with a wrong fence"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let (rows, record, version) = (Arc::clone(&self.target.fenced), record.clone(), (self.version)(record));
        let put = move || async move {
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            if rows.get(&record.item_key()).is_some_and(|(before, _)| *before >= version) {
                return Done::Skipped(Reason::Stale);
            }
            rows.insert(record.item_key(), (version, record));
            Done::Applied
        };
        self.target.backend.faults().call("put", put).await
    }
}

/// Claims an order over the lane and reports by item: what is settled behind a failed record is a lie then.
pub(crate) struct ClaimsLane<S> {
    pub(crate) inner: S,
}

#[async_trait]
impl<S: Sink> Sink for ClaimsLane<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        Order::Lane
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.inner.write(batch).await
    }
}
