//! Which shards there are, and in what order they are read.
//!
//! A child starts when its parent is finished and that is *saved*: if it started earlier, a crash would rewind the parent
//! alone, and the child's records, which were written before, would not follow. A parent that no listing has is asked for
//! at its oldest record before it counts as gone, since a listing may lack a shard that is there. To believe the first
//! listing lost, for then a child is read before its parent.

use super::{
    Machine, Now,
    listing::Complete,
    search::Search,
    shard::{Absent, Phase, Shard as Known},
};
use crate::{Shard, ShardPage, StreamStatus, StreamsError, StreamsErrorKind};
use dynacdc_sink::ShardId;
use std::time::Duration;

/// How many listings may lack a shard that is there before it is read without knowing its parent.
const LISTINGS: u32 = 5;

/// How long a shard that was forgotten is told from a new one: by then no service lists it.
const REMEMBERED: Duration = Duration::from_hours(48);

impl Machine {
    pub(super) fn listed(&mut self, page: Result<ShardPage, StreamsError>, now: Now) {
        if !self.listing.is_flying() {
            return;
        }
        if self.closing.is_some() {
            return self.listing.abandoned();
        }
        let complete = match page {
            Ok(page) => self.listing.listed(page, &self.settings, now.instant),
            Err(error) => match error.kind() {
                StreamsErrorKind::NotFound if self.listing.number > 0 || !self.shards.is_empty() => {
                    return self.stream_gone(now);
                }
                kind if kind.is_transient() => {
                    self.totals.errors += 1;
                    let wait = self.listing.failed(false, now.instant);
                    let stream = &self.settings.stream;
                    tracing::warn!(%stream, ?wait, %error, "listing shards is tried again");
                    None
                }
                _ => return self.fail(error.into(), now),
            },
        };
        if let Some(complete) = complete {
            self.completed(complete, now);
        }
    }

    /// Nothing is listed any more. Whether records of a shard are lost is for the service to say when it is read.
    fn stream_gone(&mut self, now: Now) {
        let complete = self.listing.gone(&self.settings, now.instant);
        if self.shards.values().any(Known::is_unfinished) {
            self.completed(complete, now);
        } else {
            self.stream_ended(now);
        }
    }

    /// Takes in a complete listing.
    fn completed(&mut self, complete: Complete, now: Now) {
        let is_first = self.listing.number == 1;
        self.totals.listed = Some(now.instant);
        let Complete { status, shards, quiet } = complete;
        let mut added = 0;
        for shard in shards {
            added += usize::from(self.merge(shard, is_first));
        }
        self.pass_ancestors();
        if is_first {
            self.mark_over();
            self.begin_searches();
        }
        self.count_down();
        let waiting = self.shards.iter().filter(|(_, shard)| matches!(shard.phase, Phase::Waiting));
        let waiting: Vec<ShardId> = waiting.map(|(id, _)| id.clone()).collect();
        for id in &waiting {
            self.try_start(id, now);
        }
        // What is left of a disabled stream goes with it. A position that is forgotten is as new to whoever comes back.
        if status == StreamStatus::Enabled {
            self.prune(now);
        }
        let is_over = status == StreamStatus::Disabled && added == 0 && self.is_quiet();
        if is_over && quiet.is_some_and(|quiet| quiet >= self.settings.quiet) {
            self.stream_ended(now);
        } else if added > 0 {
            self.listing.disturbed();
        }
        if self.shards.values().any(|shard| matches!(shard.phase, Phase::Absent(Absent::There { .. }))) {
            self.listing.request(&self.settings, now.instant);
        }
    }

    /// What was over in the first listing need not be read where reading begins behind the newest record. What ends while
    /// it waits for its turn must be: it has records that were made since.
    fn mark_over(&mut self) {
        for (id, shard) in &mut self.shards {
            shard.over = shard.original && shard.closed && self.children.contains_key(id);
        }
    }

    /// Takes in a shard as it is described. True if it was not known.
    pub(super) fn merge(&mut self, found: Shard, is_first: bool) -> bool {
        let Shard { id, parent, closed } = found;
        let parent = parent.filter(|parent| *parent != id);
        if let Some(parent) = &parent {
            self.children.entry(parent.clone()).or_default().insert(id.clone());
        }
        self.changed.insert(id.clone());
        let (mut added, seen) = (false, self.listing.sight());
        let known = self.shards.entry(id.clone()).or_insert_with(|| {
            let was_forgotten = self.forgotten.contains_key(&id);
            added = !was_forgotten;
            let phase = if was_forgotten { Phase::Finished { unread: false } } else { Phase::Waiting };
            let mut known = Known::new(None, phase, None);
            known.original = is_first && self.first_run;
            known
        });
        known.seen = known.seen.max(seen);
        known.closed |= closed;
        known.parent = known.parent.take().or(parent);
        match &known.phase {
            // It is there after all; whether it can be read is asked again before it is.
            Phase::Absent(Absent::Gone) => {
                tracing::error!(shard = %id, "a shard that was gone is listed: it may be read after its children");
                known.phase = Phase::Absent(Absent::asked());
                self.schedule.ready(&id);
            }
            // One call for an iterator of a shard at a time: it is read once this one is answered.
            Phase::Absent(Absent::Asked { flying: true, .. }) => added = true,
            Phase::Absent(_) => {
                known.phase = Phase::Waiting;
                added = true;
            }
            _ => {}
        }
        added
    }

