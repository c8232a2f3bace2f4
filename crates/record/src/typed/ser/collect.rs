//! Lists and maps while they are written.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::key::KeySerializer;
use super::{ValueSerializer, of_variant};
use crate::typed::{WriteError, WriteErrorKind};
use crate::{AttributeValue, Item};

/// A stated length is room asked for, and the statement may be anything.
const MOST_ROOM: usize = 1024;

pub(super) struct Elements {
    list: Vec<AttributeValue>,
    variant: Option<&'static str>,
}

impl Elements {
    pub(super) fn new(length: Option<usize>, variant: Option<&'static str>) -> Self {
        Self { list: Vec::with_capacity(length.unwrap_or(0).min(MOST_ROOM)), variant }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        let value = value.serialize(ValueSerializer).map_err(|e| {
            let e = e.under(self.list.len());
            self.variant.into_iter().fold(e, WriteError::under)
        })?;
        self.list.push(value);
        Ok(())
    }

    fn finish(self) -> AttributeValue {
        let list = AttributeValue::L(self.list);
        match self.variant {
            Some(variant) => of_variant(variant, list),
            None => list,
        }
    }
}

macro_rules! elements {
    ($($of:ident $method:ident)*) => {$(
        impl $of for Elements {
            type Ok = AttributeValue;
            type Error = WriteError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
                self.push(value)
            }

            fn end(self) -> Result<AttributeValue, WriteError> {
                Ok(self.finish())
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

pub(super) struct Attributes {
    item: Item,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl Attributes {
    pub(super) const fn new(variant: Option<&'static str>) -> Self {
        Self { item: Item::new(), key: None, variant }
    }

    fn insert<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), WriteError> {
        let value = match value.serialize(ValueSerializer) {
            Ok(value) => value,
            Err(e) => return Err(self.outside(e.under(name.as_str()))),
        };
        if self.item.contains(&name) {
            return Err(self.outside(WriteErrorKind::DuplicateAttribute { name: name.into() }.into()));
        }
        self.item.insert(name, value);
        Ok(())
    }

    fn outside(&self, e: WriteError) -> WriteError {
        self.variant.into_iter().fold(e, WriteError::under)
    }

    fn finish(self) -> AttributeValue {
        let item = AttributeValue::M(self.item);
        match self.variant {
            Some(variant) => of_variant(variant, item),
            None => item,
        }
    }
}

impl SerializeMap for Attributes {
    type Ok = AttributeValue;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        self.key = Some(key.serialize(KeySerializer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        let name = self.key.take().ok_or_else(|| WriteError::custom("a value was written before its key"))?;
        self.insert(name, value)
    }

    fn end(self) -> Result<AttributeValue, WriteError> {
        Ok(self.finish())
    }
}

macro_rules! fields {
    ($($of:ident)*) => {$(
        impl $of for Attributes {
            type Ok = AttributeValue;
            type Error = WriteError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), WriteError> {
                self.insert(name.to_owned(), value)
            }

            fn end(self) -> Result<AttributeValue, WriteError> {
                Ok(self.finish())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }
