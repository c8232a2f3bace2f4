//! Attribute values of the two SDK crates, which are different types with the same variants.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue as TableValue};
use aws_sdk_dynamodbstreams::{primitives::Blob as StreamBlob, types::AttributeValue as StreamValue};
use thiserror::Error;

use crate::{AttributeValue, Item, Number, NumberError};

/// Why a value of the SDK is no attribute value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SdkValueError {
    /// A number that DynamoDB cannot hold.
    #[error("a number is not one of DynamoDB's")]
    Number(#[from] NumberError),
    /// A variant that the SDK itself does not know.
    #[error("the value is of a kind that the SDK does not know")]
    Unknown,
}

macro_rules! conversions {
    ($sdk:ident, $blob:ident) => {
        impl From<AttributeValue> for $sdk {
            fn from(value: AttributeValue) -> Self {
                match value {
                    AttributeValue::S(text) => Self::S(text),
                    AttributeValue::N(number) => Self::N(number.as_str().into_owned()),
                    AttributeValue::B(bytes) => Self::B($blob::new(bytes)),
                    AttributeValue::Bool(value) => Self::Bool(value),
                    AttributeValue::Null => Self::Null(true),
                    AttributeValue::Ss(set) => Self::Ss(set.into_iter().collect()),
                    AttributeValue::Ns(set) => {
                        Self::Ns(set.iter().map(|number| number.as_str().into_owned()).collect())
                    }
                    AttributeValue::Bs(set) => Self::Bs(set.into_iter().map($blob::new).collect()),
                    AttributeValue::L(list) => Self::L(list.into_iter().map(Self::from).collect()),
                    AttributeValue::M(item) => Self::M(item.into()),
                }
            }
        }

        impl From<Item> for HashMap<String, $sdk> {
            fn from(item: Item) -> Self {
                item.into_iter().map(|(name, value)| (name, value.into())).collect()
            }
        }

        /// Equal elements of a set become one; `Null(false)`, which DynamoDB never sends, becomes the null value.
        impl TryFrom<$sdk> for AttributeValue {
            type Error = SdkValueError;

            fn try_from(value: $sdk) -> Result<Self, SdkValueError> {
                Ok(match value {
                    $sdk::S(text) => Self::S(text),
                    $sdk::N(text) => Self::N(Number::parse(&text)?),
                    $sdk::B(blob) => Self::B(blob.into_inner()),
                    $sdk::Bool(value) => Self::Bool(value),
                    $sdk::Null(_) => Self::Null,
                    $sdk::Ss(set) => Self::Ss(set.into_iter().collect()),
                    $sdk::Ns(set) => {
                        Self::Ns(set.iter().map(|text| Number::parse(text)).collect::<Result<BTreeSet<_>, _>>()?)
                    }
                    $sdk::Bs(set) => Self::Bs(set.into_iter().map($blob::into_inner).collect()),
                    $sdk::L(list) => Self::L(list.into_iter().map(Self::try_from).collect::<Result<_, _>>()?),
                    $sdk::M(map) => Self::M(Item::try_from(map)?),
                    _ => return Err(SdkValueError::Unknown),
                })
            }
        }

        impl TryFrom<HashMap<String, $sdk>> for Item {
            type Error = SdkValueError;

            fn try_from(map: HashMap<String, $sdk>) -> Result<Self, SdkValueError> {
                map.into_iter().map(|(name, value)| Ok((name, AttributeValue::try_from(value)?))).collect()
            }
        }
    };
}

conversions!(TableValue, Blob);
conversions!(StreamValue, StreamBlob);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item;

    fn everything() -> Item {
        item! {
            "s" => "text",
            "n" => Number::parse("12345678901234567890123456789012345678").unwrap(),
            "b" => vec![0, 255],
            "bool" => true,
            "null" => AttributeValue::Null,
            "ss" => BTreeSet::from(["b".to_owned(), "a".to_owned()]),
            "ns" => BTreeSet::from([Number::from(2_u64), Number::parse("1.50").unwrap()]),
            "bs" => BTreeSet::from([vec![1], vec![]]),
            "l" => vec![AttributeValue::Null, AttributeValue::from("x")],
            "m" => item! { "deep" => item! { "er" => false } },
        }
    }

    #[test]
    fn an_item_survives_both_sdk_types() {
        let table = HashMap::<String, TableValue>::from(everything());
        assert_eq!(table["b"], TableValue::B(Blob::new([0, 255])));
        assert_eq!(table["null"], TableValue::Null(true));
        assert_eq!(Item::try_from(table).unwrap(), everything());
        let stream = HashMap::<String, StreamValue>::from(everything());
        assert_eq!(Item::try_from(stream).unwrap(), everything());
    }

    #[test]
    fn the_text_of_a_number_is_kept() {
        let value = TableValue::N("1.50".to_owned());
        let number = AttributeValue::try_from(value.clone()).unwrap();
        assert_eq!(TableValue::from(number), value);
    }

    #[test]
    fn what_is_no_number_is_refused_at_any_depth() {
        let bad = TableValue::L(vec![TableValue::Ns(vec!["1".to_owned(), "x".to_owned()])]);
        assert!(matches!(AttributeValue::try_from(bad), Err(SdkValueError::Number(_))));
    }
}
