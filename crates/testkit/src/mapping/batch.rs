//! Records on their way to the function.

use crate::simulator::Entry;
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::SequenceNumber;

/// The most that a synchronous invocation carries.
pub(super) const MOST_BYTES: usize = 6 * 1024 * 1024;

/// A record and its place in the shard.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) at: usize,
    pub(super) entry: Entry,
}

/// What is invoked, retried and given up as one: a batch, or what is left of it.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) items: Vec<Item>,
    /// How often the function failed just these records. A part of a batch begins anew: dividing it uses up nothing.
    pub(super) failures: u32,
    /// Whether the last failure was an error of the function.
    pub(super) threw: bool,
    /// It has succeeded before.
    pub(super) again: bool,
    /// It ends its window.
    pub(super) last: bool,
}

impl Unit {
    pub(super) const fn new(items: Vec<Item>, last: bool) -> Self {
        Self { items, failures: 0, threw: false, again: false, last }
    }

    pub(super) fn numbers(&self) -> Vec<Option<SequenceNumber>> {
        self.items.iter().map(|item| item.entry.sequence).collect()
    }

    /// Takes what stands before `at` off, as a unit of its own.
    pub(super) fn take_before(&mut self, at: usize) -> Self {
        let rest = self.items.split_off(at);
        let items = std::mem::replace(&mut self.items, rest);
        Self { items, last: false, ..self.clone_empty() }
    }

    /// What is left begins anew.
    pub(super) fn anew(self) -> Self {
        Self { failures: 0, threw: false, ..self }
    }

    const fn clone_empty(&self) -> Self {
        Self { items: Vec::new(), failures: self.failures, threw: self.threw, again: self.again, last: self.last }
    }

    /// How many records at the front are older than `age`.
    pub(super) fn older(&self, age: TimeDelta, now: DateTime<Utc>) -> usize {
        self.items.iter().take_while(|item| now - item.entry.at > age).count()
    }

    /// The event, with further members behind the records.
    pub(super) fn event(&self, further: &str) -> String {
        let records: Vec<&str> = self.items.iter().map(|item| &*item.entry.json).collect();
        format!(r#"{{"Records":[{}]{further}}}"#, records.join(","))
    }
}
