//! What was read from a shard and is not settled with all before it.

use super::retention;
use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, Malformed, SequenceNumber};
use std::collections::VecDeque;

/// The entries of a shard in the order of the stream, each known by its ordinal: how many came before it in this run.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    entries: VecDeque<Entry>,
    /// The ordinal of the first entry.
    first: u64,
    /// The ordinals of malformed records.
    barriers: VecDeque<u64>,
    bytes: usize,
    settled: usize,
}

#[derive(Debug)]
struct Entry {
    what: What,
    bytes: usize,
    settled: bool,
}

#[derive(Debug)]
enum What {
    Record(ChangeRecord),
    Malformed(Box<Malformed>),
}

/// What left the buffer: settled records with nothing unsettled before them.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) bytes: usize,
    /// The number of the last record that has one.
    pub(super) last: Option<SequenceNumber>,
    /// When the last record that tells it was made.
    pub(super) created: Option<DateTime<Utc>>,
}

impl Buffer {
    pub(super) fn push(&mut self, record: ChangeRecord, bytes: usize) -> u64 {
        self.add(What::Record(record), bytes)
    }

    pub(super) fn push_malformed(&mut self, record: Box<Malformed>, bytes: usize) {
        let at = self.add(What::Malformed(record), bytes);
        self.barriers.push_back(at);
    }

    fn add(&mut self, what: What, bytes: usize) -> u64 {
        self.entries.push_back(Entry { what, bytes, settled: false });
        self.bytes += bytes;
        self.first + self.entries.len() as u64 - 1
    }

    fn entry(&self, ordinal: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(ordinal.checked_sub(self.first)?).ok()?)
    }

    pub(super) fn record(&self, ordinal: u64) -> Option<(&ChangeRecord, usize)> {
        match self.entry(ordinal)? {
            Entry { what: What::Record(record), bytes, .. } => Some((record, *bytes)),
            Entry { what: What::Malformed(_), .. } => None,
        }
    }

    /// The first record that nothing behind may overtake.
    pub(super) fn barrier(&self) -> Option<u64> {
        self.barriers.front().copied()
    }

    /// The malformed record that everything else waits for, where all before it is settled.
    pub(super) fn malformed(&self) -> Option<&Malformed> {
        match self.entries.front()? {
            Entry { what: What::Malformed(record), .. } => Some(record),
            Entry { what: What::Record(_), .. } => None,
        }
    }

    pub(super) fn settle(&mut self, ordinal: u64) {
        let at = ordinal.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        let entry = at.and_then(|at| self.entries.get_mut(at)).filter(|entry| !entry.settled);
        if let Some(entry) = entry {
            entry.settled = true;
            self.settled += 1;
        }
    }

    pub(super) fn settle_malformed(&mut self) {
        if let Some(ordinal) = self.barriers.pop_front() {
            self.settle(ordinal);
        }
    }

    /// Lets go what is settled up to the first entry that is not; none if nothing is.
    pub(super) fn advance(&mut self) -> Option<Passed> {
        let count = self.entries.iter().take_while(|entry| entry.settled).count();
        let passed = self.entries.range(..count);
        let bytes = passed.clone().map(|entry| entry.bytes).sum();
        let last = passed.clone().rev().find_map(|entry| match &entry.what {
            What::Record(record) => Some(record.sequence_number()),
            What::Malformed(record) => record.sequence_number(),
        });
        let created = passed.rev().find_map(|entry| match &entry.what {
            What::Record(record) => retention::created(record),
            What::Malformed(_) => None,
        });
        self.entries.drain(..count);
        self.first += count as u64;
        self.bytes -= bytes;
        self.settled -= count;
        (count > 0).then_some(Passed { bytes, last, created })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// When the first that is not settled and tells it was made.
    pub(super) fn oldest_unsettled(&self) -> Option<DateTime<Utc>> {
        self.entries.iter().filter(|entry| !entry.settled).find_map(|entry| match &entry.what {
            What::Record(record) => retention::created(record),
            What::Malformed(_) => None,
        })
    }

    /// How many are not settled.
    pub(super) fn unsettled(&self) -> usize {
        self.entries.len() - self.settled
    }

    /// What it holds against the budget. A page shares one buffer, so a record that is settled ahead of others still
    /// counts.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}
