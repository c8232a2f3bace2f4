//! From an image to a type.

mod access;
mod key;
mod untyped;

use std::str::FromStr;

use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserializer, Visitor};

use self::access::{Attributes, Elements, OneVariant};
use super::marker::Marker;
use super::{ReadError, ReadErrorKind};
use crate::{Image, Map, NumberError, NumberRef, Value};

/// Reads an image as a type that implements serde's `Deserialize`.
///
/// | Rust | attribute |
/// |---|---|
/// | integers of all sizes | `N`, exact: `5.0` and `5E0` are 5, while `5.5` and 300 as `u8` are errors |
/// | [`Number`](crate::Number) | `N`, text kept |
/// | decimals | `N` through [`as_number`](crate::as_number); a `rust_decimal::Decimal` of up to 28 digits and places also as it is, unless it is whole and beyond 64 bits |
/// | `f32`, `f64` | refused; [`lossy_f64`](crate::lossy_f64) says yes to the loss |
/// | strings, `char` | `S`; `&str` borrows from the record |
/// | bytes | `B`: `&[u8]` borrows, [`binary`](crate::binary) copies |
/// | `bool` | `BOOL` |
/// | `Option` | None for `NULL` and for an absent attribute |
/// | `()`, unit structs | `NULL` |
/// | sequences, tuples | `L`, `SS`, `NS`, `BS` |
/// | maps, structs | `M`; attributes that a struct does not have are passed over |
/// | enums | `S` for a variant without content, otherwise an `M` of the variant's name and its content |
///
/// `rust_decimal::Decimal` without `as_number` takes an `S` as well, and rounds a text that is longer than it holds.
///
/// An empty string, list or map is neither null nor absent. A field with a `with` module needs `#[serde(default)]` to be
/// absent, as everywhere in serde.
///
/// # Buffered types
///
/// `flatten`, `untagged` and internally tagged enums make serde keep values in a buffer of its own, before the type that
/// they are for is known. The buffer has integers of 64 bits, texts, bytes, lists and maps. A number that is whole and
/// fits is put there as an integer, another one as its text where `rust_decimal` reads the text exactly (28 digits, 28
/// places), and the rest is an error, even under an attribute that the type goes on to ignore. Nothing is rounded. In
/// the buffer a set is a list, and a decimal is a text that a `String` takes too.
///
/// # Errors
/// [`ReadError`], which names the attribute and what is wrong, and no value.
pub fn from_image<'de, T: Deserialize<'de>>(image: Image<'de>) -> Result<T, ReadError> {
    T::deserialize(Value::M(image))
}

impl<'de> Map<'de> {
    /// Reads the map as a type, as [`from_image`] does.
    ///
    /// # Errors
    /// As [`from_image`].
    pub fn read<T: Deserialize<'de>>(self) -> Result<T, ReadError> {
        from_image(self)
    }
}

impl<'de> Value<'de> {
    /// Reads the value as a type, by the rules of [`from_image`].
    ///
    /// ```
    /// use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
    ///
    /// let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "A" }, SequenceNumber::parse("100")?)
    ///     .new_image(item! { "pk" => "A", "total" => 5 })
    ///     .build()?;
    /// let total = record.new_image().and_then(|image| image.get("total")).map(|total| total.read::<u8>()).transpose()?;
    /// assert_eq!(total, Some(5));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_image`]; the path starts at this value.
    pub fn read<T: Deserialize<'de>>(self) -> Result<T, ReadError> {
        T::deserialize(self).map_err(|e| e.of(self))
    }
}

/// The text as it is covers what DynamoDB sends; `5.0` and `5E0` take the exact way.
fn integer<'a, T>(number: NumberRef<'a>) -> Result<T, ReadError>
where
    T: FromStr + TryFrom<NumberRef<'a>, Error = NumberError>,
{
    match number.as_str().parse() {
        Ok(integer) => Ok(integer),
        Err(_) => Ok(T::try_from(number)?),
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            match self {
                Value::N(number) => visitor.$visit(integer(number)?),
                other => Err(ReadError::wrong_type(other, &visitor)),
            }
        }
    )*};
}

/// For whom `deserialize_a` and `deserialize_b` mean the same.
macro_rules! same {
    ($($method:ident = $other:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.$other(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::S(text) => visitor.visit_borrowed_str(text),
            Value::N(number) => untyped::visit(number, visitor),
            Value::B(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Null => visitor.visit_unit(),
            Value::Ss(_) | Value::Ns(_) | Value::Bs(_) | Value::L(_) => self.deserialize_seq(visitor),
            Value::M(_) => self.deserialize_map(visitor),
        }
    }

    integers! {
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::N(_) => Err(ReadErrorKind::Float.into()),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::Bool(value) => visitor.visit_bool(value),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::S(text) => visitor.visit_borrowed_str(text),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::B(bytes) => visitor.visit_borrowed_bytes(bytes),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    same! {
        deserialize_f32 = deserialize_f64
        deserialize_string = deserialize_str
        deserialize_char = deserialize_str
        deserialize_identifier = deserialize_str
        deserialize_byte_buf = deserialize_bytes
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::Null => visitor.visit_unit(),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match (Marker::of(name), self) {
            (Some(Marker::Number), Value::N(number)) => visitor.visit_borrowed_str(number.as_str()),
            (None, value)
            | (Some(Marker::StringSet), value @ Value::Ss(_))
            | (Some(Marker::NumberSet), value @ Value::Ns(_))
            | (Some(Marker::BinarySet), value @ Value::Bs(_)) => visitor.visit_newtype_struct(value),
            (Some(marker), other) => Err(ReadError::wrong_type(other, &marker.type_name())),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::L(list) => Elements::visit(list.iter(), visitor),
            Value::Ss(set) => Elements::visit(set.iter().map(Value::S), visitor),
            Value::Ns(set) => Elements::visit(set.iter().map(Value::N), visitor),
            Value::Bs(set) => Elements::visit(set.iter().map(Value::B), visitor),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Value::M(map) => Attributes::visit(map, visitor),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self {
            Value::S(variant) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            Value::M(map) => visitor.visit_enum(OneVariant::of(map)?),
            other => Err(ReadError::wrong_type(other, &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }
}

/// Something was left over that the type did not ask for.
#[cold]
fn left_over(length: usize, read: usize, what: &str) -> ReadError {
    serde::de::Error::invalid_length(length, &format!("{read} {what}").as_str())
}
