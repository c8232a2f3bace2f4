//! Which shards may have something to do.
//!
//! A shard is looked at when something happened to it or its time has come, never all of them for one action: a table
//! may have thousands. They are served in turn, so that none with much to do keeps the others waiting, and in an order
//! that follows from what happened alone, so that a run can be played again.

use dynacdc_sink::ShardId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Schedule {
    ready: VecDeque<ShardId>,
    queued: BTreeSet<ShardId>,
    timers: BTreeSet<(Instant, ShardId)>,
    alarms: BTreeMap<ShardId, Instant>,
}

impl Schedule {
    pub(super) fn ready(&mut self, shard: &ShardId) {
        if !self.queued.contains(shard) {
            self.queued.insert(shard.clone());
            self.ready.push_back(shard.clone());
        }
    }

    /// The next shard to look at.
    pub(super) fn next(&mut self, now: Instant) -> Option<ShardId> {
        while self.timers.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, shard)) = self.timers.pop_first() {
                self.alarms.remove(&shard);
                self.ready(&shard);
            }
        }
        let shard = self.ready.pop_front()?;
        self.queued.remove(&shard);
        Some(shard)
    }

    /// Looks at the shard at this time, and not at one that was set before.
    pub(super) fn wake(&mut self, shard: &ShardId, at: Option<Instant>) {
        if self.alarms.get(shard).copied() == at {
            return;
        }
        if let Some(before) = self.alarms.remove(shard) {
            self.timers.remove(&(before, shard.clone()));
        }
        if let Some(at) = at {
            self.alarms.insert(shard.clone(), at);
            self.timers.insert((at, shard.clone()));
        }
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }
}
