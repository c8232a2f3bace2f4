use std::fmt::{self, Display};
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::marker;
use crate::{Number, NumberRef};

/// In an item as `N`, in every other format as a string, because their numbers lose digits.
impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(marker::NUMBER, &*self.as_str())
    }
}

/// From the `N` of an image, text kept. From other formats: a string or, where the format tells integers, an integer; a
/// float is refused. (A format that guesses types from text, such as CSV, guesses floats.)
impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(marker::NUMBER, NumberVisitor::new())
    }
}

/// Reads a number as anything that has an exact conversion from one.
pub(super) struct NumberVisitor<T>(PhantomData<T>);

impl<T> NumberVisitor<T> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T> Visitor<'de> for NumberVisitor<T>
where
    T: for<'a> TryFrom<NumberRef<'a>, Error: Display>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number (N)")
    }

    /// Where the format is not ours, or a value has been buffered by serde, which knows integers and texts.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_str(self)
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::try_from(NumberRef::parse(text).map_err(E::custom)?).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<T, E> {
        self.visit_str(&integer.to_string())
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<T, E> {
        self.visit_str(&integer.to_string())
    }

    fn visit_u128<E: Error>(self, integer: u128) -> Result<T, E> {
        self.visit_str(&integer.to_string())
    }

    fn visit_i128<E: Error>(self, integer: i128) -> Result<T, E> {
        self.visit_str(&integer.to_string())
    }
}
