//! Maps, sequences and enums, step by step.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::key::Key;
use super::left_over;
use crate::typed::{ReadError, ReadErrorKind};
use crate::{Map, MapIter, Value};

/// The attributes of a map in the order of the image: one walk, no lookups.
pub(super) struct Attributes<'de> {
    rest: MapIter<'de>,
    current: Option<(&'de str, Value<'de>)>,
}

impl<'de> Attributes<'de> {
    pub(super) fn visit<V: Visitor<'de>>(map: Map<'de>, visitor: V) -> Result<V::Value, ReadError> {
        let mut attributes = Self { rest: map.iter(), current: None };
        let value = visitor.visit_map(&mut attributes)?;
        match attributes.rest.len() {
            0 => Ok(value),
            left => Err(left_over(map.len(), map.len() - left, "attributes")),
        }
    }
}

impl<'de> MapAccess<'de> for &mut Attributes<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        self.current = self.rest.next();
        let Some((name, _)) = self.current else {
            return Ok(None);
        };
        seed.deserialize(Key(name)).map(Some).map_err(|e| match e.kind() {
            // It says the name itself, and is about the map.
            ReadErrorKind::Unknown { .. } => e,
            _ => e.under(name),
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some((name, value)) = self.current.take() else {
            return Err(Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(value).map_err(|e| e.at(name, value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The elements of a list or of a set.
pub(super) struct Elements<I> {
    rest: I,
    length: usize,
}

impl<'de, I: ExactSizeIterator<Item = Value<'de>>> Elements<I> {
    pub(super) fn visit<V: Visitor<'de>>(values: I, visitor: V) -> Result<V::Value, ReadError> {
        let length = values.len();
        let mut elements = Self { rest: values, length };
        let value = visitor.visit_seq(&mut elements)?;
        match elements.rest.len() {
            0 => Ok(value),
            left => Err(left_over(length, length - left, "elements")),
        }
    }
}

impl<'de, I: ExactSizeIterator<Item = Value<'de>>> SeqAccess<'de> for &mut Elements<I> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let Some(value) = self.rest.next() else {
            return Ok(None);
        };
        seed.deserialize(value).map(Some).map_err(|e| e.at(self.length - self.rest.len() - 1, value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A variant with content: the one attribute of a map.
pub(super) struct OneVariant<'de> {
    name: &'de str,
    content: Value<'de>,
}

impl<'de> OneVariant<'de> {
    pub(super) fn of(map: Map<'de>) -> Result<Self, ReadError> {
        let mut attributes = map.iter();
        match (attributes.next(), attributes.len()) {
            (Some((name, content)), 0) => Ok(Self { name, content }),
            _ => Err(Error::invalid_length(map.len(), &"one attribute, named as a variant of the enum")),
        }
    }

    fn read<T>(self, read: impl FnOnce(Value<'de>) -> Result<T, ReadError>) -> Result<T, ReadError> {
        read(self.content).map_err(|e| e.at(self.name, self.content))
    }
}

impl<'de> EnumAccess<'de> for OneVariant<'de> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        Ok((seed.deserialize(Key(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for OneVariant<'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        self.read(|content| match content {
            Value::Null => Ok(()),
            other => Err(ReadError::wrong_type(other, &"NULL, since the variant has no content")),
        })
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        self.read(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.read(|content| content.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, ReadError> {
        self.read(|content| content.deserialize_map(visitor))
    }
}
