use serde::ser::{Impossible, Serialize, Serializer};

use crate::typed::{WriteError, WriteErrorKind};

/// Writes the key of a map as the name of an attribute.
pub(super) struct KeySerializer;

macro_rules! as_text {
    ($($method:ident $of:ty)*) => {$(
        fn $method(self, key: $of) -> Result<String, WriteError> {
            Ok(key.to_string())
        }
    )*};
}

fn refused<T>(found: &'static str) -> Result<T, WriteError> {
    Err(WriteErrorKind::Key { found }.into())
}

impl Serializer for KeySerializer {
    type Ok = String;
    type Error = WriteError;
    type SerializeSeq = Impossible<String, WriteError>;
    type SerializeTuple = Impossible<String, WriteError>;
    type SerializeTupleStruct = Impossible<String, WriteError>;
    type SerializeTupleVariant = Impossible<String, WriteError>;
    type SerializeMap = Impossible<String, WriteError>;
    type SerializeStruct = Impossible<String, WriteError>;
    type SerializeStructVariant = Impossible<String, WriteError>;

    as_text! {
        serialize_str &str
        serialize_char char
        serialize_bool bool
        serialize_i8 i8
        serialize_i16 i16
        serialize_i32 i32
        serialize_i64 i64
        serialize_i128 i128
        serialize_u8 u8
        serialize_u16 u16
        serialize_u32 u32
        serialize_u64 u64
        serialize_u128 u128
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<String, WriteError> {
        Ok(variant.to_owned())
    }

    /// A [`Number`](crate::Number) is one of its text.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, key: &T) -> Result<String, WriteError> {
        key.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Result<String, WriteError> {
        key.serialize(self)
    }

    fn serialize_f32(self, _: f32) -> Result<String, WriteError> {
        refused("a float")
    }

    fn serialize_f64(self, _: f64) -> Result<String, WriteError> {
        refused("a float")
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<String, WriteError> {
        refused("bytes")
    }

    fn serialize_none(self) -> Result<String, WriteError> {
        refused("null")
    }

    fn serialize_unit(self) -> Result<String, WriteError> {
        refused("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<String, WriteError> {
        refused("null")
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, WriteError> {
        refused("a variant with content")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, WriteError> {
        refused("a list")
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, WriteError> {
        refused("a list")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, WriteError> {
        refused("a list")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, WriteError> {
        refused("a variant with content")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, WriteError> {
        refused("a map")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, WriteError> {
        refused("a map")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, WriteError> {
        refused("a variant with content")
    }
}
