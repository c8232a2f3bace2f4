//! For `#[serde(with = "dynacdc_record::binary_set")]`: a collection of byte strings as `BS`.
//!
//! Elements are what [`binary`](crate::binary) takes, the collection anything that is built from and iterates over them:
//! `BTreeSet<Vec<u8>>`, `HashSet<[u8; 16]>`. In other formats it is a list. DynamoDB has no empty sets, so writing one is
//! an error; the example leaves the attribute out.
//!
//! ```
//! use std::collections::BTreeSet;
//!
//! use dynacdc_record::{binary_set, item, to_item};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Upload {
//!     #[serde(with = "binary_set", default, skip_serializing_if = "BTreeSet::is_empty")]
//!     parts: BTreeSet<Vec<u8>>,
//! }
//!
//! let parts = BTreeSet::from([vec![1, 2], vec![3]]);
//! assert_eq!(to_item(&Upload { parts: parts.clone() })?, item! { "parts" => parts });
//! # Ok::<_, dynacdc_record::WriteError>(())
//! ```

use serde::{Deserializer, Serializer};

use super::binary::Binary;
use super::set::{Collected, SetVisitor};
use crate::typed::marker;

/// Writes the collection as a set of byte strings.
///
/// # Errors
/// For an empty set, or an element that stands twice; or that of the serializer.
pub fn serialize<'s, T, E, S>(set: &'s T, serializer: S) -> Result<S::Ok, S::Error>
where
    &'s T: IntoIterator<Item = &'s E>,
    E: AsRef<[u8]> + 's,
    S: Serializer,
{
    let elements: Vec<_> = set.into_iter().map(Binary).collect();
    serializer.serialize_newtype_struct(marker::BINARY_SET, &elements)
}

/// Reads a set of byte strings; a list is an error.
///
/// # Errors
/// Where there is no set of byte strings, or the element type refuses one of them.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: IntoIterator + FromIterator<<T as IntoIterator>::Item>,
    T::Item: TryFrom<Vec<u8>>,
    D: Deserializer<'de>,
{
    let visitor = SetVisitor::<Collected<T, Binary<T::Item>>>::new("a set of byte strings (BS)");
    deserializer.deserialize_newtype_struct(marker::BINARY_SET, visitor).map(|set| set.collection)
}
