use dynacdc_record::Item;

use super::{PARTITION_KEY, SORT_KEY};

/// One write to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts the whole item, in place of the one that may be there.
    Put(Item),
    /// Changes some attributes of an item that exists.
    Update {
        /// Partition and sort key.
        key: Item,
        /// Attributes to set, and their values.
        set: Item,
        /// Attributes to take out.
        remove: Vec<String>,
    },
    /// Deletes an item.
    Delete {
        /// Partition and sort key.
        key: Item,
    },
}

impl Write {
    /// Partition and sort key of the item that is written.
    #[must_use]
    pub fn key(&self) -> Item {
        match self {
            Self::Put(item) => [PARTITION_KEY, SORT_KEY]
                .into_iter()
                .filter_map(|name| item.get(name).map(|value| (name, value.clone())))
                .collect(),
            Self::Update { key, .. } | Self::Delete { key } => key.clone(),
        }
    }

    /// The item after the write, given the item before it: the images of the stream record. As in
    /// DynamoDB, an update of a missing item makes one of its key and what it sets.
    #[must_use]
    pub fn apply_to(&self, before: Option<&Item>) -> Option<Item> {
        match self {
            Self::Put(item) => Some(item.clone()),
            Self::Update { key, set, remove } => {
                let mut item = before.unwrap_or(key).clone();
                item.extend(set.clone());
                for name in remove {
                    item.remove(name);
                }
                Some(item)
            }
            Self::Delete { .. } => None,
        }
    }
}
