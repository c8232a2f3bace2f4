//! For `#[serde(with = "dynacdc_record::as_number")]`: a field as `N`, exact in both directions or an error.
//!
//! It works for every type with exact conversions from and to [`Number`](crate::Number): with the features of those names
//! `rust_decimal::Decimal` and `bigdecimal::BigDecimal`, further all integers, and types of your own that implement
//! `TryFrom<NumberRef<'_>>` and have a `Number: TryFrom<Self>`. In other formats the number is a string.
//!
//! ```
//! use dynacdc_record::{Number, as_number, item, to_item};
//! # #[cfg(feature = "rust_decimal")] {
//! use rust_decimal::Decimal;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Line {
//!     #[serde(with = "as_number")]
//!     price: Decimal,
//!     #[serde(with = "as_number::option", default, skip_serializing_if = "Option::is_none")]
//!     discount: Option<Decimal>,
//! }
//!
//! let line = Line { price: Decimal::new(1990, 2), discount: None };
//! assert_eq!(to_item(&line)?, item! { "price" => Number::parse("19.90")? });
//! # }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::fmt::Display;

use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::set::Element;
use crate::typed::marker;
use crate::typed::number::NumberVisitor;
use crate::{Number, NumberRef};

/// Writes the value as a number.
///
/// # Errors
/// That of the conversion where DynamoDB does not hold the number, or that of the serializer.
pub fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Clone,
    Number: TryFrom<T, Error: Display>,
    S: Serializer,
{
    to_number(value).map_err(S::Error::custom)?.serialize(serializer)
}

/// Reads a number as the type of the field.
///
/// # Errors
/// That of the conversion where the type does not hold the number exactly, or that of the deserializer.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: for<'a> TryFrom<NumberRef<'a>, Error: Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_newtype_struct(marker::NUMBER, NumberVisitor::new())
}

pub(super) fn to_number<T>(value: &T) -> Result<Number, <Number as TryFrom<T>>::Error>
where
    T: Clone,
    Number: TryFrom<T>,
{
    Number::try_from(value.clone())
}

/// A value that is read as a number.
pub(super) struct AsNumber<T>(T);

impl<'de, T: for<'a> TryFrom<NumberRef<'a>, Error: Display>> Deserialize<'de> for AsNumber<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

impl<'de, T: for<'a> TryFrom<NumberRef<'a>, Error: Display>> Element<'de> for AsNumber<T> {
    type Inner = T;

    fn into_inner(self) -> T {
        self.0
    }
}

/// For `#[serde(with = "dynacdc_record::as_number::option")]`: an optional number, `NULL` where there is none.
///
/// Add `default` for an attribute that may be absent.
pub mod option {
    use std::fmt::Display;

    use serde::ser::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{AsNumber, to_number};
    use crate::{Number, NumberRef};

    /// Writes the value as a number, or null.
    ///
    /// # Errors
    /// As [`as_number::serialize`](super::serialize).
    pub fn serialize<T, S>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Clone,
        Number: TryFrom<T, Error: Display>,
        S: Serializer,
    {
        match value {
            Some(value) => serializer.serialize_some(&to_number(value).map_err(S::Error::custom)?),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a number or null.
    ///
    /// # Errors
    /// As [`as_number::deserialize`](super::deserialize).
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: for<'a> TryFrom<NumberRef<'a>, Error: Display>,
        D: Deserializer<'de>,
    {
        Ok(Option::<AsNumber<T>>::deserialize(deserializer)?.map(|AsNumber(value)| value))
    }
}
