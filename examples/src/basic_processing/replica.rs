//! What the records gave: counts, and the items that come of folding them.

use crate::expectation::{Items, Tally};
use dynacdc_examples::{Check, Failure};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY};
use dynacdc_record::{ChangeRecord, EventName, Item, ItemKey};

#[derive(Debug, Default)]
pub(crate) struct Replica {
    items: Items,
    tally: Tally,
}

impl Replica {
    pub(crate) fn take(&mut self, record: &ChangeRecord) {
        self.tally.count(record.event_name(), record.is_ttl_delete());
        match (record.event_name(), record.new_image()) {
            (EventName::Remove, _) | (_, None) => drop(self.items.remove(&record.item_key())),
            (_, Some(image)) => drop(self.items.insert(record.item_key(), image.to_item())),
        }
    }

    pub(crate) const fn items(&self) -> &Items {
        &self.items
    }

    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }
}

/// Items by their keys.
pub(crate) fn by_key(items: Vec<Item>) -> Result<Items, Failure> {
    items
        .into_iter()
        .map(|item| {
            let mut key = item.clone();
            key.retain(|name, _| name == PARTITION_KEY || name == SORT_KEY);
            Ok((ItemKey::try_from(&key)?, item))
        })
        .collect()
}

/// Whether two sets of items are the same, by meaning.
pub(crate) fn same_items(what: &str, expected: &Items, got: &Items) -> Check {
    let wrong = expected.iter().filter(|(key, item)| got.get(*key) != Some(*item)).count();
    let surplus = got.keys().filter(|key| !expected.contains_key(key)).count();
    let got = match wrong + surplus {
        0 => format!("{} items", got.len()),
        differ => format!("{} items, {differ} of them wrong", got.len()),
    };
    Check::new(what, format!("{} items", expected.len()), got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::item;

    fn items(totals: [u32; 2]) -> Items {
        let item =
            |(number, total)| item! { "customer" => "a", "entry" => format!("order#{number}"), "total" => total };
        by_key((1..).zip(totals).map(item).collect()).unwrap()
    }

    #[test]
    fn the_same_items_hold() {
        assert!(same_items("items", &items([1, 2]), &items([1, 2])).holds());
    }

    #[test]
    fn a_changed_a_missing_and_a_surplus_item_do_not_hold() {
        let mut fewer = items([1, 2]);
        fewer.pop_first();

        assert!(!same_items("items", &items([1, 2]), &items([1, 3])).holds());
        assert!(!same_items("items", &items([1, 2]), &fewer).holds());
        assert!(!same_items("items", &fewer, &items([1, 2])).holds());
    }
}
