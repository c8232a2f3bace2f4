//! For `#[serde(with = "dynacdc_record::string_set")]`: a collection of strings as `SS`.
//!
//! Any collection that serde knows as a sequence of strings: `BTreeSet<String>`, `HashSet<&str>`, `Vec<String>`. In other
//! formats it is a list. DynamoDB has no empty sets, so writing one is an error; the example leaves the attribute out.
//!
//! ```
//! use std::collections::BTreeSet;
//!
//! use dynacdc_record::{item, string_set, to_item};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Article {
//!     #[serde(with = "string_set", default, skip_serializing_if = "BTreeSet::is_empty")]
//!     tags: BTreeSet<String>,
//! }
//!
//! let tags = BTreeSet::from(["new".to_owned()]);
//! assert_eq!(to_item(&Article { tags: tags.clone() })?, item! { "tags" => tags });
//! assert_eq!(to_item(&Article { tags: BTreeSet::new() })?, item! {});
//! # Ok::<_, dynacdc_record::WriteError>(())
//! ```

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::set::SetVisitor;
use crate::typed::marker;

/// Writes the collection as a set of strings.
///
/// # Errors
/// For an empty set, an element that is no string or stands twice; or that of the serializer.
pub fn serialize<T: Serialize + ?Sized, S: Serializer>(set: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(marker::STRING_SET, set)
}

/// Reads a set of strings; a list is an error.
///
/// # Errors
/// Where there is no set of strings.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(marker::STRING_SET, SetVisitor::new("a set of strings (SS)"))
}
