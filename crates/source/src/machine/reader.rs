//! Reading one shard: its iterator, its pages, and how far they are settled.

use super::{
    Action, Now, Settings,
    budget::Budget,
    buffer::Buffer,
    cursor::Cursor,
    lanes::{Lanes, Limits},
    mending::Mending,
    pause::{Pause, later},
    retention,
    size::{raw_size, size},
};
use crate::{Checkpoint, Progress, RecordPage, ShardIterator};
use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, Malformed, SequenceNumber};
use dynacdc_sink::ShardId;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) cursor: Cursor,
    pub(super) buffer: Buffer,
    pub(super) lanes: Lanes,
    pub(super) parking: bool,
    pub(super) park_pause: Pause,
    iterator: Option<ShardIterator>,
    pub(super) call: Option<Reading>,
    pub(super) pause: Pause,
    idle: Duration,
    due: Option<Instant>,
    /// The last page was read.
    pub(super) ended: bool,
    /// The last record that is settled with all before it.
    pub(super) settled: Option<SequenceNumber>,
    /// Up to when at least everything is settled.
    pub(super) as_of: DateTime<Utc>,
    /// The same when reading began.
    pub(super) began_as_of: DateTime<Utc>,
    /// The last number of the parent, until the first record was compared with it.
    pub(super) floor: Option<SequenceNumber>,
    pub(super) gap: Option<Mending>,
    pub(super) polled: Instant,
    pub(super) newest_read: Option<DateTime<Utc>>,
    pub(super) newest_settled: Option<DateTime<Utc>>,
}

/// The call of the service that is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Iterator,
    Records { asked: DateTime<Utc> },
}

/// What came with a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub(super) bytes: usize,
    /// The first record of the shard, where it lies at or below the last one of the parent.
    pub(super) alarm: Option<(SequenceNumber, SequenceNumber)>,
}

impl Reader {
    pub(super) fn new(cursor: Cursor, settled: Option<SequenceNumber>, lanes: Lanes, now: Now) -> Self {
        let as_of = cursor.as_of;
        Self {
            cursor,
            buffer: Buffer::default(),
            lanes,
            parking: false,
            park_pause: Pause::of_delivery(),
            iterator: None,
            call: None,
            pause: Pause::of_calls(),
            idle: Duration::ZERO,
            due: None,
            ended: false,
            settled,
            as_of,
            began_as_of: as_of,
            floor: None,
            gap: None,
            polled: now.instant,
            newest_read: None,
            newest_settled: None,
        }
    }

