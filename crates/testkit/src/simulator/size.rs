//! Sizes as DynamoDB counts them, to the byte or two: a record's `SizeBytes` is that of its keys and images.

use dynacdc_record::{AttributeValue, Item, Number};

pub(super) fn of_item(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + of_value(value)).sum()
}

fn of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => of_number(number),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::Bool(_) | AttributeValue::Null => 1,
        AttributeValue::Ss(set) => set.iter().map(String::len).sum(),
        AttributeValue::Ns(set) => set.iter().map(of_number).sum(),
        AttributeValue::Bs(set) => set.iter().map(Vec::len).sum(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + of_value(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + of_item(map),
    }
}

/// Two digits take a byte, and one goes to sign and exponent.
fn of_number(number: &Number) -> usize {
    number.as_str().len() / 2 + 2
}
