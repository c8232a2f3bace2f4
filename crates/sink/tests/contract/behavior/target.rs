//! What the sinks write to: a table with versions, calls that take a second, and faults on demand.

use crate::scene::{key, number};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Class, Done, Reason, SinkError};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;

#[derive(Debug, Clone, Default)]
pub(crate) struct Target(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<String, (u64, Option<i64>)>,
    calls: u64,
    /// Records, by number, that fail.
    fails: HashMap<u64, Class>,
    /// Whether every call fails as a whole.
    refuses: bool,
}

/// How a row is written.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    /// One call, of as many records as one likes. It takes a second and then has an effect.
    pub(crate) async fn call(
        &self,
        records: &[ChangeRecord],
        how: How,
    ) -> Result<Vec<Result<Done, SinkError>>, SinkError> {
        self.0.lock().unwrap().calls += 1;
        sleep(Duration::from_secs(1)).await;
        let mut state = self.0.lock().unwrap();
        if state.refuses {
            return Err(SinkError::poison("refused"));
        }
        Ok(records.iter().map(|record| state.write(record, how)).collect())
    }

    pub(crate) fn rows(&self) -> BTreeMap<String, i64> {
        let state = self.0.lock().unwrap();
        state.rows.iter().filter_map(|(key, (_, value))| Some((key.clone(), (*value)?))).collect()
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.lock().unwrap().calls
    }

    pub(crate) fn fail(&self, fails: impl IntoIterator<Item = (u64, Class)>) {
        self.0.lock().unwrap().fails = fails.into_iter().collect();
    }

    pub(crate) fn refuse(&self) {
        self.0.lock().unwrap().refuses = true;
    }
}

impl State {
    fn write(&mut self, record: &ChangeRecord, how: How) -> Result<Done, SinkError> {
        if let Some(class) = self.fails.get(&number(record)) {
            return Err(SinkError::new(*class, "scripted"));
        }
        let value = record.new_image().and_then(|image| image.get("v")?.read::<i64>().ok());
        let row = self.rows.entry(key(record)).or_default();
        if how != How::Plain && how != How::Added && row.0 > number(record) {
            return Ok(Done::Skipped(Reason::Stale));
        }
        let value = if how == How::Added { Some(row.1.unwrap_or(0) + value.unwrap_or(0)) } else { value };
        *row = (number(record), value);
        if value.is_none() && how == How::Forgetful {
            self.rows.remove(&key(record));
        }
        Ok(Done::Applied)
    }
}
