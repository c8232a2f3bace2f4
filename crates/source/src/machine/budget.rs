//! How many bytes of records may be read and not settled.
//!
//! A page is set aside before it is read, since only its answer tells its size, and what a slow sink is behind with must
//! not grow with the number of shards. Two rules keep a shard that is stuck from taking what the others need: no shard
//! takes more than its share, and one that holds nothing may always read a page. So with all shards begun at once the
//! budget is kept (or one page per shard, if that is more); what shards need that begin while others hold more than
//! their new, smaller share comes on top of it, one page each. To make them wait lost: a shard that is stuck for hours
//! would then stop the children of another.

use super::settings::PAGE;
use dynacdc_sink::ShardId;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Budget {
    limit: usize,
    used: usize,
    active: usize,
    /// Those that are within their share and wait for bytes, by their turn.
    waiting: BTreeMap<u64, ShardId>,
    turns: BTreeMap<ShardId, u64>,
    next_turn: u64,
    /// Those whose share is used up.
    full: BTreeSet<ShardId>,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    fn bound(&self) -> usize {
        self.limit.max(self.active * PAGE)
    }

    /// Sets a page aside for a shard that holds so much, if it may.
    pub(super) fn reserve(&mut self, shard: &ShardId, held: usize) -> bool {
        let share = self.bound() / self.active.max(1);
        if held > 0 && held + PAGE > share {
            self.leave(shard);
            self.full.insert(shard.clone());
            return false;
        }
        let is_turn = self.waiting.first_key_value().is_none_or(|(_, first)| first == shard);
        if held > 0 && (!is_turn || self.used + PAGE > self.bound()) {
            if !self.turns.contains_key(shard) {
                self.turns.insert(shard.clone(), self.next_turn);
                self.waiting.insert(self.next_turn, shard.clone());
                self.next_turn += 1;
            }
            return false;
        }
        self.leave(shard);
        self.used += PAGE;
        true
    }

    /// A page that was set aside is here, with its real size.
    pub(super) const fn received(&mut self, bytes: usize) {
        self.used = self.used + bytes - PAGE;
    }

    pub(super) const fn released(&mut self, bytes: usize) {
        self.used -= bytes;
    }

    pub(super) fn started(&mut self) {
        self.active += 1;
    }

    /// A shard is over. Gives those whose share has grown by that.
    pub(super) fn finished(&mut self, shard: &ShardId) -> BTreeSet<ShardId> {
        self.active -= 1;
        self.leave(shard);
        std::mem::take(&mut self.full)
    }

    /// The one whose turn it is, where there are bytes for it.
    pub(super) fn turn(&self) -> Option<&ShardId> {
        self.waiting.values().next().filter(|_| self.used + PAGE <= self.bound())
    }

    /// Takes a shard out of all queues, such as one that has nothing more to read.
    pub(super) fn leave(&mut self, shard: &ShardId) {
        if let Some(turn) = self.turns.remove(shard) {
            self.waiting.remove(&turn);
        }
        self.full.remove(shard);
    }

    pub(super) fn is_held_up(&self, shard: &ShardId) -> bool {
        self.full.contains(shard) || self.turns.contains_key(shard)
    }
}
