//! Borrowed views of an image's values.

mod list;
mod map;
mod set;

pub use list::{List, ListIter};
pub use map::{Image, Map, MapIter};
pub use set::{BinarySet, NumberSet, SetIter, StringSet};

use crate::{
    NumberRef,
    tape::{Node, Tag, Tape},
};

/// One attribute value of an image, borrowed from its record.
///
/// Two values are equal when they mean the same: numbers by value (`1.50` equals `1.5`), sets and maps whatever
/// their order, lists element by element.
///
/// The ten types are those of the [naming rules and data types] page of the DynamoDB developer guide.
///
/// [naming rules and data types]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A string; may be empty.
    S(&'a str),
    /// A number of up to 38 digits, as text and as exact value.
    N(NumberRef<'a>),
    /// Bytes; may be empty.
    B(&'a [u8]),
    /// A boolean.
    Bool(bool),
    /// The null value: an attribute that is there and has no value.
    Null,
    /// A set of strings, never empty.
    Ss(StringSet<'a>),
    /// A set of numbers, never empty.
    Ns(NumberSet<'a>),
    /// A set of byte strings, never empty.
    Bs(BinarySet<'a>),
    /// A list; may be empty.
    L(List<'a>),
    /// A map; may be empty.
    M(Map<'a>),
}

impl<'a> Value<'a> {
    #[inline]
    pub(crate) fn of(tape: &'a Tape, node: &Node) -> Self {
        match node.tag() {
            Tag::S => Self::S(tape.str(node.span())),
            Tag::N => Self::N(NumberRef::trusted(tape.str(node.span()))),
            Tag::B => Self::B(tape.bytes(node.span())),
            Tag::True => Self::Bool(true),
            Tag::False => Self::Bool(false),
            Tag::Null => Self::Null,
            Tag::Ss => Self::Ss(StringSet::new(tape, node.run())),
            Tag::Ns => Self::Ns(NumberSet::new(tape, node.run())),
            Tag::Bs => Self::Bs(BinarySet::new(tape, node.run())),
            Tag::L => Self::L(List::new(tape, node.run())),
            Tag::M => Self::M(Map::new(tape, node.run())),
        }
    }

    /// The type tag as AWS writes it: `S`, `N`, `B`, `BOOL`, `NULL`, `SS`, `NS`, `BS`, `L` or `M`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
            Self::L(_) => "L",
            Self::M(_) => "M",
        }
    }

    /// The string, if it is one.
    pub const fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub const fn as_number(&self) -> Option<NumberRef<'a>> {
        match self {
            Self::N(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes, if it is a binary value.
    pub const fn as_bytes(&self) -> Option<&'a [u8]> {
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
    pub const fn as_list(&self) -> Option<List<'a>> {
        match self {
            Self::L(list) => Some(*list),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub const fn as_map(&self) -> Option<Map<'a>> {
        match self {
            Self::M(map) => Some(*map),
            _ => None,
        }
    }
}
