//! What the writes alone let expect: worked out from what the example writes, without a look at table or stream.

use dynacdc_examples::Failure;
use dynacdc_local::workload::{TTL_ATTRIBUTE, Write};
use dynacdc_record::{EventName, Item, ItemKey, Number};
use std::{collections::BTreeMap, fmt};

/// Items by key.
pub(crate) type Items = BTreeMap<ItemKey, Item>;

/// How many records there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    inserts: usize,
    modifies: usize,
    user_removes: usize,
    expired: usize,
}

impl Tally {
    pub(crate) const fn count(&mut self, name: EventName, by_ttl: bool) {
        match (name, by_ttl) {
            (EventName::Insert, _) => self.inserts += 1,
            (EventName::Modify, _) => self.modifies += 1,
            (EventName::Remove, false) => self.user_removes += 1,
            (EventName::Remove, true) => self.expired += 1,
        }
    }

    pub(crate) const fn all(self) -> usize {
        self.inserts + self.modifies + self.user_removes + self.expired
    }

    pub(crate) fn removes(self) -> String {
        format!("{} by a user, {} by time to live", self.user_removes, self.expired)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let removes = self.user_removes + self.expired;
        write!(f, "{} INSERT, {} MODIFY, {removes} REMOVE", self.inserts, self.modifies)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Expectation {
    items: Items,
    tally: Tally,
}

impl Expectation {
    /// Takes a write in.
    pub(crate) fn write(&mut self, write: &Write) -> Result<(), Failure> {
        let key = ItemKey::try_from(&write.key())?;
        let before = self.items.get(&key);
        let after = write.apply_to(before);
        match (before, &after) {
            (None, Some(_)) => self.tally.count(EventName::Insert, false),
            (Some(old), Some(new)) if old != new => self.tally.count(EventName::Modify, false),
            (Some(_), None) => self.tally.count(EventName::Remove, false),
            // A write that changes nothing has no record.
            _ => {}
        }
        match after {
            Some(item) => drop(self.items.insert(key, item)),
            None => drop(self.items.remove(&key)),
        }
        Ok(())
    }

    /// Takes in that time to live deletes what has expired by `now`, in seconds since 1970. Gives how many items.
    pub(crate) fn expire(&mut self, now: u64) -> usize {
        let now = Number::from(now);
        let before = self.items.len();
        let is_over = |item: &Item| {
            let end = item.get(TTL_ATTRIBUTE).and_then(|value| value.as_number());
            end.is_some_and(|end| *end < now)
        };
        self.items.retain(|_, item| !is_over(item));
        let expired = before - self.items.len();
        self.tally.expired += expired;
        expired
    }

    pub(crate) const fn items(&self) -> &Items {
        &self.items
    }

    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::item;

    fn key() -> Item {
        item! { "customer" => "a", "entry" => "cart" }
    }

    fn put(expires_at: u64) -> Write {
        Write::Put(item! { "customer" => "a", "entry" => "cart", "expires_at" => expires_at })
    }

    #[test]
    fn each_write_has_the_record_that_it_causes() {
        let mut expectation = Expectation::default();
        let same = put(100);
        for write in [put(100), same, put(200), Write::Delete { key: key() }, Write::Delete { key: key() }] {
            expectation.write(&write).unwrap();
        }

        assert_eq!(expectation.tally().to_string(), "1 INSERT, 1 MODIFY, 1 REMOVE");
        assert_eq!(expectation.tally().all(), 3);
        assert!(expectation.items().is_empty());
    }

    #[test]
    fn an_item_expires_when_its_second_is_over() {
        let mut expectation = Expectation::default();
        expectation.write(&put(100)).unwrap();

        assert_eq!(expectation.expire(100), 0);
        assert_eq!(expectation.expire(101), 1);
        assert_eq!(expectation.tally().removes(), "0 by a user, 1 by time to live");
    }
}
