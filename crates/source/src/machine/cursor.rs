//! Where in a shard to read, what of it to drop, and what a position that is gone means.
//!
//! A position behind the newest record ("latest") is asked for once. What it means is a time, the moment before it was
//! asked for, and whenever there is nothing better (the call failed, the iterator expired, the process began anew) the
//! shard is read from its oldest record and older ones are dropped by their times. To ask for the latest again lost: it
//! loses what came in between.

use super::{GapCause, retention};
use crate::Position;
use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, Malformed, SequenceNumber};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Cursor {
    /// Where to begin while nothing was read.
    pub(super) origin: Origin,
    /// The last record that was read since `origin` was set.
    pub(super) read: Option<SequenceNumber>,
    /// The last record of the shard that is known, read or not.
    pub(super) last: Option<SequenceNumber>,
    /// What a checkpoint without a settled record says.
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) skip: Skip,
    /// Up to when at least everything is read.
    pub(super) as_of: DateTime<Utc>,
    /// Nothing was ever read of the shard, and its beginning is whatever is there.
    pub(super) fresh: bool,
    /// The iterator came from behind the newest record, so that no clock is to be believed.
    behind_latest: bool,
    /// When the last empty pages were asked for, since there was one with records.
    empty: VecDeque<DateTime<Utc>>,
    at_tip: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Horizon,
    Latest,
    After(SequenceNumber),
}

/// Which records are not delivered, until the first that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    Nothing,
    /// Those made before this time, in seconds since 1970.
    Before(i64),
    /// Those up to this number.
    UpTo(SequenceNumber),
}

impl Skip {
    /// What was made before `time`, so far that no clock can be the reason.
    pub(super) fn before(time: DateTime<Utc>) -> Self {
        Self::Before((time - retention::CLOCKS).timestamp())
    }
}

impl Cursor {
    pub(super) const fn new(origin: Origin, as_of: DateTime<Utc>) -> Self {
        let last = match origin {
            Origin::After(number) => Some(number),
            Origin::Horizon | Origin::Latest => None,
        };
        Self {
            origin,
            read: None,
            last,
            since: None,
            skip: Skip::Nothing,
            as_of,
            fresh: false,
            behind_latest: false,
            empty: VecDeque::new(),
            at_tip: false,
        }
    }

    /// Where an iterator is to begin, and whether that is the one time at the latest record.
    pub(super) fn position(&mut self, now: DateTime<Utc>) -> (Position, bool) {
        self.behind_latest = false;
        match (self.read, self.origin) {
            (Some(read), _) => (Position::After(read), false),
            (None, Origin::After(number)) => (Position::After(number), false),
            (None, Origin::Horizon) => (Position::TrimHorizon, false),
            (None, Origin::Latest) => {
                self.origin = Origin::Horizon;
                self.since = Some(now);
                self.skip = Skip::before(now);
                self.as_of = now;
                self.behind_latest = true;
                (Position::Latest, true)
            }
        }
    }

    /// Whether a record is to be delivered. The first that is ends the dropping, whatever the times behind it say.
    pub(super) fn keeps(&mut self, record: &ChangeRecord) -> bool {
        let dropped = match self.skip {
            Skip::Nothing => return true,
            Skip::Before(bound) => {
                !self.behind_latest && record.created_epoch().is_some_and(|(seconds, _)| seconds < bound)
            }
            Skip::UpTo(number) => record.sequence_number() <= number,
        };
        if !dropped {
            self.skip = Skip::Nothing;
        }
        !dropped
    }

    /// Whether a malformed record is known to be one of those that are dropped. Its time cannot be read.
    pub(super) fn drops_malformed(&self, record: &Malformed) -> bool {
        matches!((self.skip, record.sequence_number()), (Skip::UpTo(bound), Some(number)) if number <= bound)
    }

    /// A page was read that was asked for at `asked`.
    pub(super) fn page(&mut self, last: Option<SequenceNumber>, newest: Option<DateTime<Utc>>, empty: bool) {
        self.fresh = false;
        if let Some(last) = last {
            self.read = Some(last);
            self.last = Some(last);
        }
        self.as_of = newest.unwrap_or(self.as_of);
        if !empty {
            self.empty.clear();
            self.at_tip = false;
        }
    }

    /// A page was empty. What was made before the first of many in a row, and a minute ago, is read.
    ///
    /// A call that failed between them does not matter, nor does a new iterator behind the same record: neither says
    /// anything about records.
    pub(super) fn empty(&mut self, asked: DateTime<Utc>) {
        self.empty.push_back(asked);
        if self.empty.len() > retention::TIP_PAGES {
            self.empty.pop_front();
        }
        if self.empty.len() == retention::TIP_PAGES
            && let Some(first) = self.empty.front()
        {
            let read = (asked - retention::TIP).min(*first);
            self.at_tip |= read > self.as_of;
            self.as_of = self.as_of.max(read);
        }
    }

    /// The service says that the position is gone: `reading` if of an iterator that it gave before.
    ///
    /// If nothing made after `as_of` can be trimmed, only what was read is gone: the shard is read from its oldest record,
    /// without what was read.
    pub(super) fn trimmed(&mut self, reading: bool, now: DateTime<Utc>) -> Result<(), GapCause> {
        let is_kept = retention::is_kept(self.as_of, now);
        let read = match (self.read, self.origin) {
            (Some(_), _) if reading && !self.at_tip => return Err(GapCause::Overtaken),
            (Some(read), _) => Some(read),
            (None, Origin::After(number)) => Some(number),
            (None, Origin::Horizon | Origin::Latest) => None,
        };
        match read {
            None if self.fresh => Ok(()),
            _ if !is_kept => Err(GapCause::Aged),
            Some(number) => {
                (self.origin, self.read, self.skip) = (Origin::Horizon, None, Skip::UpTo(number));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Begins anew at the oldest record, whatever it is.
    pub(super) fn restart(&mut self, now: DateTime<Utc>) {
        *self = Self { last: self.last, ..Self::new(Origin::Horizon, now) };
    }
}
