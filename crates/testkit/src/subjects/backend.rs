use crate::Faults;
use dynacdc_record::{ChangeRecord, Item, ItemKey, Version};
use dynacdc_sink::{Lane, SinkError};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// A database in memory that outlives the processes of a history. Cheap to clone; clones share the tables.
#[derive(Clone)]
pub struct Backend {
    faults: Faults,
    tables: Arc<Mutex<Tables>>,
}

/// Sum of the values of a group, and how many items it has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Sum of [`VALUE`](crate::VALUE).
    pub sum: i64,
    /// Number of items.
    pub items: i64,
}

/// What names a mail: the event that it tells of, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mail {
    /// The id of the event.
    pub event_id: String,
    /// 0 unless the change was split.
    pub part: u8,
}

#[derive(Default)]
pub(super) struct Tables {
    pub(super) rows: HashMap<(&'static str, ItemKey), Row>,
    pub(super) marked: HashMap<(String, Lane), (Total, Option<Version<'static>>)>,
    pub(super) contributions: HashMap<ItemKey, Contribution>,
    pub(super) totals: BTreeMap<String, Total>,
    pub(super) mails: BTreeMap<Mail, u64>,
    /// The latest change of each item that there was a mail of.
    pub(super) told: HashMap<ItemKey, Version<'static>>,
    pub(super) late: u64,
    /// Writes after which an item was in two places.
    pub(super) in_two_places: u64,
}

/// A row of a copy: the change that wrote it. After a delete it stays as a tombstone.
pub(super) struct Row {
    pub(super) record: ChangeRecord,
}

/// What an item adds to the totals, and the change that says so.
pub(super) struct Contribution {
    pub(super) version: Version<'static>,
    pub(super) value: Option<(String, i64)>,
}

impl Backend {
    /// Without rows, behind these faults.
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), tables: Arc::default() }
    }

    /// The faults before every call.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The items in a table that replicas wrote.
    pub fn items(&self, table: &str) -> BTreeMap<ItemKey, Item> {
        self.read(|tables| {
            let rows = tables.rows.iter().filter(|((of, _), _)| *of == table);
            rows.filter_map(|((_, key), row)| Some((key.clone(), row.record.new_image()?.to_item()))).collect()
        })
    }

    /// The totals of [`ContributedTotals`](super::ContributedTotals), without groups that have no items.
    pub fn totals(&self) -> BTreeMap<String, Total> {
        self.read(|tables| without_empty(tables.totals.clone()))
    }

    /// The totals of [`MarkedTotals`](super::MarkedTotals) over all lanes, without groups that have no items.
    pub fn marked_totals(&self) -> BTreeMap<String, Total> {
        self.read(|tables| {
            let mut totals: BTreeMap<String, Total> = BTreeMap::new();
            for ((group, _), (part, _)) in &tables.marked {
                let total = totals.entry(group.clone()).or_default();
                total.sum += part.sum;
                total.items += part.items;
            }
            without_empty(totals)
        })
    }

    /// How often an item that replicas keep under another key than its own, or in one of several tables, was written
    /// while it was still somewhere else.
    pub fn in_two_places(&self) -> u64 {
        self.read(|tables| tables.in_two_places)
    }

    /// How often each mail went out.
    pub fn mails(&self) -> BTreeMap<Mail, u64> {
        self.read(|tables| tables.mails.clone())
    }

    /// How many mails went out that should not have, since they had gone out before.
    pub fn doubles(&self) -> u64 {
        self.read(|tables| tables.mails.values().map(|times| times - 1).sum())
    }

    /// How many mails went out for the first time after a mail of a newer change of their item.
    pub fn late_mails(&self) -> u64 {
        self.read(|tables| tables.late)
    }

    fn read<T>(&self, read: impl FnOnce(&Tables) -> T) -> T {
        read(&self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One call that does all of `effect` or nothing.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        name: &'static str,
        about: impl Fn() -> String + Send,
        effect: impl FnOnce(&Faults, &mut Tables) -> Result<T, SinkError> + Send + 'static,
    ) -> Result<T, SinkError> {
        let (tables, faults) = (Arc::clone(&self.tables), self.faults.clone());
        let effect = move || async move { effect(&faults, &mut tables.lock().unwrap_or_else(PoisonError::into_inner)) };
        self.faults.call_of(name, about, effect).await?
    }
}

impl Tables {
    /// Puts a row of a replica in its place.
    pub(super) fn put(&mut self, table: &'static str, record: ChangeRecord) {
        let at = (table, record.item_key());
        if record.is_view() && record.new_image().is_some() {
            let origin = record.origin();
            let is_same = |other: &ChangeRecord| other.new_image().is_some() && other.origin().key() == origin.key();
            let elsewhere = self.rows.iter().any(|(place, row)| *place != at && is_same(&row.record));
            self.in_two_places += u64::from(elsewhere);
        }
        self.rows.insert(at, Row { record });
    }
}

/// A group that all items have left is as one that never was.
fn without_empty(mut totals: BTreeMap<String, Total>) -> BTreeMap<String, Total> {
    totals.retain(|_, total| *total != Total::default());
    totals
}

impl Mail {
    /// The mail that tells of a change.
    pub fn of(record: &ChangeRecord) -> Self {
        Self { event_id: record.event_id().to_owned(), part: record.part() }
    }
}

impl fmt::Debug for Backend {
    /// Sizes only: rows are items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|tables| {
            f.debug_struct("Backend")
                .field("rows", &tables.rows.len())
                .field("mails", &tables.mails.len())
                .finish_non_exhaustive()
        })
    }
}
