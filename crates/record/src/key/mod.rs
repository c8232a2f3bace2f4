//! The key of an item: partition key plus sort key.

mod text;

pub use text::ItemKeyError;

use crate::{
    Item, ItemError, Map, Number, NumberRef, Value,
    tape::{Node, Run, Tag, TapeBuilder},
};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

/// The key of an item, owned: one or two attributes of type string, number or binary.
///
/// It is canonical: whatever the order of the attributes in the event and the notation of a number, the keys of one
/// item are equal, hash alike and have one text. Records do not tell which attribute is the partition key, so order
/// is by attribute name, then value: it is a total order for sorting and merging, not DynamoDB's order of a query.
///
/// [`Display`](fmt::Display) gives a text form that is different for different keys, and that
/// [`FromStr`](std::str::FromStr) reads back: see there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemKey {
    /// One or two, in the order of the names.
    parts: Box<[(Box<str>, KeyValue)]>,
}

/// The value of a key attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyValue {
    /// A string.
    S(Box<str>),
    /// A number.
    N(Number),
    /// Bytes.
    B(Box<[u8]>),
}

/// The key of an item, borrowed from its record. Compares and hashes like the [`ItemKey`] it stands for, without
/// allocating.
#[derive(Clone, Copy)]
pub struct KeyRef<'a> {
    attributes: Map<'a>,
}

/// The value of a key attribute, borrowed. The order of the variants is that of [`KeyValue`], on which comparing the
/// two forms alike rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part<'a> {
    S(&'a str),
    N(NumberRef<'a>),
    B(&'a [u8]),
}

impl ItemKey {
    /// The names and values of the key attributes, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &KeyValue)> {
        self.parts.iter().map(|(name, value)| (&**name, value))
    }

    /// The value of a key attribute.
    pub fn get(&self, name: &str) -> Option<&KeyValue> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The key attributes as an item, as the API wants them in `Key`.
    pub fn to_item(&self) -> Item {
        self.iter()
            .map(|(name, value)| {
                let value = match value {
                    KeyValue::S(text) => crate::AttributeValue::S(text.to_string()),
                    KeyValue::N(number) => crate::AttributeValue::N(number.clone()),
                    KeyValue::B(bytes) => crate::AttributeValue::B(bytes.to_vec()),
                };
                (name, value)
            })
            .collect()
    }
}

impl Hash for ItemKey {
    /// Attribute by attribute and without their number, as [`KeyRef`] hashes.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.iter().for_each(|part| part.hash(state));
    }
}

impl TryFrom<&Item> for ItemKey {
    type Error = ItemError;

    /// # Errors
    /// [`ItemError::NotAKey`] unless it has one or two attributes, all of type S, N or B.
    fn try_from(item: &Item) -> Result<Self, ItemError> {
        let parts: Option<Box<[_]>> = item
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    crate::AttributeValue::S(text) => KeyValue::S(text.as_str().into()),
                    crate::AttributeValue::N(number) => KeyValue::N(number.clone()),
                    crate::AttributeValue::B(bytes) => KeyValue::B(bytes.as_slice().into()),
                    _ => return None,
                };
                Some((name.as_str().into(), value))
            })
            .collect();
        parts.filter(|parts| matches!(parts.len(), 1 | 2)).map(|parts| Self { parts }).ok_or(ItemError::NotAKey)
    }
}

impl TapeBuilder {
    /// Copies the attributes of a key in.
    pub(crate) fn key(&mut self, key: &Item) -> Result<Run, ItemError> {
        ItemKey::try_from(key)?;
        self.item(key)
    }
}

/// Whether attributes could be a key: one or two of type S, N or B.
pub(crate) fn could_be(attributes: &[Node]) -> bool {
    matches!(attributes.len(), 1 | 2) && attributes.iter().all(|node| matches!(node.tag(), Tag::S | Tag::N | Tag::B))
}

const fn part(value: Value<'_>) -> Option<Part<'_>> {
    match value {
        Value::S(text) => Some(Part::S(text)),
        Value::N(number) => Some(Part::N(number)),
        Value::B(bytes) => Some(Part::B(bytes)),
        _ => None,
    }
}

impl<'a> KeyRef<'a> {
    /// `attributes` are a key, see [`could_be`].
    pub(crate) const fn new(attributes: Map<'a>) -> Self {
        Self { attributes }
    }

    /// The key attributes as the record has them.
    pub const fn attributes(&self) -> Map<'a> {
        self.attributes
    }

    /// An owned copy.
    pub fn to_key(&self) -> ItemKey {
        let parts = self.parts().into_iter().flatten().map(|(name, part)| {
            let value = match part {
                Part::S(text) => KeyValue::S(text.into()),
                Part::N(number) => KeyValue::N(number.to_number()),
                Part::B(bytes) => KeyValue::B(bytes.into()),
            };
            (name.into(), value)
        });
        ItemKey { parts: parts.collect() }
    }

    /// In the order of the names.
    fn parts(&self) -> [Option<(&'a str, Part<'a>)>; 2] {
        let mut attributes = self.attributes.iter().filter_map(|(name, value)| Some((name, part(value)?)));
        match (attributes.next(), attributes.next()) {
            (Some(a), Some(b)) if b.0 < a.0 => [Some(b), Some(a)],
            parts => [parts.0, parts.1],
        }
    }
}

impl PartialEq for KeyRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for KeyRef<'_> {}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().into_iter().flatten().for_each(|part| part.hash(state));
    }
}

impl PartialOrd for KeyRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().into_iter().flatten().cmp(other.parts().into_iter().flatten())
    }
}

impl From<KeyRef<'_>> for ItemKey {
    fn from(key: KeyRef<'_>) -> Self {
        key.to_key()
    }
}

impl fmt::Debug for KeyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.attributes.fmt(f)
    }
}

impl fmt::Display for KeyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_key().fmt(f)
    }
}
