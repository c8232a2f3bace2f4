//! For `#[serde(with = "dynacdc_record::binary")]`: bytes as `B`, where serde would make a list of numbers of them.
//!
//! Written is everything that is `AsRef<[u8]>`, read everything that is made from a `Vec<u8>`: `Vec<u8>`, `Box<[u8]>`,
//! `[u8; 16]`. A borrowed `&[u8]` reads as it is, and takes `serialize_with = "dynacdc_record::binary::serialize"`. Other
//! formats make of bytes what they make of them; JSON has a list of numbers.
//!
//! ```
//! use dynacdc_record::{binary, item, to_item};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Upload {
//!     #[serde(with = "binary")]
//!     digest: [u8; 2],
//!     #[serde(with = "binary::option", default, skip_serializing_if = "Option::is_none")]
//!     thumbnail: Option<Vec<u8>>,
//! }
//!
//! let upload = Upload { digest: [1, 2], thumbnail: None };
//! assert_eq!(to_item(&upload)?, item! { "digest" => vec![1, 2] });
//! # Ok::<_, dynacdc_record::WriteError>(())
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::set::Element;

/// Writes the value as bytes.
///
/// # Errors
/// That of the serializer; items take all bytes.
pub fn serialize<T: AsRef<[u8]> + ?Sized, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(value.as_ref())
}

/// Reads bytes.
///
/// # Errors
/// Where there are no bytes, or the type refuses them, as an array does when the length is another.
pub fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_byte_buf(BytesVisitor(PhantomData))
}

/// A value that is read and written as bytes.
pub(super) struct Binary<T>(pub(super) T);

impl<T: AsRef<[u8]>> Serialize for Binary<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de, T: TryFrom<Vec<u8>>> Deserialize<'de> for Binary<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

impl<'de, T: TryFrom<Vec<u8>>> Element<'de> for Binary<T> {
    type Inner = T;

    fn into_inner(self) -> T {
        self.0
    }
}

struct BytesVisitor<T>(PhantomData<T>);

impl<'de, T: TryFrom<Vec<u8>>> Visitor<'de> for BytesVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes (B) that the type of the field accepts")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        self.visit_byte_buf(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<T, E> {
        // The error of the conversion may be the bytes themselves.
        T::try_from(bytes).map_err(|_| E::invalid_value(Unexpected::Bytes(&[]), &self))
    }

    /// How other formats write bytes that have none.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<T, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = elements.next_element()? {
            bytes.push(byte);
        }
        self.visit_byte_buf(bytes)
    }
}

/// For `#[serde(with = "dynacdc_record::binary::option")]`: optional bytes, `NULL` where there are none.
///
/// Add `default` for an attribute that may be absent.
pub mod option {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Binary;

    /// Writes the value as bytes, or null.
    ///
    /// # Errors
    /// As [`binary::serialize`](super::serialize).
    pub fn serialize<T: AsRef<[u8]>, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_some(&Binary(value)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads bytes or null.
    ///
    /// # Errors
    /// As [`binary::deserialize`](super::deserialize).
    pub fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Ok(Option::<Binary<T>>::deserialize(deserializer)?.map(|Binary(value)| value))
    }
}