    /// A shard is stored only after its parent was over. So where a child was stored when this machine began and its
    /// parent was not, the parent was over, and forgotten or gone. If it is listed, it may have been taken for gone when it
    /// was not, and nobody has read it. To read it now would have older changes follow newer ones, so it is told.
    fn pass_ancestors(&mut self) {
        let restored = self.shards.iter().filter(|(_, shard)| shard.restored);
        let mut children: Vec<ShardId> = restored.map(|(id, _)| id.clone()).collect();
        while let Some(child) = children.pop() {
            let parent = self.shards.get(&child).and_then(|shard| shard.parent.clone());
            let Some(parent) = parent else { continue };
            let Some(shard) = self.shards.get_mut(&parent).filter(|shard| !shard.restored) else { continue };
            if matches!(shard.phase, Phase::Waiting) {
                shard.phase = Phase::Finished { unread: false };
                if shard.seen > 0 {
                    self.totals.alarms += 1;
                    let stream = &self.settings.stream;
                    tracing::error!(%stream, shard = %parent, %child, "a shard is passed over: its child was read before");
                }
                children.push(parent);
            } else if matches!(shard.phase, Phase::Finished { .. }) && shard.saver.durable().is_none() {
                children.push(parent);
            }
        }
    }

    /// Looks for the children of what was finished when this machine began.
    fn begin_searches(&mut self) {
        for (id, shard) in &mut self.shards {
            if matches!(shard.phase, Phase::Finished { .. }) && !self.children.contains_key(id) {
                shard.search = Some(Search::new());
                self.schedule.ready(id);
            }
        }
    }

    /// Another listing lacks the shards that are there: the last of them are awaited no longer.
    fn count_down(&mut self) {
        for (id, shard) in &mut self.shards {
            if let Phase::Absent(Absent::There { listings }) = &mut shard.phase {
                *listings = listings.saturating_sub(1);
                if *listings == 0 {
                    tracing::warn!(shard = %id, "a shard that no listing has is read without knowing its parent");
                    shard.phase = Phase::Waiting;
                }
            }
        }
    }

    /// The service has a shard that no listing has.
    pub(super) fn is_there(&mut self, id: &ShardId, now: Now) {
        if let Some(shard) = self.shards.get_mut(id) {
            if shard.seen > 0 && shard.seen >= self.listing.number {
                shard.phase = Phase::Waiting;
                self.listing.disturbed();
                return self.try_start(id, now);
            }
            shard.phase = Phase::Absent(Absent::There { listings: LISTINGS });
            self.listing.disturbed();
            self.listing.request(&self.settings, now.instant);
        }
    }

    /// Takes in the children of a shard, or that there are none yet.
    pub(super) fn children(&mut self, of: &ShardId, found: Result<ShardPage, StreamsError>, now: Now) {
        let Some(shard) = self.shards.get_mut(of) else { return };
        let Some(search) = shard.search.as_mut().filter(|search| search.is_flying()) else { return };
        self.schedule.ready(of);
        let mut children = Vec::new();
        match found {
            Ok(page) => children.extend(page.shards.into_iter().filter(|child| child.parent.as_ref() == Some(of))),
            Err(error) if error.kind().is_transient() => {
                self.totals.errors += 1;
                tracing::warn!(shard = %of, %error, "looking for children is tried again");
            }
            Err(error) => {
                tracing::warn!(shard = %of, %error, "children cannot be looked for: all shards are listed");
                shard.search = None;
                return self.listing.request(&self.settings, now.instant);
            }
        }
        if children.is_empty() {
            if !search.missed(now.instant) {
                shard.search = None;
                self.listing.request(&self.settings, now.instant);
            }
            return;
        }
        shard.search = None;
        for child in children {
            let id = child.id.clone();
            if self.merge(child, false) {
                self.listing.disturbed();
            }
            self.try_start(&id, now);
        }
    }

    /// Forgets what tells nothing any more.
    fn prune(&mut self, now: Now) {
        self.forgotten.retain(|_, at| now.instant - *at < REMEMBERED);
        let number = self.listing.number;
        let mut gone = Vec::new();
        for (id, shard) in &self.shards {
            let is_over = matches!(shard.phase, Phase::Finished { .. } | Phase::Absent(Absent::Gone));
            if !is_over || shard.seen >= number || !shard.saver.is_saved() || shard.search.is_some() {
                continue;
            }
            let children = self.children.get(id).into_iter().flatten().filter_map(|child| self.shards.get(child));
            // One that is gone stays for as long as it is named: if it is listed after all, it is to be read.
            let is_gone = matches!(shard.phase, Phase::Absent(_));
            let (mut needs, mut unkept) = (false, false);
            for child in children {
                needs |= is_gone || matches!(child.phase, Phase::Waiting);
                unkept |= !child.saver.is_kept();
            }
            match shard.saver.durable() {
                None if !needs => gone.push((id.clone(), true)),
                Some(stored) if !unkept && super::retention::is_forgettable(stored.as_of, now.time) => {
                    gone.push((id.clone(), false));
                }
                _ => {}
            }
        }
        for (id, at_once) in gone {
            if at_once {
                self.remove(&id);
            } else if let Some(shard) = self.shards.get_mut(&id) {
                shard.saver.forget();
                self.schedule.ready(&id);
            }
        }
    }

    pub(super) fn remove(&mut self, id: &ShardId) {
        let parent = self.shards.remove(id).and_then(|shard| shard.parent);
        if let Some(siblings) = parent.as_ref().and_then(|parent| self.children.get_mut(parent)) {
            siblings.remove(id);
        }
        self.children.retain(|_, children| !children.is_empty());
        self.schedule.wake(id, None);
        self.changed.insert(id.clone());
    }
}
