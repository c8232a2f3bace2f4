//! From a type to an item.

mod collect;
mod key;
mod marked;

use serde::ser::{Serialize, Serializer};

use self::collect::{Attributes, Elements};
use super::marker::Marker;
use super::{WriteError, WriteErrorKind};
use crate::{AttributeValue, Item, Number};

/// Writes a struct or a map as an item.
///
/// What comes out reads back through [`from_image`](crate::from_image), whose table holds in this direction too, with
/// these additions.
///
/// - `None` and `()` are written as `NULL`. For an absent attribute say
///   `#[serde(skip_serializing_if = "Option::is_none")]`.
/// - Sequences are written as `L`, bytes in a `Vec<u8>` too, unless a `with` module says otherwise:
///   [`binary`](crate::binary), [`string_set`](crate::string_set), [`number_set`](crate::number_set),
///   [`binary_set`](crate::binary_set).
/// - Decimal types of other crates write themselves as strings, and so become `S`, unless
///   [`as_number`](crate::as_number) makes them `N`.
/// - Keys of maps are strings, characters, booleans, integers, numbers or variants without content, as their text.
///
/// ```
/// use dynacdc_record::{AttributeValue, item, to_item};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Order<'a> {
///     pk: &'a str,
///     lines: Vec<u32>,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     note: Option<&'a str>,
/// }
///
/// let order = to_item(&Order { pk: "A", lines: vec![7], note: None })?;
/// assert_eq!(order, item! { "pk" => "A", "lines" => vec![AttributeValue::from(7)] });
/// # Ok::<_, dynacdc_record::WriteError>(())
/// ```
///
/// # Errors
/// [`WriteError`], which names the attribute and what is wrong, and no value: floats, integers beyond 38 digits, empty
/// sets, keys without text, attributes written twice. Limits of size and depth are checked where a record is made.
pub fn to_item<T: Serialize + ?Sized>(value: &T) -> Result<Item, WriteError> {
    match to_value(value)? {
        AttributeValue::M(item) => Ok(item),
        other => Err(WriteErrorKind::NotAnItem { found: type_name(&other) }.into()),
    }
}

/// Writes any value as an attribute value, by the rules of [`to_item`].
///
/// # Errors
/// As [`to_item`].
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<AttributeValue, WriteError> {
    value.serialize(ValueSerializer)
}

const fn type_name(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "S",
        AttributeValue::N(_) => "N",
        AttributeValue::B(_) => "B",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::Null => "NULL",
        AttributeValue::Ss(_) => "SS",
        AttributeValue::Ns(_) => "NS",
        AttributeValue::Bs(_) => "BS",
        AttributeValue::L(_) => "L",
        AttributeValue::M(_) => "M",
    }
}

/// The one attribute of a variant with content.
fn of_variant(variant: &'static str, content: AttributeValue) -> AttributeValue {
    AttributeValue::M([(variant, content)].into_iter().collect())
}

struct ValueSerializer;

macro_rules! integers {
    ($($method:ident $integer:ty)*) => {$(
        fn $method(self, integer: $integer) -> Result<AttributeValue, WriteError> {
            Ok(AttributeValue::N(Number::from(integer)))
        }
    )*};
}

impl Serializer for ValueSerializer {
    type Ok = AttributeValue;
    type Error = WriteError;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Attributes;
    type SerializeStruct = Attributes;
    type SerializeStructVariant = Attributes;

    fn serialize_bool(self, value: bool) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::Bool(value))
    }

    integers! {
        serialize_i8 i8
        serialize_i16 i16
        serialize_i32 i32
        serialize_i64 i64
        serialize_u8 u8
        serialize_u16 u16
        serialize_u32 u32
        serialize_u64 u64
    }

    fn serialize_i128(self, integer: i128) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::N(Number::try_from(integer)?))
    }

    fn serialize_u128(self, integer: u128) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::N(Number::try_from(integer)?))
    }

    fn serialize_f32(self, _: f32) -> Result<AttributeValue, WriteError> {
        Err(WriteErrorKind::Float.into())
    }

    fn serialize_f64(self, _: f64) -> Result<AttributeValue, WriteError> {
        Err(WriteErrorKind::Float.into())
    }

    fn serialize_char(self, value: char) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::S(value.into()))
    }

    fn serialize_str(self, text: &str) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::S(text.to_owned()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::B(bytes.to_vec()))
    }

    fn serialize_none(self) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<AttributeValue, WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<AttributeValue, WriteError> {
        Ok(AttributeValue::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<AttributeValue, WriteError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<AttributeValue, WriteError> {
        let value = value.serialize(self)?;
        match Marker::of(name) {
            None => Ok(value),
            Some(marker) => marked::apply(marker, value),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<AttributeValue, WriteError> {
        let content = value.serialize(self).map_err(|e| e.under(variant))?;
        Ok(of_variant(variant, content))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements, WriteError> {
        Ok(Elements::new(length, None))
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements, WriteError> {
        Ok(Elements::new(Some(length), None))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements, WriteError> {
        Ok(Elements::new(Some(length), None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Elements, WriteError> {
        Ok(Elements::new(Some(length), Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Attributes, WriteError> {
        Ok(Attributes::new(None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Attributes, WriteError> {
        Ok(Attributes::new(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Attributes, WriteError> {
        Ok(Attributes::new(Some(variant)))
    }
}
