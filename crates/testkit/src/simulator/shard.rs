//! One shard: its records, its place in the lineage, and what the listing says of it.

use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, SequenceNumber};
use dynacdc_sink::ShardId;
use std::{collections::VecDeque, ops::Range, sync::Arc};

/// What stands in a shard: a record as it is in the event, so that what is read went through the decoder.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) json: Arc<str>,
    /// None of a malformed one.
    pub(crate) record: Option<ChangeRecord>,
    pub(crate) sequence: Option<SequenceNumber>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) size: usize,
}

#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) id: ShardId,
    pub(crate) parent: Option<ShardId>,
    /// The hashes of partition keys that go here.
    pub(super) hashes: Range<u64>,
    pub(super) created: DateTime<Utc>,
    pub(crate) closed: Option<DateTime<Utc>>,
    entries: VecDeque<Entry>,
    /// How many entries are gone from the front; positions count from the first that ever was.
    trimmed: usize,
    last_trimmed: Option<SequenceNumber>,
    /// Iterators of earlier generations have expired.
    pub(super) generation: u32,
    pub(super) listing: Listing,
}

/// What the listing says of a shard.
#[derive(Debug)]
pub(super) struct Listing {
    /// Not before this time.
    pub(super) from: DateTime<Utc>,
    /// As closed not before this time.
    pub(super) closed_from: Option<DateTime<Utc>>,
    /// Not at all, as a test says.
    pub(super) hidden: bool,
    /// As open, as a test says.
    pub(super) seems_open: bool,
}

impl Shard {
    pub(super) const fn new(id: ShardId, parent: Option<ShardId>, hashes: Range<u64>, created: DateTime<Utc>) -> Self {
        Self {
            id,
            parent,
            hashes,
            created,
            closed: None,
            entries: VecDeque::new(),
            trimmed: 0,
            last_trimmed: None,
            generation: 0,
            listing: Listing { from: created, closed_from: None, hidden: false, seems_open: false },
        }
    }

    pub(super) fn is_late_to_close(&self, now: DateTime<Utc>) -> bool {
        self.listing.closed_from.is_some_and(|from| from > now)
    }

    /// As a listing has it.
    pub(super) fn described(&self, now: DateTime<Utc>) -> dynacdc_source::Shard {
        let closed = self.closed.is_some() && !self.is_late_to_close(now) && !self.listing.seems_open;
        dynacdc_source::Shard { id: self.id.clone(), parent: self.parent.clone(), closed }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    /// Behind the newest entry.
    pub(crate) fn end(&self) -> usize {
        self.trimmed + self.entries.len()
    }

    /// The oldest entry that is left.
    pub(crate) const fn horizon(&self) -> usize {
        self.trimmed
    }

    /// The entries from a position that was not trimmed.
    pub(crate) fn from(&self, at: usize) -> impl Iterator<Item = (usize, &Entry)> {
        (at.max(self.trimmed)..).zip(self.entries.iter().skip(at.saturating_sub(self.trimmed)))
    }

    /// The first entry whose number is at or behind this one; none if that was trimmed.
    ///
    /// A number older than the trim point is refused even where nothing behind it was lost, as the API reference of
    /// GetShardIterator has it.
    pub(super) fn at_or_after(&self, number: SequenceNumber, behind: bool) -> Option<usize> {
        if self.last_trimmed.is_some_and(|last| number <= last) {
            return None;
        }
        let found =
            |entry: &Entry| entry.sequence.is_some_and(|other| if behind { other > number } else { other >= number });
        Some(self.entries.iter().position(found).map_or(self.end(), |at| self.trimmed + at))
    }

    pub(super) fn trim(&mut self, entries: usize) {
        for entry in self.entries.drain(..entries.min(self.entries.len())) {
            self.trimmed += 1;
            self.last_trimmed = entry.sequence.or(self.last_trimmed);
        }
    }

    pub(super) fn trim_before(&mut self, time: DateTime<Utc>) {
        let old = self.entries.iter().take_while(|entry| entry.at <= time).count();
        self.trim(old);
    }
}
