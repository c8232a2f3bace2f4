//! Where a shard begins when its turn has come.
//!
//! "Latest" is for shards of the very first listing that nothing unread leads to, and only close to the beginning: where
//! the first listing took long, more than clocks could explain was written since, and times decide instead.

use super::{
    GapCause, Machine, Now,
    cursor::{Cursor, Origin, Skip},
    lanes::Lanes,
    reader::Reader,
    retention,
    search::Search,
    shard::{Absent, Phase, Shard},
};
use crate::{Beginning, Checkpoint, Progress, Start};
use dynacdc_sink::ShardId;

/// What stands before a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    None,
    /// It was not read, since reading began behind it.
    Unread,
    Gone,
    Finished,
    /// It is to be finished first.
    Open,
    Unknown,
}

impl Machine {
    fn parent_of(&self, shard: &Shard) -> Parent {
        let Some(parent) = &shard.parent else { return Parent::None };
        match self.shards.get(parent).map(|parent| &parent.phase) {
            None => Parent::Unknown,
            Some(Phase::Finished { unread: true }) => Parent::Unread,
            Some(Phase::Finished { unread: false }) => Parent::Finished,
            Some(Phase::Absent(Absent::Gone)) => Parent::Gone,
            Some(Phase::Waiting | Phase::Absent(_) | Phase::Reading(_) | Phase::Passing) => Parent::Open,
        }
    }

    /// Starts a shard that waits, if nothing stands before it.
    pub(super) fn try_start(&mut self, id: &ShardId, now: Now) {
        if self.closing.is_some() {
            return;
        }
        let Some(shard) = self.shards.get(id).filter(|shard| matches!(shard.phase, Phase::Waiting)) else { return };
        let parent = match self.parent_of(shard) {
            Parent::Open => return,
            // It was begun before, so its parent was over by then.
            Parent::Unknown if shard.restored => Parent::Finished,
            Parent::Unknown => {
                if let Some(parent) = shard.parent.clone() {
                    self.schedule.ready(&parent);
                    self.shards.insert(parent, Shard::new(None, Phase::Absent(Absent::asked()), None));
                }
                return;
            }
            parent => parent,
        };
        self.start(id, parent, now);
    }

    fn start(&mut self, id: &ShardId, parent: Parent, now: Now) {
        self.schedule.ready(id);
        self.changed.insert(id.clone());
        let has_children = self.children.contains_key(id);
        let Some(shard) = self.shards.get(id) else { return };
        let stored = shard.saver.durable().cloned();
        let nothing_before = matches!(parent, Parent::None | Parent::Unread | Parent::Gone);
        let Beginning { start, at } = self.beginning;
        let is_soon = now.time - at < retention::CLOCKS;
        let at_latest = start == Start::Latest && shard.original && nothing_before && is_soon;
        if at_latest && stored.is_none() && shard.over {
            return self.pass(id, now);
        }
        let before = shard.parent.as_ref().and_then(|parent| self.shards.get(parent));
        // What is stored of a parent tells up to when nothing of the child can be missing.
        let known = before.filter(|before| before.is_stored_as_finished()).and_then(|before| before.saver.durable());
        let known = stored.as_ref().or(known).map(|checkpoint| checkpoint.as_of);
        let is_aged = known.is_some_and(|as_of| !retention::is_kept(as_of, now.time));
        // Where nothing is stored, whatever was written since the very beginning may be unread: an owner that died before
        // it stored a position has read nothing that counts. What was written longer ago than the stream keeps its
        // records is no reason to call a shard a gap that was found late.
        let unread_since = if retention::is_kept(at, now.time) { at } else { self.newest_stored };
        let as_of = known.unwrap_or(unread_since);
        // What was read to its end by this machine had nothing trimmed behind it by then.
        let was_away = before.is_some_and(|before| before.saver.is_as_found());
        let mut cursor = Cursor::new(Origin::Horizon, as_of);
        let mut gap = None;
        match stored.as_ref().map(|stored| &stored.progress) {
            Some(Progress::After(number)) => cursor = Cursor::new(Origin::After(*number), as_of),
            Some(Progress::Begun { since }) => {
                cursor.since = *since;
                cursor.skip = since.map_or(Skip::Nothing, Skip::before);
                gap = is_aged.then_some(GapCause::Aged);
            }
            Some(Progress::Finished { .. }) | None => {
                cursor.fresh = shard.original && matches!(parent, Parent::None | Parent::Gone);
                if start == Start::Latest {
                    (cursor.since, cursor.skip) = (Some(at), Skip::before(at));
                    if at_latest && !has_children {
                        (cursor.origin, cursor.fresh) = (Origin::Latest, true);
                    }
                }
                gap = (is_aged && was_away).then_some(GapCause::Aged);
                let is_unknown = self.long_pause && matches!(parent, Parent::Gone | Parent::None);
                gap = gap.or(is_unknown.then_some(GapCause::Unseen));
            }
        }
        let floor = before.and_then(Shard::last);
        // The latest is stored with its time, when that is known, and what is behind a gap when it is settled what it is.
        let is_stored_later = cursor.origin == Origin::Latest || gap.is_some();
        self.read(id, cursor, stored, is_stored_later, now);
        if let Some(reader) = self.shards.get_mut(id).and_then(Shard::reader) {
            reader.floor = floor.filter(|_| reader.settled.is_none());
        }
        if let Some(cause) = gap {
            self.gap(id, cause, now);
        }
    }

