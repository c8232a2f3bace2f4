use aws_sdk_dynamodb::types::AttributeValue;
use dynacdc_record::{ChangeRecord, EventName, Item, ItemKey};
use dynacdc_sink::SinkError;
use std::{collections::HashMap, fmt};

/// A put or a delete of one item.
///
/// The key stands beside the item because it is what order is kept by. It must be the key of the item.
#[derive(Clone, PartialEq)]
pub struct Operation {
    /// The key of the item, with the names and types of the table that is written to.
    pub key: ItemKey,
    /// What becomes of it.
    pub write: Write,
}

/// What becomes of an item.
#[derive(Clone, PartialEq)]
pub enum Write {
    /// The whole item, key attributes included.
    Put(HashMap<String, AttributeValue>),
    /// It goes.
    Delete,
}

impl Operation {
    /// The item put, whatever was there.
    pub fn put(key: ItemKey, item: impl Into<HashMap<String, AttributeValue>>) -> Self {
        Self { key, write: Write::Put(item.into()) }
    }

    /// The item deleted.
    pub const fn delete(key: ItemKey) -> Self {
        Self { key, write: Write::Delete }
    }

    /// What makes a copy of the item as the record shows it: a delete for a `REMOVE`, else a put of the new image.
    ///
    /// # Errors
    /// That of a missing image: Fatal where the view type of the stream has no new images.
    pub fn of(record: &ChangeRecord) -> Result<Self, SinkError> {
        let key = record.item_key();
        Ok(match record.event_name() {
            EventName::Remove => Self::delete(key),
            EventName::Insert | EventName::Modify => Self::put(key, record.require_new_image()?),
        })
    }

    /// The key as the SDK wants it.
    pub(crate) fn sdk_key(&self) -> HashMap<String, AttributeValue> {
        self.key.to_item().into()
    }

    /// The key in attributes that hold it among others.
    pub(crate) fn key_in(&self, attributes: &HashMap<String, AttributeValue>) -> Option<ItemKey> {
        let attribute = |(name, _): (&str, _)| {
            let value = dynacdc_record::AttributeValue::try_from(attributes.get(name)?.clone()).ok()?;
            Some((name.to_owned(), value))
        };
        let key: Item = self.key.iter().map(attribute).collect::<Option<_>>()?;
        ItemKey::try_from(&key).ok()
    }
}

impl fmt::Debug for Operation {
    /// Neither key nor item: both are values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("write", &self.write).finish_non_exhaustive()
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(item) => write!(f, "Put({} attributes)", item.len()),
            Self::Delete => f.write_str("Delete"),
        }
    }
}
