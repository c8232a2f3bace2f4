//! What a stack writes to, and the comparisons of its end.

use crate::controls::FencedRows;
use async_trait::async_trait;
use chrono::DateTime;
use dynacdc_record::{AttributeValue, Item, ItemKey};
use dynacdc_sink::{Clock, MemoryDeadLetters, MemoryDedupe, SinkError};
use dynacdc_testkit::{
    Backend, Faults, FaultyDeadLetters, FaultyDedupe, GROUP, GROUPS, History, LISTED, Mail, Running, Subject,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt::Debug,
    sync::{Arc, Mutex},
};

pub(crate) type Letters = FaultyDeadLetters<MemoryDeadLetters>;
pub(crate) type Claims = FaultyDedupe<MemoryDedupe>;
pub(crate) type Items = BTreeMap<ItemKey, Item>;

/// Everything of a history that outlives its processes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) backend: Backend,
    pub(crate) letters: Letters,
    /// Those of a second branch.
    pub(crate) other_letters: Letters,
    pub(crate) claims: Claims,
    pub(crate) clock: Clock,
    /// The rows of a replica with a wrong fence.
    pub(crate) fenced: FencedRows,
    /// The mails that were noted as sent.
    pub(crate) noted: Arc<Mutex<HashSet<Mail>>>,
}

impl Target {
    fn new(faults: &Faults) -> Self {
        Self {
            backend: Backend::new(faults),
            letters: FaultyDeadLetters::new(MemoryDeadLetters::new(), faults),
            other_letters: FaultyDeadLetters::new(MemoryDeadLetters::new(), faults),
            claims: FaultyDedupe::new(MemoryDedupe::new(), faults),
            // Long after the changes were made, so that each of them is old.
            clock: Clock::from(DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()),
            fenced: FencedRows::default(),
            noted: Arc::default(),
        }
    }
}

pub(crate) type Build = fn(&Target, u32) -> Result<Running, SinkError>;

/// A stack over a target.
pub(crate) struct Stack<T> {
    target: Target,
    build: Build,
    state: fn(&Target) -> T,
}

impl<T> Stack<T> {
    pub(crate) fn new(faults: &Faults, build: Build, state: fn(&Target) -> T) -> Self {
        Self { target: Target::new(faults), build, state }
    }
}

#[async_trait]
impl<T: PartialEq + Debug + Send> Subject for Stack<T> {
    type State = T;

    async fn start(&self, incarnation: u32) -> Result<Running, SinkError> {
        (self.build)(&self.target, incarnation)
    }

    async fn state(&self) -> Result<T, SinkError> {
        Ok((self.state)(&self.target))
    }

    fn tallies(&self) -> Vec<(&'static str, u64)> {
        vec![("doubles", self.target.backend.doubles())]
    }
}

/// A copy of the table.
pub(crate) fn copy(target: &Target) -> Items {
    target.backend.items("copy")
}

/// A copy of the table in which items move, and how often one was in two places.
pub(crate) fn places(target: &Target) -> (Items, u64) {
    (copy(target), target.backend.in_two_places())
}

/// A copy of the items that pass the filter.
pub(crate) fn listed(history: &History) -> Items {
    let is_listed = |item: &Item| item.get(LISTED).and_then(AttributeValue::as_bool) == Some(true);
    history.live().into_iter().filter(|(_, item)| is_listed(item)).collect()
}

/// An item under a key with its group in it: a change of group moves it.
pub(crate) fn moved(mut item: Item) -> Result<Item, SinkError> {
    let text = |name: &str| item.get(name).and_then(AttributeValue::as_str).map(str::to_owned);
    let (group, partition) = text(GROUP).zip(text("pk")).ok_or_else(|| SinkError::poison("no group or no key"))?;
    item.insert("pk", format!("{group}#{partition}"));
    Ok(item)
}

fn all_moved(items: Items) -> Items {
    let moved = items.into_values().filter_map(|item| {
        let item = moved(item).ok()?;
        let keys: Item = item.iter().filter(|(name, _)| ["pk", "sk"].contains(&name.as_str())).map(owned).collect();
        Some((ItemKey::try_from(&keys).ok()?, item))
    });
    moved.collect()
}

fn owned((name, value): (&String, &AttributeValue)) -> (String, AttributeValue) {
    (name.clone(), value.clone())
}

pub(crate) fn live_moved(history: &History) -> Items {
    all_moved(history.live())
}

pub(crate) fn live_places(history: &History) -> (Items, u64) {
    (live_moved(history), 0)
}

pub(crate) fn listed_places(history: &History) -> (Items, u64) {
    (all_moved(listed(history)), 0)
}

/// One copy for each group, and how often an item was in two of them.
pub(crate) fn by_group(target: &Target) -> ([Items; 3], u64) {
    (GROUPS.map(|group| target.backend.items(group)), target.backend.in_two_places())
}

pub(crate) fn live_by_group(history: &History) -> ([Items; 3], u64) {
    let live = history.live();
    let of_group = GROUPS.map(|group| {
        let is_there = |item: &Item| item.get(GROUP).and_then(AttributeValue::as_str) == Some(group);
        live.iter().filter(|(_, item)| is_there(item)).map(|(key, item)| (key.clone(), item.clone())).collect()
    });
    (of_group, 0)
}

/// Every mail went out, some perhaps twice.
pub(crate) fn sent(target: &Target) -> BTreeSet<Mail> {
    target.backend.mails().into_keys().collect()
}

pub(crate) fn to_send(history: &History) -> BTreeSet<Mail> {
    history.records().map(Mail::of).collect()
}

/// Every mail went out, and of each item the first mails are in order.
pub(crate) fn sent_in_order(target: &Target) -> (BTreeSet<Mail>, u64) {
    (sent(target), target.backend.late_mails())
}

pub(crate) fn to_send_in_order(history: &History) -> (BTreeSet<Mail>, u64) {
    (to_send(history), 0)
}

/// Every mail went out once.
pub(crate) fn sent_once(target: &Target) -> BTreeMap<Mail, u64> {
    target.backend.mails()
}

pub(crate) fn to_send_once(history: &History) -> BTreeMap<Mail, u64> {
    history.records().map(|record| (Mail::of(record), 1)).collect()
}

/// A mail for each part: two where an item moves.
pub(crate) fn parts_to_send(history: &History) -> BTreeSet<Mail> {
    let group = |image: Option<dynacdc_record::Image<'_>>| image?.get(GROUP)?.as_str().map(str::to_owned);
    let mut mails = to_send(history);
    for record in history.records() {
        if let (Some(old), Some(new)) = (group(record.old_image()), group(record.new_image()))
            && old != new
        {
            mails.insert(Mail { part: 1, ..Mail::of(record) });
        }
    }
    mails
}
