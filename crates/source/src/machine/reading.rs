//! What the service answered when it was asked for an iterator or for records.

use super::{
    GapCause, Machine, Now,
    reader::Reading,
    shard::{Absent, Phase},
};
use crate::{RecordPage, ShardIterator, StreamsError, StreamsErrorKind};
use dynacdc_sink::ShardId;

impl Machine {
    pub(super) fn iterator(&mut self, id: &ShardId, found: Result<ShardIterator, StreamsError>, now: Now) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        let is_open = shard.is_open(self.listing.number);
        self.schedule.ready(id);
        match &mut shard.phase {
            Phase::Absent(Absent::Asked { flying, pause }) if *flying => match found {
                Ok(_) => self.is_there(id, now),
                // It was listed in the meantime.
                Err(error) if error.kind() == StreamsErrorKind::NotFound && is_open => self.is_there(id, now),
                Err(error) if error.kind() == StreamsErrorKind::NotFound => {
                    shard.phase = Phase::Absent(Absent::Gone);
                    self.start_children(id, now);
                }
                Err(error) if is_final(&error) => self.fail(error.into(), now),
                Err(error) => {
                    *flying = false;
                    self.totals.errors += 1;
                    let wait = pause.fail(now.instant);
                    tracing::warn!(shard = %id, ?wait, %error, "asking for a shard is tried again");
                }
            },
            Phase::Reading(reader) if reader.call == Some(Reading::Iterator) => {
                reader.call = None;
                match found {
                    // That an iterator is given tells nothing of its use: failures still count.
                    Ok(iterator) => reader.found(iterator),
                    Err(error) => self.read_failed(id, error, false, now),
                }
            }
            _ => {}
        }
    }

    pub(super) fn records(&mut self, id: &ShardId, page: Result<RecordPage, StreamsError>, now: Now) {
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        let Some(Reading::Records { asked }) = reader.call else { return };
        reader.call = None;
        self.schedule.ready(id);
        if self.closing.is_some() {
            return self.budget.received(0);
        }
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.budget.received(0);
                self.give_turn();
                return self.read_failed(id, error, true, now);
            }
        };
        let read = reader.page(page, asked, &self.settings, now);
        let ended = reader.ended;
        self.budget.received(read.bytes);
        self.give_turn();
        if let Some((first, last)) = read.alarm {
            self.totals.alarms += 1;
            tracing::error!(shard = %id, %first, %last, "a shard begins at or below the last number of its parent");
        }
        if ended {
            self.search(id);
        }
        self.settled(id, now);
    }

    /// Those who wait for bytes of the budget look whether it is their turn.
    pub(super) fn give_turn(&mut self) {
        if let Some(next) = self.budget.turn() {
            self.schedule.ready(next);
        }
    }

    /// That a shard is not there is believed where nothing says otherwise. What was made a moment ago is not known to all
    /// of the service at once: to believe it of an open shard that is listed lost, for then all that it ever has is lost.
    fn read_failed(&mut self, id: &ShardId, error: StreamsError, reading: bool, now: Now) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        let is_open = shard.is_open(self.listing.number);
        let Some(reader) = shard.reader() else { return };
        if self.closing.is_some() {
            return;
        }
        match error.kind() {
            // Behind what was read: what is buffered must not be read twice.
            StreamsErrorKind::IteratorExpired => reader.lose_iterator(),
            StreamsErrorKind::Trimmed => match reader.cursor.trimmed(reading, now.time) {
                Ok(()) => reader.lose_iterator(),
                Err(cause) => return self.gap(id, cause, now),
            },
            StreamsErrorKind::NotFound if is_open => {
                self.totals.errors += 1;
                reader.lose_iterator();
                self.listing.request(&self.settings, now.instant);
            }
            StreamsErrorKind::NotFound if reader.cursor.fresh => {
                tracing::warn!(shard = %id, "a shard is gone before reading began: it counts as finished");
                reader.ended = true;
                self.search(id);
                return self.settled(id, now);
            }
            StreamsErrorKind::NotFound => return self.gap(id, GapCause::Vanished, now),
            kind if kind.is_transient() => self.totals.errors += 1,
            _ => return self.fail(error.into(), now),
        }
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        let wait = reader.pause.fail(now.instant);
        tracing::warn!(shard = %id, ?wait, %error, "reading a shard is tried again");
    }
}

/// Whether trying again does not help, of a question whether a shard is there.
const fn is_final(error: &StreamsError) -> bool {
    !matches!(
        error.kind(),
        StreamsErrorKind::Throttled
            | StreamsErrorKind::Unavailable
            | StreamsErrorKind::Trimmed
            | StreamsErrorKind::IteratorExpired
    )
}
