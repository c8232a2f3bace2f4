//! What was written to the stream: what a reader is to be compared with.
//!
//! It is kept beside the simulator and not asked from it, so that a mistake of the one shows against the other.

use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::SequenceNumber;
use dynacdc_sink::ShardId;
use std::collections::BTreeMap;

/// How long the stream keeps records.
const RETENTION: TimeDelta = TimeDelta::hours(24);

/// One record, or what cannot be decoded.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) number: Option<SequenceNumber>,
    /// None of a malformed one.
    pub(crate) key: Option<u8>,
    /// Which of the records of its item.
    pub(crate) nth: usize,
    /// When it was made, as the record tells.
    pub(crate) made: DateTime<Utc>,
    /// When it was made.
    pub(crate) written: DateTime<Utc>,
    pub(crate) size: usize,
    /// The text of a malformed one.
    pub(crate) raw: Option<String>,
    /// Whether the sink refuses it for good, until a person has healed it.
    pub(crate) is_poison: bool,
    /// Whether the sink has it, or the store of malformed records.
    pub(crate) is_settled: bool,
    /// Whether it need not be delivered, since reading began behind it.
    pub(crate) is_excused: bool,
}

/// One shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Branch {
    pub(crate) parent: Option<ShardId>,
    pub(crate) children: Vec<ShardId>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) closed: Option<DateTime<Utc>>,
    /// Whether listings lack it for now.
    pub(crate) is_hidden: bool,
}

/// Everything that was written.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) branches: BTreeMap<ShardId, Branch>,
    roots: Vec<ShardId>,
    /// Where the records of each item are, in order.
    pub(crate) keys: Vec<Vec<(ShardId, usize)>>,
    places: BTreeMap<SequenceNumber, (ShardId, usize)>,
}

impl Entry {
    /// Whether the stream has dropped it.
    pub(crate) fn is_trimmed(&self, now: DateTime<Utc>) -> bool {
        self.made <= now - RETENTION
    }

    pub(crate) fn is_required(&self) -> bool {
        !self.is_settled && !self.is_excused
    }
}

impl Branch {
    /// Whether the stream has dropped the shard as a whole.
    pub(crate) fn is_gone(&self, now: DateTime<Utc>) -> bool {
        self.closed.is_some_and(|closed| closed <= now - RETENTION)
    }

    /// The place of the record with this number, or else that of the first one behind it.
    pub(crate) fn place(&self, number: SequenceNumber) -> Option<usize> {
        self.entries.iter().position(|entry| entry.number == Some(number))
    }

    /// The highest number in it.
    pub(crate) fn last_number(&self) -> Option<SequenceNumber> {
        self.entries.iter().rev().find_map(|entry| entry.number)
    }
}

impl History {
    pub(crate) fn new(roots: Vec<ShardId>, keys: u8) -> Self {
        let branches = roots.iter().map(|root| (root.clone(), Branch::default())).collect();
        Self { branches, roots, keys: vec![Vec::new(); keys.into()], places: BTreeMap::new() }
    }

    /// The open shard that takes an item; none once the stream is disabled.
    pub(crate) fn shard_of(&self, key: u8) -> Option<&ShardId> {
        let key = usize::from(key);
        let mut shard = self.roots.get(key % self.roots.len().max(1))?;
        let mut rest = key / self.roots.len().max(1);
        loop {
            let branch = self.branches.get(shard)?;
            match branch.children.len() {
                0 => return branch.closed.is_none().then_some(shard),
                children => {
                    shard = &branch.children[rest % children];
                    rest = rest / children + rest % 3;
                }
            }
        }
    }

    pub(crate) fn open(&self) -> Vec<ShardId> {
        let open = self.branches.iter().filter(|(_, branch)| branch.closed.is_none());
        open.map(|(shard, _)| shard.clone()).collect()
    }

    pub(crate) fn split(&mut self, shard: &ShardId, children: Vec<ShardId>, now: DateTime<Utc>) {
        for child in &children {
            self.branches.insert(child.clone(), Branch { parent: Some(shard.clone()), ..Branch::default() });
        }
        if let Some(branch) = self.branches.get_mut(shard) {
            branch.closed = Some(now);
            branch.children = children;
        }
    }

    pub(crate) fn add(&mut self, shard: &ShardId, mut entry: Entry) {
        let Some(branch) = self.branches.get_mut(shard) else { return };
        let place = (shard.clone(), branch.entries.len());
        if let Some(of_key) = entry.key.and_then(|key| self.keys.get_mut(usize::from(key))) {
            entry.nth = of_key.len();
            of_key.push(place.clone());
        }
        if let Some(number) = entry.number {
            self.places.insert(number, place);
        }
        branch.entries.push(entry);
    }

    /// The shard and place of a record.
    pub(crate) fn find(&self, number: SequenceNumber) -> Option<&(ShardId, usize)> {
        self.places.get(&number)
    }

    pub(crate) fn entry(&self, shard: &ShardId, at: usize) -> Option<&Entry> {
        self.branches.get(shard)?.entries.get(at)
    }

    pub(crate) fn entry_mut(&mut self, shard: &ShardId, at: usize) -> Option<&mut Entry> {
        self.branches.get_mut(shard)?.entries.get_mut(at)
    }

    /// Every entry that is still to be settled, with its shard and place.
    pub(crate) fn required(&self) -> impl Iterator<Item = (&ShardId, usize, &Entry)> {
        let of = |(shard, branch)| {
            let branch: &Branch = branch;
            branch.entries.iter().enumerate().map(move |(at, entry)| (shard, at, entry))
        };
        self.branches.iter().flat_map(of).filter(|(_, _, entry)| entry.is_required())
    }

    /// A shard and everything that comes before and behind it.
    pub(crate) fn line(&self, shard: &ShardId) -> Vec<ShardId> {
        let mut line: Vec<ShardId> = vec![shard.clone()];
        let mut up = shard;
        while let Some(parent) = self.branches.get(up).and_then(|branch| branch.parent.as_ref()) {
            line.push(parent.clone());
            up = parent;
        }
        let mut next = 0;
        let mut down = vec![shard.clone()];
        while let Some(at) = down.get(next) {
            let children = self.branches.get(at).map(|branch| branch.children.clone()).unwrap_or_default();
            line.extend(children.iter().cloned());
            down.extend(children);
            next += 1;
        }
        line
    }
}
