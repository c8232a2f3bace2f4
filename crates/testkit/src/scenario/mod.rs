//! What happens to the items of a table: histories that are made up from a seed.

mod history;
mod making;
mod numbers;

pub use history::{History, Shard};

use dynacdc_record::{Item, item};
use std::{fmt, ops::RangeInclusive, sync::Arc};

/// The attribute with a whole number that changes.
pub const VALUE: &str = "value";
/// The attribute with the name of a group, `a`, `b` or `c`, that an item moves between.
pub const GROUP: &str = "group";
/// The attribute that is true while the item passes a filter.
pub const LISTED: &str = "listed";
/// The attribute that is true where a target is to refuse the item until it is healed.
pub const POISON: &str = "poison";
/// The groups.
pub const GROUPS: [&str; 3] = ["a", "b", "c"];

/// What a [`History`] is made of. Rates are in changes of a thousand.
///
/// Items have a partition key `pk` and a sort key `sk`, both of type S. Keys are drawn by Zipf's law, so one of them
/// has most of the changes; a key is deleted and inserted again.
#[derive(Clone)]
#[must_use]
pub struct Scenario {
    keys: RangeInclusive<usize>,
    records: RangeInclusive<usize>,
    lanes: usize,
    is_unordered: bool,
    splits: u16,
    poison: u16,
    deletes: u16,
    expiries: u16,
    attributes: Arc<Attributes>,
}

type Attributes = dyn Fn(&mut fastrand::Rng) -> Item + Send + Sync;

impl Scenario {
    /// 8 to 35 changes of 2 to 5 items on two ordered lanes, without poison.
    pub fn new() -> Self {
        Self {
            keys: 2..=5,
            records: 8..=35,
            lanes: 2,
            is_unordered: false,
            splits: 15,
            poison: 0,
            deletes: 250,
            expiries: 200,
            attributes: Arc::new(drawn),
        }
    }

    /// With another number of items, at least 1.
    pub fn with_keys(self, keys: RangeInclusive<usize>) -> Self {
        Self { keys, ..self }
    }

    /// With another number of changes.
    pub fn with_records(self, records: RangeInclusive<usize>) -> Self {
        Self { records, ..self }
    }

    /// With another number of shards to begin with, at least 1. Changes of one partition key are on one of them.
    pub fn with_lanes(self, lanes: usize) -> Self {
        Self { lanes: lanes.max(1), ..self }
    }

    /// On lanes that promise no order, as every Lambda event is delivered on.
    pub fn unordered(self) -> Self {
        Self { is_unordered: true, ..self }
    }

    /// With another rate of changes at which a shard is split. Its children go on with its items.
    pub fn with_splits(self, per_mille: u16) -> Self {
        Self { splits: per_mille, ..self }
    }

    /// With items that the target refuses until it is healed; see [`Faults::accept`](crate::Faults::accept).
    pub fn with_poison(self, per_mille: u16) -> Self {
        Self { poison: per_mille, ..self }
    }

    /// With another rate of deletes among the changes of an item that is there.
    pub fn with_deletes(self, per_mille: u16) -> Self {
        Self { deletes: per_mille, ..self }
    }

    /// With other attributes than [`VALUE`], [`GROUP`] and [`LISTED`]; the key attributes and [`POISON`] are added. The
    /// closure takes everything random from what it is given.
    pub fn with_attributes(self, attributes: impl Fn(&mut fastrand::Rng) -> Item + Send + Sync + 'static) -> Self {
        Self { attributes: Arc::new(attributes), ..self }
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

fn drawn(rng: &mut fastrand::Rng) -> Item {
    item! { VALUE => rng.u32(..100), GROUP => GROUPS[rng.usize(..GROUPS.len())], LISTED => rng.u8(..100) < 65 }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("keys", &self.keys)
            .field("records", &self.records)
            .field("lanes", &self.lanes)
            .field("is_unordered", &self.is_unordered)
            .field("splits", &self.splits)
            .field("poison", &self.poison)
            .field("deletes", &self.deletes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