    /// The position that may be saved now.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        let progress = match self.settled {
            _ if self.ended && self.buffer.is_empty() => Progress::Finished { last: self.cursor.last },
            Some(number) => Progress::After(number),
            None => Progress::Begun { since: self.cursor.since },
        };
        Checkpoint { progress, as_of: self.as_of, sub_lanes: self.lanes.of() }
    }

    /// The next call of the service, and whether it asks for the latest record, which is to be remembered.
    pub(super) fn read(
        &mut self,
        shard: &ShardId,
        settings: &Settings,
        budget: &mut Budget,
        now: Now,
    ) -> Option<(Action, bool)> {
        let waits = self.due.is_some_and(|due| due > now.instant) || !self.pause.is_over(now.instant);
        if self.call.is_some() || self.ended || self.gap.is_some() || waits {
            return None;
        }
        let shard = shard.clone();
        let Some(iterator) = self.iterator.clone() else {
            let (position, latest) = self.cursor.position(now.time);
            self.call = Some(Reading::Iterator);
            return Some((Action::Iterator { shard, position }, latest));
        };
        if !budget.reserve(&shard, self.buffer.bytes()) {
            return None;
        }
        self.call = Some(Reading::Records { asked: now.time });
        Some((Action::Records { shard, iterator, limit: settings.page_size }, false))
    }

    pub(super) fn read_at(&self) -> Option<Instant> {
        let waits = self.call.is_none() && !self.ended && self.gap.is_none();
        self.due.max(self.pause.until()).filter(|_| waits)
    }

    pub(super) fn found(&mut self, iterator: ShardIterator) {
        self.iterator = Some(iterator);
    }

    /// The iterator is of no use any more.
    pub(super) fn lose_iterator(&mut self) {
        self.iterator = None;
    }

    /// Takes in a page that was asked for at `asked`.
    pub(super) fn page(&mut self, page: RecordPage, asked: DateTime<Utc>, settings: &Settings, now: Now) -> Read {
        self.pause.succeed();
        self.polled = now.instant;
        self.iterator = page.next;
        self.ended = self.iterator.is_none();
        let (count, before) = (page.records.len(), self.buffer.bytes());
        let (records, malformed) = page.records.into_parts();
        let last = records.last().map(ChangeRecord::sequence_number);
        let last = last.max(malformed.iter().rev().find_map(Malformed::sequence_number));
        let first = records.first().map(ChangeRecord::sequence_number);
        let alarm = first.and_then(|first| Some((first, self.floor.take()?))).filter(|(first, floor)| first <= floor);
        let newest = self.take_in(records, malformed, now.instant);
        self.cursor.page(last, newest, count == 0);
        self.newest_read = newest.or(self.newest_read);
        if count > 0 {
            self.idle = Duration::ZERO;
            self.due = None;
        } else {
            self.cursor.empty(asked);
            self.idle = (self.idle * 2).clamp(settings.idle / 8, settings.idle);
            self.due = later(now.instant, self.idle);
        }
        if self.buffer.is_empty() {
            self.as_of = self.cursor.as_of;
        }
        Read { bytes: self.buffer.bytes() - before, alarm }
    }

    /// Puts what is to be delivered into the buffer, and tells when the last of it was made.
    fn take_in(
        &mut self,
        records: Vec<ChangeRecord>,
        malformed: Vec<Malformed>,
        now: Instant,
    ) -> Option<DateTime<Utc>> {
        let mut newest = None;
        let mut malformed = malformed.into_iter().peekable();
        // A malformed record has no time that could be read: it is older where one behind it is.
        let mut held = Vec::new();
        let mut at = 0;
        for record in records {
            while let Some(found) = malformed.next_if(|found| found.position() <= at) {
                held.push(found);
                at += 1;
            }
            at += 1;
            if self.cursor.keeps(&record) {
                self.put_malformed(&mut held);
                newest = retention::created(&record).or(newest);
                let bytes = size(&record);
                self.lanes.push(record, bytes, &mut self.buffer, now);
            } else {
                held.clear();
            }
        }
        held.extend(malformed);
        self.put_malformed(&mut held);
        newest
    }

    fn put_malformed(&mut self, held: &mut Vec<Malformed>) {
        for record in held.drain(..) {
            if !self.cursor.drops_malformed(&record) {
                let bytes = raw_size(&record);
                self.buffer.push_malformed(Box::new(record), bytes);
            }
        }
    }

    /// Lets go what is settled. Gives the bytes that are free by that, if there is a new position.
    pub(super) fn advance(&mut self) -> Option<usize> {
        let passed = self.buffer.advance()?;
        self.settled = passed.last.or(self.settled);
        self.newest_settled = passed.created.or(self.newest_settled);
        self.as_of = match passed.created {
            _ if self.buffer.is_empty() => self.cursor.as_of,
            created => created.unwrap_or(self.as_of),
        };
        Some(passed.bytes)
    }

    pub(super) fn limits<'a>(&self, settings: &'a Settings, held_up: bool) -> Limits<'a> {
        Limits { settings, hurry: self.ended || held_up || self.gap.is_some() }
    }

    /// Begins anew at the oldest record, as if nothing had been settled.
    pub(super) fn restart(&mut self, now: Now) {
        self.cursor.restart(now.time);
        self.lose_iterator();
        self.settled = None;
        self.as_of = now.time;
        self.began_as_of = now.time;
        self.floor = None;
        self.due = None;
    }
}
