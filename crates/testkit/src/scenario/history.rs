use super::{Scenario, making::Making};
use dynacdc_record::{ChangeRecord, Item, ItemKey, KeyRef};
use dynacdc_sink::Lane;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

/// Changes of a table in the order in which they were made, and the shards that they are read from. The same seed and
/// scenario make the same history.
#[derive(Clone)]
pub struct History {
    seed: u64,
    shards: Vec<Shard>,
    /// Shard and position in it, in the order of making.
    made: Vec<(usize, usize)>,
}

/// A shard: what one lane delivers, in order.
#[derive(Clone)]
pub struct Shard {
    pub(super) lane: Lane,
    pub(super) parent: Option<usize>,
    pub(super) records: Vec<ChangeRecord>,
}

impl History {
    /// The history of a seed.
    ///
    /// # Errors
    /// If the attributes of the scenario are nothing that DynamoDB could hold.
    pub fn new(seed: u64, scenario: &Scenario) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let (shards, made) = Making::new(seed, scenario).run()?;
        Ok(Self { seed, shards, made })
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The shards, parents before their children.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// How many changes there are.
    pub const fn len(&self) -> usize {
        self.made.len()
    }

    /// Whether there are no changes.
    pub const fn is_empty(&self) -> bool {
        self.made.is_empty()
    }

    /// All changes in the order in which they were made.
    pub fn records(&self) -> impl Iterator<Item = &ChangeRecord> {
        self.made.iter().map(|(shard, at)| &self.shards[*shard].records[*at])
    }

    /// The items that are there at the end. This is the reference for a copy of the table.
    pub fn live(&self) -> BTreeMap<ItemKey, Item> {
        let last: HashMap<KeyRef<'_>, &ChangeRecord> = self.records().map(|record| (record.key(), record)).collect();
        let live = last.into_iter().filter_map(|(key, record)| Some((key.to_key(), record.new_image()?.to_item())));
        live.collect()
    }

    /// How many items ever were there.
    pub fn keys(&self) -> usize {
        self.records().map(ChangeRecord::key).collect::<HashSet<_>>().len()
    }

    /// The first changes only.
    pub(crate) fn first_records(self, records: usize) -> Self {
        let kept: HashSet<(usize, usize)> = self.made.iter().take(records).copied().collect();
        self.only(|shard, at, _| kept.contains(&(shard, at)))
    }

    /// The changes of the items that appear first.
    pub(crate) fn first_keys(self, keys: usize) -> Self {
        let mut kept: HashSet<ItemKey> = HashSet::new();
        for record in self.records() {
            if kept.len() < keys {
                kept.insert(record.item_key());
            }
        }
        self.only(|_, _, record| kept.contains(&record.item_key()))
    }

    fn only(self, keep: impl Fn(usize, usize, &ChangeRecord) -> bool) -> Self {
        let mut shards: Vec<Shard> =
            self.shards.iter().map(|shard| Shard { records: Vec::new(), ..shard.clone() }).collect();
        let mut made = Vec::new();
        for (shard, at) in self.made {
            let record = &self.shards[shard].records[at];
            if keep(shard, at, record) {
                made.push((shard, shards[shard].records.len()));
                shards[shard].records.push(record.clone());
            }
        }
        Self { seed: self.seed, shards, made }
    }
}

impl Shard {
    /// The lane that its records are delivered on.
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The position of the shard that was split into this one and perhaps another.
    pub const fn parent(&self) -> Option<usize> {
        self.parent
    }

    /// Its records, in order.
    pub fn records(&self) -> &[ChangeRecord] {
        &self.records
    }
}

impl fmt::Debug for History {
    /// The keys and numbers of the changes, without values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("seed", &self.seed).field("shards", &self.shards).finish_non_exhaustive()
    }
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.lane)?;
        f.debug_list().entries(&self.records).finish()
    }
}
