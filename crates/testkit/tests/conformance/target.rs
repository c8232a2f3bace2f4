//! What the sinks under test write to.

use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, Item, ItemKey, SequenceNumber, StreamViewType, Value, item};
use dynacdc_sink::{BoxSink, Done, MemoryDeadLetters, MemoryDedupe, Reason, SinkError};
use dynacdc_testkit::conformance::{Opened, SinkFixture};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::time::sleep;

/// A database of tables with versions, whose calls take a millisecond and then have an effect.
#[derive(Clone, Default)]
pub(crate) struct Target {
    table: &'static str,
    state: Arc<Mutex<State>>,
    /// What layers keep beside it, for as long as it.
    pub(crate) effects: MemoryDedupe,
    /// Of each branch its own.
    pub(crate) letters: [MemoryDeadLetters; 2],
}

/// The key of the item that no table takes.
const POISON: &str = "poison";

#[derive(Default)]
pub(crate) struct State {
    rows: BTreeMap<(&'static str, ItemKey), (SequenceNumber, Option<i64>)>,
    pub(crate) fails_next: bool,
    /// What a sink keeps beside its rows.
    pub(crate) noted: HashSet<SequenceNumber>,
    pub(crate) mark: Option<SequenceNumber>,
}

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Unless a newer change is there; a deleted row keeps its version.
    Fenced,
    /// Over whatever is there.
    Plain,
    /// Fenced, but a deleted row is forgotten.
    Forgetful,
    /// Added to what is there.
    Added,
}

impl Target {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Another table of the same database.
    pub(crate) fn table(&self, table: &'static str) -> Self {
        Self { table, ..self.clone() }
    }

    /// One call, of as many records as one likes.
    pub(crate) async fn call(
        &self,
        records: &[ChangeRecord],
        how: How,
    ) -> Result<Vec<Result<Done, SinkError>>, SinkError> {
        sleep(Duration::from_millis(1)).await;
        let mut state = self.state();
        if std::mem::take(&mut state.fails_next) {
            return Err(SinkError::transient("the target is away"));
        }
        Ok(records.iter().map(|record| state.write(self.table, record, how)).collect())
    }
}

impl State {
    fn write(&mut self, table: &'static str, record: &ChangeRecord, how: How) -> Result<Done, SinkError> {
        if record.origin().new_image().is_some_and(|image| image.get("pk") == Some(Value::S(POISON))) {
            return Err(SinkError::poison("an item without a place"));
        }
        let key = (table, record.item_key());
        let value = record.new_image().and_then(|image| image.get("v")?.read::<i64>().ok());
        let row = self.rows.entry(key.clone()).or_insert_with(|| (SequenceNumber::parse("0").unwrap(), None));
        if matches!(how, How::Fenced | How::Forgetful) && row.0 > record.sequence_number() {
            return Ok(Done::Skipped(Reason::Stale));
        }
        let value = if how == How::Added { Some(row.1.unwrap_or(0) + value.unwrap_or(0)) } else { value };
        *row = (record.sequence_number(), value);
        if value.is_none() && how == How::Forgetful {
            self.rows.remove(&key);
        }
        Ok(Done::Applied)
    }
}

/// A target with the way to make its sinks.
pub(crate) struct Fixture<M> {
    target: Target,
    make: M,
}

impl<M> Fixture<M> {
    pub(crate) fn new(make: M) -> Self {
        Self { target: Target::default(), make }
    }
}

#[async_trait]
impl<M: Fn(Target) -> BoxSink + Send + Sync> SinkFixture for Fixture<M> {
    type Sink = BoxSink;
    type State = BTreeMap<(&'static str, ItemKey), i64>;

    async fn sink(&self) -> Opened<BoxSink> {
        Ok((self.make)(self.target.clone()))
    }

    async fn state(&self) -> Opened<Self::State> {
        let state = self.target.state();
        Ok(state.rows.iter().filter_map(|(key, (_, value))| Some((key.clone(), (*value)?))).collect())
    }

    fn fail_next(&self) -> bool {
        self.target.state().fails_next = true;
        true
    }

    fn poison(&self) -> Option<ChangeRecord> {
        let image: Item = item! { "pk" => POISON, "v" => 1 };
        let sequence = SequenceNumber::parse("7").unwrap();
        let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => POISON }, sequence).new_image(image);
        Some(record.event_id("poison").view_type(StreamViewType::NewAndOldImages).build().unwrap())
    }
}
