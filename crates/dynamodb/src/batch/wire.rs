//! How many bytes an operation has in the request. The limit of a `BatchWriteItem` is one of what goes over the network
//! ([AWS: BatchWriteItem][page]), and JSON may be many times the size of the item: a list of booleans has two bytes for each
//! in the table and fourteen here.
//!
//! [page]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html

use crate::{Operation, Write};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// Of the request beside its operations, and of an operation beside its attributes; each is a little more than needed.
pub(super) const REQUEST: usize = 80;
const OPERATION: usize = 40;

pub(super) fn bytes(operation: &Operation) -> usize {
    OPERATION
        + match &operation.write {
            Write::Put(item) => map(item),
            Write::Delete => map(&operation.sdk_key()),
        }
}

fn map(attributes: &HashMap<String, AttributeValue>) -> usize {
    2 + attributes.iter().map(|(name, inner)| text(name) + 2 + value(inner)).sum::<usize>()
}

/// With its type, such as `{"S":"..."}`.
fn value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(string) => 6 + text(string),
        AttributeValue::N(number) => 8 + number.len(),
        AttributeValue::B(blob) => 8 + base64(blob.as_ref()),
        AttributeValue::Ss(set) => 9 + set.iter().map(|string| text(string) + 1).sum::<usize>(),
        AttributeValue::Ns(set) => 9 + set.iter().map(|number| number.len() + 3).sum::<usize>(),
        AttributeValue::Bs(set) => 9 + set.iter().map(|blob| base64(blob.as_ref()) + 3).sum::<usize>(),
        AttributeValue::L(list) => 8 + list.iter().map(|inner| self::value(inner) + 1).sum::<usize>(),
        AttributeValue::M(attributes) => 6 + map(attributes),
        _ => 14,
    }
}

/// In quotes.
fn text(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}

const fn base64(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(3) * 4
}