    fn read(&mut self, id: &ShardId, cursor: Cursor, stored: Option<Checkpoint>, is_stored_later: bool, now: Now) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        let of = stored.as_ref().map_or(self.settings.sub_lanes, |stored| stored.sub_lanes);
        let settled = match stored.as_ref().map(|stored| &stored.progress) {
            Some(Progress::After(number)) => Some(*number),
            _ => None,
        };
        let lanes = Lanes::new(&self.settings.stream, id, of);
        let reader = Reader::new(cursor, settled, lanes, now);
        // The number of sub-lanes must be known before the first of them is written to. And where the sink fails for so
        // long that the shard is trimmed, whoever comes next must know that there was one: that it was not stored before
        // something of it was settled lost, for then its children are read as if nothing had been before them.
        if stored.is_none() && (!is_stored_later || of.get() > 1) {
            shard.saver.want_now(reader.checkpoint());
        }
        shard.phase = Phase::Reading(Box::new(reader));
        self.budget.started();
    }

    /// A shard that was over before reading began behind it is not read.
    fn pass(&mut self, id: &ShardId, now: Now) {
        if let Some(shard) = self.shards.get_mut(id) {
            let progress = Progress::Finished { last: None };
            let sub_lanes = self.settings.sub_lanes;
            shard.saver.want_now(Checkpoint { progress, as_of: now.time, sub_lanes });
            shard.phase = Phase::Passing;
        }
    }

    /// The end of a shard is saved: its children start.
    pub(super) fn finish(&mut self, id: &ShardId, now: Now) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        self.changed.insert(id.clone());
        match &shard.phase {
            Phase::Reading(_) => {
                shard.phase = Phase::Finished { unread: false };
                self.totals.finished_shards += 1;
                for woken in self.budget.finished(id) {
                    self.schedule.ready(&woken);
                }
                self.give_turn();
            }
            Phase::Passing => shard.phase = Phase::Finished { unread: true },
            _ => return,
        }
        self.listing.request_if_ending(&self.settings, now.instant);
        self.start_children(id, now);
    }

    pub(super) fn start_children(&mut self, id: &ShardId, now: Now) {
        let children: Vec<ShardId> = self.children.get(id).into_iter().flatten().cloned().collect();
        for child in &children {
            self.try_start(child, now);
        }
    }

    /// A shard has ended: its children are looked for.
    pub(super) fn search(&mut self, id: &ShardId) {
        if let Some(shard) = self.shards.get_mut(id) {
            shard.search = Some(Search::new());
        }
    }
}
