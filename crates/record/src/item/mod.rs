//! Owned items, for building and transforming.

mod build;
mod macros;
mod read;

pub use build::ItemError;

pub(crate) use build::MAX_DEPTH;

use crate::Number;
use std::collections::{BTreeMap, BTreeSet, btree_map};

/// One owned attribute value. Equality is by meaning, as for [`Value`](crate::Value).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeValue {
    /// A string.
    S(String),
    /// A number of up to 38 digits.
    N(Number),
    /// Bytes.
    B(Vec<u8>),
    /// A boolean.
    Bool(bool),
    /// The null value.
    Null,
    /// A set of strings. DynamoDB has no empty sets: one is refused where a record is made of it.
    Ss(BTreeSet<String>),
    /// A set of numbers, never empty in a record.
    Ns(BTreeSet<Number>),
    /// A set of byte strings, never empty in a record.
    Bs(BTreeSet<Vec<u8>>),
    /// A list.
    L(Vec<AttributeValue>),
    /// A map.
    M(Item),
}

impl AttributeValue {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub const fn as_number(&self) -> Option<&Number> {
        match self {
            Self::N(number) => Some(number),
            _ => None,
        }
    }

    /// The bytes, if it is a binary value.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::B(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is the null value. An attribute that is absent is not null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::L(list) => Some(list),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub const fn as_map(&self) -> Option<&Item> {
        match self {
            Self::M(map) => Some(map),
            _ => None,
        }
    }
}

/// An owned item: attributes by name, in the order of their names.
///
/// Images of a record are read through [`Image`](crate::Image), which copies nothing. An `Item` is for building one:
/// what a transformation gives, what an example writes. [`item!`](crate::item!) makes one from literals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Item(BTreeMap<String, AttributeValue>);

impl Item {
    /// An item without attributes.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Number of attributes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no attribute.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.get(name)
    }

    /// The value of an attribute, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut AttributeValue> {
        self.0.get_mut(name)
    }

    /// Whether it has an attribute of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Sets an attribute and gives back what it held before.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<AttributeValue>) -> Option<AttributeValue> {
        self.0.insert(name.into(), value.into())
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) -> Option<AttributeValue> {
        self.0.remove(name)
    }

    /// Gives an attribute another name. Nothing happens if there is none of the old name; what stood under the new
    /// name is replaced.
    pub fn rename(&mut self, from: &str, to: impl Into<String>) {
        if let Some(value) = self.0.remove(from) {
            self.0.insert(to.into(), value);
        }
    }

    /// Keeps the attributes for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &AttributeValue) -> bool) {
        self.0.retain(|name, value| keep(name, value));
    }

    /// Names and values in the order of the names.
    pub fn iter(&self) -> btree_map::Iter<'_, String, AttributeValue> {
        self.0.iter()
    }
}

impl<N: Into<String>, V: Into<AttributeValue>> FromIterator<(N, V)> for Item {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(attributes: I) -> Self {
        Self(attributes.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<N: Into<String>, V: Into<AttributeValue>> Extend<(N, V)> for Item {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, attributes: I) {
        self.0.extend(attributes.into_iter().map(|(name, value)| (name.into(), value.into())));
    }
}

impl IntoIterator for Item {
    type Item = (String, AttributeValue);
    type IntoIter = btree_map::IntoIter<String, AttributeValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Item {
    type Item = (&'a String, &'a AttributeValue);
    type IntoIter = btree_map::Iter<'a, String, AttributeValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

macro_rules! value_from {
    ($($from:ty => |$x:ident| $make:expr),* $(,)?) => { $(
        impl From<$from> for AttributeValue {
            fn from($x: $from) -> Self {
                $make
            }
        }
    )* };
}

value_from! {
    &str => |text| Self::S(text.to_owned()),
    String => |text| Self::S(text),
    Number => |number| Self::N(number),
    bool => |value| Self::Bool(value),
    Vec<u8> => |bytes| Self::B(bytes),
    &[u8] => |bytes| Self::B(bytes.to_vec()),
    Item => |item| Self::M(item),
    Vec<AttributeValue> => |list| Self::L(list),
    BTreeSet<String> => |set| Self::Ss(set),
    BTreeSet<Number> => |set| Self::Ns(set),
    BTreeSet<Vec<u8>> => |set| Self::Bs(set),
    i8 => |number| Self::N(number.into()),
    u8 => |number| Self::N(number.into()),
    i16 => |number| Self::N(number.into()),
    u16 => |number| Self::N(number.into()),
    i32 => |number| Self::N(number.into()),
    u32 => |number| Self::N(number.into()),
    i64 => |number| Self::N(number.into()),
    u64 => |number| Self::N(number.into()),
    isize => |number| Self::N(number.into()),
    usize => |number| Self::N(number.into()),
}
