//! Names of newtype structs by which our own types and `with` modules tell our formats what they are.
//!
//! Serde has no other channel: a format of someone else sees a transparent newtype.

/// A number, carried as its text.
pub(super) const NUMBER: &str = "$dynacdc_record::N";
/// A set of strings, carried as a sequence.
pub(super) const STRING_SET: &str = "$dynacdc_record::SS";
/// A set of numbers, carried as a sequence.
pub(super) const NUMBER_SET: &str = "$dynacdc_record::NS";
/// A set of byte strings, carried as a sequence.
pub(super) const BINARY_SET: &str = "$dynacdc_record::BS";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Number,
    StringSet,
    NumberSet,
    BinarySet,
}

impl Marker {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            NUMBER => Some(Self::Number),
            STRING_SET => Some(Self::StringSet),
            NUMBER_SET => Some(Self::NumberSet),
            BINARY_SET => Some(Self::BinarySet),
            _ => None,
        }
    }

    /// The type tag as AWS writes it.
    pub(super) const fn type_name(self) -> &'static str {
        match self {
            Self::Number => "N",
            Self::StringSet => "SS",
            Self::NumberSet => "NS",
            Self::BinarySet => "BS",
        }
    }
}
