//! One stream: from where it was enabled to where it was disabled, with its shards and their lineage.

use super::{Hardship, Hardships, naming::Names, shard::Shard};
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::StreamStatus;
use std::{collections::BTreeSet, ops::Range};

/// How long records are kept, and closed shards and disabled streams with them.
const RETENTION: TimeDelta = TimeDelta::hours(24);

#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) arn: StreamArn,
    pub(crate) disabled: Option<DateTime<Utc>>,
    /// Parents before children.
    pub(crate) shards: Vec<Shard>,
}

impl Stream {
    pub(super) fn new(arn: StreamArn, shards: usize, names: &mut Names, now: DateTime<Utc>) -> Self {
        let shards = parts(&(0..u64::MAX), shards).map(|hashes| Shard::new(names.shard(now), None, hashes, now));
        Self { arn, disabled: None, shards: shards.collect() }
    }

    pub(super) const fn status(&self) -> StreamStatus {
        if self.disabled.is_some() { StreamStatus::Disabled } else { StreamStatus::Enabled }
    }

    pub(crate) fn shard(&self, id: &ShardId) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.id == *id)
    }

    pub(super) fn shard_mut(&mut self, id: &ShardId) -> Option<&mut Shard> {
        self.shards.iter_mut().find(|shard| shard.id == *id)
    }

    /// The open shard that takes this hash of a partition key.
    pub(super) fn shard_for(&mut self, hash: u64) -> Option<&mut Shard> {
        let takes = |shard: &&mut Shard| shard.closed.is_none() && shard.hashes.contains(&(hash.min(u64::MAX - 1)));
        self.shards.iter_mut().find(takes)
    }

    /// Closes a shard and gives it children; each takes a part of its keys.
    pub(super) fn close(
        &mut self,
        id: &ShardId,
        children: usize,
        at: DateTime<Utc>,
        names: &mut Names,
        hardships: &Hardships,
    ) -> Vec<ShardId> {
        let Some(shard) = self.shard_mut(id) else { return Vec::new() };
        shard.closed = Some(at);
        let late = |hardship| match hardships.strikes(hardship, id.as_str(), 0) {
            true => at + hardships.lateness(hardship, id.as_str()),
            false => at,
        };
        shard.listing.closed_from = Some(late(Hardship::LateClosing));
        let from = late(Hardship::LateChildren);
        let hashes = shard.hashes.clone();
        let children: Vec<Shard> = (0..children)
            .zip(parts(&hashes, children))
            .map(|(_, hashes)| {
                let mut child = Shard::new(names.shard(at), Some(id.clone()), hashes, at);
                child.listing.from = from;
                child
            })
            .collect();
        let ids = children.iter().map(|child| child.id.clone()).collect();
        self.shards.extend(children);
        ids
    }

    /// The open shard whose time is over first, and when that was.
    pub(super) fn overdue(&self, age: TimeDelta, now: DateTime<Utc>) -> Option<(ShardId, DateTime<Utc>)> {
        let open = self.shards.iter().filter(|shard| shard.closed.is_none());
        let first = open.map(|shard| (shard.created + age, &shard.id)).min()?;
        (first.0 <= now).then(|| (first.1.clone(), first.0))
    }

    /// Drops what is older than the retention: records, and closed shards as a whole.
    pub(super) fn trim(&mut self, now: DateTime<Utc>) {
        let horizon = now - RETENTION;
        self.shards.iter_mut().for_each(|shard| shard.trim_before(horizon));
        let is_kept = |shard: &Shard| shard.closed.is_none_or(|closed| closed > horizon);
        self.shards.retain(is_kept);
    }

    pub(super) fn is_gone(&self, now: DateTime<Utc>) -> bool {
        self.disabled.is_some_and(|disabled| disabled + RETENTION <= now)
    }

    /// The shards that a listing shows, in the order of their ids.
    pub(super) fn listed(
        &self,
        now: DateTime<Utc>,
        hardships: &Hardships,
        nth: u64,
        mut struck: impl FnMut(Hardship),
    ) -> Vec<&Shard> {
        let mut missing = BTreeSet::new();
        let mut shown: Vec<&Shard> = Vec::new();
        let parents: BTreeSet<&ShardId> = self.shards.iter().filter_map(|shard| shard.parent.as_ref()).collect();
        for shard in &self.shards {
            if shard.listing.hidden {
                continue;
            }
            let strikes = |hardship| hardships.strikes(hardship, shard.id.as_str(), nth);
            if shard.parent.as_ref().is_some_and(|parent| missing.contains(parent)) {
                missing.insert(&shard.id);
            } else if shard.listing.from > now {
                missing.insert(&shard.id);
                struck(Hardship::LateChildren);
            } else if strikes(Hardship::MissingShard) {
                missing.insert(&shard.id);
                struck(Hardship::MissingShard);
            } else if parents.contains(&shard.id) && strikes(Hardship::MissingParent) {
                struck(Hardship::MissingParent);
            } else {
                shown.push(shard);
            }
        }
        shown.sort_by(|a, b| a.id.cmp(&b.id));
        shown
    }
}

/// A range in equal parts.
fn parts(range: &Range<u64>, count: usize) -> impl Iterator<Item = Range<u64>> {
    let count = u64::try_from(count.max(1)).unwrap_or(u64::MAX);
    let (start, end, size) = (range.start, range.end, (range.end - range.start) / count);
    (0..count).map(move |part| {
        let from = start + part * size;
        from..if part + 1 == count { end } else { from + size }
    })
}
