//! Item keys: equality, order and hash in both forms, and the text form.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

#[path = "strategies/mod.rs"]
mod strategies;

use dynacdc_record::{
    ChangeRecord, EventName, Item, ItemError, ItemKey, KeyValue, Number, SequenceNumber, decode_record, item,
};
use proptest::prelude::*;
use std::{
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

fn record(key: &Item) -> ChangeRecord {
    ChangeRecord::builder(EventName::Insert, key.clone(), SequenceNumber::parse("1").unwrap()).build().unwrap()
}

/// A record whose key has its attributes in the other order than an [`Item`].
fn reversed(key: &Item) -> ChangeRecord {
    let json = record(key).to_json();
    let single = |name: &str| {
        let part: Item = [(name, key.get(name).unwrap().clone())].into_iter().collect();
        let json = record(&part).to_json();
        let (_, keys) = json.split_once(r#""Keys":{"#).unwrap();
        keys.rsplit_once(r#"},"SequenceNumber""#).unwrap().0.to_owned()
    };
    let parts: Vec<String> = key.iter().map(|(name, _)| single(name)).collect();
    let back: Vec<String> = parts.iter().rev().cloned().collect();
    decode_record(json.replacen(&parts.join(","), &back.join(","), 1)).unwrap()
}

fn hash(value: impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

fn item_key(item: &Item) -> ItemKey {
    ItemKey::try_from(item).unwrap()
}

#[test]
fn a_key_is_one_or_two_attributes_of_three_types() {
    for item in [
        item! {},
        item! { "a" => 1, "b" => 2, "c" => 3 },
        item! { "a" => true },
        item! { "a" => 1, "b" => item! {} },
        item! { "a" => dynacdc_record::AttributeValue::Null },
    ] {
        assert_eq!(ItemKey::try_from(&item), Err(ItemError::NotAKey), "{item:?}");
    }
}

#[test]
fn the_text_form_is_as_documented() {
    for (item, text) in [
        (item! { "pk" => "ORDER#1" }, "pk:S:ORDER#1"),
        (item! { "sk" => Number::parse("1.50").unwrap(), "pk" => "a|b:c%" }, "pk:S:a%7Cb%3Ac%25|sk:N:1.5"),
        (item! { "pk" => vec![0xfb_u8, 0xff] }, "pk:B:-_8"),
        (item! { "pk" => "", "a:b" => "\n\u{7f}\"\\é€ x" }, "a%3Ab:S:%0A%7F%22%5Cé€ x|pk:S:"),
        (item! { "n" => Number::parse("-1E+60").unwrap() }, "n:N:-1E+60"),
    ] {
        assert_eq!(item_key(&item).to_string(), text);
        assert_eq!(text.parse::<ItemKey>().unwrap(), item_key(&item));
    }
}

#[test]
fn text_that_no_key_has_is_refused() {
    for text in [
        "",
        "pk",
        "pk:S",
        "pk:X:1",
        "pk:S:a:b",
        "pk:S:a|",
        "a:S:1|b:S:2|c:S:3",
        "b:S:1|a:S:2",
        "a:S:1|a:S:2",
        "a:S:1|a:S:1",
        "pk:N:1.0",
        "pk:N:+1",
        "pk:N:x",
        "pk:N:",
        "pk:S:%23",
        "pk:S:%7c",
        "pk:S:%",
        "pk:S:%7",
        "pk:S:%+C",
        "pk:S:%C3%A9",
        "pk:S:a\"b",
        "pk:B:AA==",
        "pk:B:A/",
        "pk:B:AB",
    ] {
        assert!(text.parse::<ItemKey>().is_err(), "{text}");
    }
}

#[test]
fn notations_of_one_number_are_one_key() {
    let key = |text: &str| item_key(&item! { "n" => Number::parse(text).unwrap() });
    let keys: HashSet<ItemKey> = ["150", "1.5E2", "150.00", "+0150"].map(key).into();

    assert_eq!(keys.len(), 1);
    assert_ne!(key("150"), key("151"));
    assert_ne!(key("150"), item_key(&item! { "n" => "150" }));
}

#[test]
fn values_are_found_by_name() {
    let key = item_key(&item! { "pk" => "a", "sk" => 5 });

    assert_eq!(key.get("sk"), Some(&KeyValue::N(Number::from(5))));
    assert_eq!(key.get("x"), None);
    assert!(key.iter().map(|(name, _)| name).eq(["pk", "sk"]));
    assert_eq!(key.to_item(), item! { "sk" => 5, "pk" => "a" });
}

proptest! {
    #[test]
    fn the_text_form_reads_back(item in strategies::key_item()) {
        let key = item_key(&item);

        prop_assert_eq!(key.to_string().parse::<ItemKey>(), Ok(key.clone()));
        prop_assert_eq!(key.to_item(), item);
    }

    #[test]
    fn text_that_reads_back_is_the_text_of_its_key(text in "[ab:|SNB%0-9A-F]{0,12}") {
        if let Ok(key) = text.parse::<ItemKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn different_keys_have_different_texts(a in near_key(), b in near_key()) {
        prop_assert_eq!(a.to_string() == b.to_string(), a == b);
    }

    #[test]
    fn both_forms_compare_and_hash_alike(a in near_key(), b in near_key()) {
        let (ours, theirs) = (record(&a.to_item()), reversed(&b.to_item()));
        let (borrowed, other) = (ours.key(), theirs.key());

        prop_assert_eq!(borrowed.to_key(), a.clone());
        prop_assert_eq!(other.to_key(), b.clone());
        prop_assert_eq!(borrowed == other, a == b);
        prop_assert_eq!(borrowed.cmp(&other), a.cmp(&b));
        prop_assert_eq!(hash(borrowed), hash(&a));
        prop_assert_eq!(hash(other), hash(&b));
        prop_assert_eq!(other.to_string(), b.to_string());
        prop_assert_eq!(ours.item_key().cmp(&theirs.item_key()).is_eq(), a == b);
    }

    #[test]
    fn the_order_of_attributes_does_not_matter(item in strategies::key_item()) {
        let (record, reversed) = (record(&item), reversed(&item));

        prop_assert_eq!(record.item_key(), reversed.item_key());
        prop_assert_eq!(record.key(), reversed.key());
        prop_assert_eq!(hash(record.key()), hash(reversed.key()));
        if item.len() == 2 {
            let first = |record: &ChangeRecord| record.keys().iter().next().map(|(name, _)| name.to_owned());
            prop_assert_ne!(first(&record), first(&reversed));
        }
    }
}

/// Keys that are often equal or nearly so.
fn near_key() -> impl Strategy<Value = ItemKey> {
    let part = prop_oneof![
        "[a|:]{0,2}".prop_map(dynacdc_record::AttributeValue::S),
        "(1|1\\.0|10E-1|2)".prop_map(|text| Number::parse(&text).unwrap().into()),
        prop::collection::vec(0_u8..2, 0..2).prop_map(dynacdc_record::AttributeValue::B),
    ];
    prop::collection::btree_map("(a|b|\\||a:)", part, 1..3).prop_map(|map| item_key(&map.into_iter().collect()))
}
