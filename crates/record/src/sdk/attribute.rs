//! Attribute values of the two SDK crates, which are different types with the same variants: one macro serves both.

use super::{
    SdkValueError,
    error::{fault, null, number},
};
use crate::{
    AttributeValue, DecodeErrorKind, Image, Item, Number, Value,
    decode::{Parsed, Under},
    item::MAX_DEPTH,
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue as TableValue};
use aws_sdk_dynamodbstreams::types::AttributeValue as StreamValue;
use std::collections::{BTreeSet, HashMap};

macro_rules! conversions {
    ($sdk:ident) => {
        /// Numbers keep their text.
        impl From<AttributeValue> for $sdk {
            fn from(value: AttributeValue) -> Self {
                match value {
                    AttributeValue::S(text) => Self::S(text),
                    AttributeValue::N(number) => Self::N(number.as_str().into_owned()),
                    AttributeValue::B(bytes) => Self::B(Blob::new(bytes)),
                    AttributeValue::Bool(value) => Self::Bool(value),
                    AttributeValue::Null => Self::Null(true),
                    AttributeValue::Ss(set) => Self::Ss(set.into_iter().collect()),
                    AttributeValue::Ns(set) => Self::Ns(set.iter().map(|n| n.as_str().into_owned()).collect()),
                    AttributeValue::Bs(set) => Self::Bs(set.into_iter().map(Blob::new).collect()),
                    AttributeValue::L(list) => Self::L(list.into_iter().map(Self::from).collect()),
                    AttributeValue::M(item) => Self::M(item.into()),
                }
            }
        }

        /// Numbers keep their text.
        impl From<Value<'_>> for $sdk {
            fn from(value: Value<'_>) -> Self {
                match value {
                    Value::S(text) => Self::S(text.to_owned()),
                    Value::N(number) => Self::N(number.as_str().to_owned()),
                    Value::B(bytes) => Self::B(Blob::new(bytes)),
                    Value::Bool(value) => Self::Bool(value),
                    Value::Null => Self::Null(true),
                    Value::Ss(set) => Self::Ss(set.iter().map(str::to_owned).collect()),
                    Value::Ns(set) => Self::Ns(set.iter().map(|n| n.as_str().to_owned()).collect()),
                    Value::Bs(set) => Self::Bs(set.iter().map(Blob::new).collect()),
                    Value::L(list) => Self::L(list.iter().map(Self::from).collect()),
                    Value::M(map) => Self::M(map.into()),
                }
            }
        }

        impl From<Item> for HashMap<String, $sdk> {
            fn from(item: Item) -> Self {
                item.into_iter().map(|(name, value)| (name, value.into())).collect()
            }
        }

        impl From<Image<'_>> for HashMap<String, $sdk> {
            fn from(image: Image<'_>) -> Self {
                image.iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
            }
        }

        impl Read for $sdk {
            fn read(self, depth: usize) -> Parsed<AttributeValue> {
                if depth >= MAX_DEPTH && matches!(self, Self::L(_) | Self::M(_)) {
                    return fault(DecodeErrorKind::TooDeep(MAX_DEPTH));
                }
                Ok(match self {
                    Self::S(text) => AttributeValue::S(text),
                    Self::N(text) => AttributeValue::N(number(Number::parse(&text))?),
                    Self::B(blob) => AttributeValue::B(blob.into_inner()),
                    Self::Bool(value) => AttributeValue::Bool(value),
                    Self::Null(is_null) => null(is_null).map(|()| AttributeValue::Null)?,
                    Self::Ss(texts) => AttributeValue::Ss(set(texts, Ok)?),
                    Self::Ns(texts) => AttributeValue::Ns(set(texts, |text| number(Number::parse(&text)))?),
                    Self::Bs(blobs) => AttributeValue::Bs(set(blobs, |blob| Ok(blob.into_inner()))?),
                    Self::L(list) => AttributeValue::L(each(list, |element| element.read(depth + 1))?),
                    Self::M(map) => AttributeValue::M(item(map, depth + 1)?),
                    _ => return fault(DecodeErrorKind::UnknownType),
                })
            }
        }

        /// Numbers keep their text; equal elements of a set become one.
        impl TryFrom<$sdk> for AttributeValue {
            type Error = SdkValueError;

            fn try_from(value: $sdk) -> Result<Self, SdkValueError> {
                Ok(value.read(0)?)
            }
        }

        impl TryFrom<HashMap<String, $sdk>> for Item {
            type Error = SdkValueError;

            fn try_from(attributes: HashMap<String, $sdk>) -> Result<Self, SdkValueError> {
                Ok(item(attributes, 0)?)
            }
        }
    };
}

conversions!(TableValue);
conversions!(StreamValue);

/// A value of the SDK that may not be one of ours.
trait Read {
    /// `depth` counts the maps and lists around it.
    fn read(self, depth: usize) -> Parsed<AttributeValue>;
}

fn item<V: Read>(attributes: HashMap<String, V>, depth: usize) -> Parsed<Item> {
    let read = |(name, value): (String, V)| match value.read(depth) {
        Ok(value) => Ok((name, value)),
        Err(fault) => Err(fault).under(name.as_str()),
    };
    attributes.into_iter().map(read).collect()
}

fn set<E, T: Ord>(elements: Vec<E>, read: impl Fn(E) -> Parsed<T>) -> Parsed<BTreeSet<T>> {
    if elements.is_empty() { fault(DecodeErrorKind::EmptySet) } else { each(elements, read) }
}

fn each<E, T, C: FromIterator<T>>(elements: Vec<E>, read: impl Fn(E) -> Parsed<T>) -> Parsed<C> {
    elements.into_iter().enumerate().map(|(i, element)| read(element).under(i)).collect()
}
