//! Random values, items and changes for property tests.
#![allow(dead_code, reason = "every test uses its own part of this module")]

mod change;

#[allow(unused_imports, reason = "not every test is about changes")]
pub(crate) use change::{Change, change, event_name, sequence_number, stream_arn};

use dynacdc_record::{AttributeValue, Item, Number};
use proptest::{
    collection::{btree_map, btree_set, vec},
    prelude::*,
};

/// Characters that are written with escapes, or part names and fields somewhere.
const SPECIAL: &[char] =
    &['"', '\\', '/', '\0', '\n', '\t', '\u{8}', '\u{1f}', '\u{7f}', '.', ':', '|', '%', '[', 'é', '€', '😀'];

/// Any text, with special characters more often than by chance.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let char = prop_oneof![3 => prop::char::range('a', 'f'), 1 => prop::sample::select(SPECIAL), 1 => any::<char>()];
    vec(char, 0..10).prop_map(String::from_iter)
}

/// Names of attributes: few, so that images share some, and now and then any text.
pub(crate) fn name() -> impl Strategy<Value = String> {
    prop_oneof![9 => prop::char::range('a', 'f').prop_map(String::from), 1 => text()]
}

/// Texts of numbers in all notations, within DynamoDB's limits.
pub(crate) fn number_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "-?[0-9]{1,4}",
        3 => "[-+]?[0-9]{1,20}\\.[0-9]{1,18}",
        3 => "-?[0-9]{1,10}(\\.[0-9]{1,10})?[eE][-+]?[0-9]{1,2}",
        1 => "[-+]?([0-9]{1,2}\\.|\\.[0-9]{1,2})",
    ]
}

pub(crate) fn number() -> impl Strategy<Value = Number> {
    number_text().prop_map(|text| Number::parse(&text).unwrap())
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..8)
}

/// A value without other values inside.
pub(crate) fn scalar() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        4 => text().prop_map(AttributeValue::S),
        3 => number().prop_map(AttributeValue::N),
        1 => bytes().prop_map(AttributeValue::B),
        1 => any::<bool>().prop_map(AttributeValue::Bool),
        1 => Just(AttributeValue::Null),
        1 => btree_set(text(), 1..4).prop_map(AttributeValue::Ss),
        1 => btree_set(number(), 1..4).prop_map(AttributeValue::Ns),
        1 => btree_set(bytes(), 1..4).prop_map(AttributeValue::Bs),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = AttributeValue> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(AttributeValue::L),
            btree_map(name(), inner, 0..5).prop_map(|map| AttributeValue::M(map.into_iter().collect())),
        ]
    })
}

/// An item, now and then with more attributes than are compared pairwise.
pub(crate) fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        8 => btree_map(name(), value(), 0..8),
        1 => btree_map("[a-z]{2}", scalar(), 20..30),
    ]
    .prop_map(|map| map.into_iter().collect())
}

/// The attributes of a key.
pub(crate) fn key_item() -> impl Strategy<Value = Item> {
    let part = prop_oneof![
        text().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        bytes().prop_map(AttributeValue::B),
    ];
    btree_map(name(), part, 1..3).prop_map(|map| map.into_iter().collect())
}
