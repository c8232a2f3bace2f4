//! For `#[serde(with = "dynacdc_record::number_set")]`: a collection of numbers as `NS`.
//!
//! Elements are what [`as_number`](crate::as_number) takes, the collection anything that is built from and iterates over
//! them: `BTreeSet<Number>`, `HashSet<u64>`, `Vec<Decimal>`. In other formats it is a list of strings. DynamoDB has no
//! empty sets, so writing one is an error; the example leaves the attribute out.
//!
//! ```
//! use std::collections::BTreeSet;
//!
//! use dynacdc_record::{AttributeValue, Number, number_set, to_item};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Draw {
//!     #[serde(with = "number_set", default, skip_serializing_if = "Vec::is_empty")]
//!     numbers: Vec<u8>,
//! }
//!
//! let draw = to_item(&Draw { numbers: vec![7, 3] })?;
//! let numbers = BTreeSet::from([Number::from(3), Number::from(7)]);
//! assert_eq!(draw.get("numbers"), Some(&AttributeValue::Ns(numbers)));
//! # Ok::<_, dynacdc_record::WriteError>(())
//! ```

use std::fmt::Display;

use serde::ser::Error;
use serde::{Deserializer, Serializer};

use super::as_number::{AsNumber, to_number};
use super::set::{Collected, SetVisitor};
use crate::typed::marker;
use crate::{Number, NumberRef};

/// Writes the collection as a set of numbers.
///
/// # Errors
/// For an empty set, a number that DynamoDB does not hold, or one that stands twice (`1.0` and `1` are one); or that of
/// the serializer.
pub fn serialize<'s, T, E, S>(set: &'s T, serializer: S) -> Result<S::Ok, S::Error>
where
    &'s T: IntoIterator<Item = &'s E>,
    E: Clone + 's,
    Number: TryFrom<E, Error: Display>,
    S: Serializer,
{
    let numbers: Result<Vec<Number>, _> = set.into_iter().map(to_number).collect();
    serializer.serialize_newtype_struct(marker::NUMBER_SET, &numbers.map_err(S::Error::custom)?)
}

/// Reads a set of numbers; a list is an error.
///
/// # Errors
/// Where there is no set of numbers, or the element type does not hold one of them exactly.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: IntoIterator + FromIterator<<T as IntoIterator>::Item>,
    T::Item: for<'a> TryFrom<NumberRef<'a>, Error: Display>,
    D: Deserializer<'de>,
{
    let visitor = SetVisitor::<Collected<T, AsNumber<T::Item>>>::new("a set of numbers (NS)");
    deserializer.deserialize_newtype_struct(marker::NUMBER_SET, visitor).map(|set| set.collection)
}
