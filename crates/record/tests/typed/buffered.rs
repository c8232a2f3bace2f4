//! What `flatten`, `untagged` and internal tags make of values, since serde keeps them in a buffer of its own.

use crate::{list, n, read};
use dynacdc_record::{Number, ReadErrorKind, as_number, item, to_item};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    pk: String,
    #[serde(with = "as_number")]
    exact: Number,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Rest {
    count: u64,
    delta: i8,
    price: Number,
    #[serde(with = "as_number")]
    tax: Decimal,
    name: Option<String>,
    tags: Vec<String>,
}

fn order() -> Order {
    Order {
        pk: "A".into(),
        // A field of the struct itself is not buffered.
        exact: Number::parse("0.12345678901234567890123456789012345678").unwrap(),
        rest: Rest {
            count: u64::MAX,
            delta: -7,
            price: Number::parse("1.50").unwrap(),
            tax: Decimal::new(1, 28),
            name: None,
            tags: vec!["x".into()],
        },
    }
}

#[test]
fn flattened_structs_are_exact_within_64_bits_and_28_digits() {
    let written = to_item(&order()).unwrap();

    assert_eq!(written.get("price"), Some(&n("1.50")));
    assert_eq!(written.get("tax"), Some(&n("1E-28")));
    assert_eq!(read::<Order>(written).unwrap(), order());
}

#[test]
fn a_number_that_the_buffer_cannot_hold_fails_and_is_never_rounded() {
    for (text, kind) in [
        ("0.12345678901234567890123456789", Some(ReadErrorKind::Untyped)),
        ("1E-29", Some(ReadErrorKind::Untyped)),
        ("1E+50", Some(ReadErrorKind::Untyped)),
        // Serde's buffer has no integers of 128 bits, and says so itself.
        ("18446744073709551616", None),
        ("-9223372036854775809", None),
    ] {
        let mut written = to_item(&order()).unwrap();
        written.insert("ignored", n(text));

        let error = read::<Order>(written).unwrap_err();

        assert_eq!(error.path().to_string(), "ignored", "{text}");
        assert!(kind.is_none_or(|kind| *error.kind() == kind), "{text}: {error}");
        assert!(!error.to_string().contains(text), "{error}");
    }
}

#[test]
fn the_rest_of_an_item_can_be_flattened_into_a_map() {
    #[derive(Debug, Deserialize)]
    struct Prices {
        pk: String,
        #[serde(flatten)]
        prices: BTreeMap<String, Number>,
    }

    let prices: Prices = read(item! { "pk" => "A", "apple" => n("1.50"), "pear" => 2 }).unwrap();

    assert_eq!(prices.pk, "A");
    assert_eq!(prices.prices["apple"].to_string(), "1.50");
    assert_eq!(prices.prices["pear"], Number::from(2));
}

#[test]
fn untagged_enums_take_integers_as_integers_and_decimals_as_numbers() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Amount {
        Whole(u32),
        Exact(Number),
        Flag(bool),
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Amounts {
        amounts: Vec<Amount>,
    }
    let amounts = Amounts {
        amounts: vec![
            Amount::Whole(5),
            Amount::Exact(Number::parse("-5").unwrap()),
            Amount::Exact(Number::parse("0.5").unwrap()),
            Amount::Flag(true),
        ],
    };

    assert_eq!(read::<Amounts>(to_item(&amounts).unwrap()).unwrap(), amounts);
}

#[test]
fn in_the_buffer_a_decimal_is_a_text() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Text(String),
    }

    let loose: BTreeMap<String, Loose> = read(item! { "a" => n("1.5") }).unwrap();

    assert_eq!(loose["a"], Loose::Text("1.5".into()));
}

#[test]
fn internally_and_adjacently_tagged_enums_go_there_and_back() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum Event {
        Paid { amount: Number, note: Option<String> },
        Shipped { parcels: u8 },
        Closed,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        One(i64),
        Two(u8, String),
    }
    for event in [
        Event::Paid { amount: Number::parse("-19.90").unwrap(), note: None },
        Event::Shipped { parcels: 3 },
        Event::Closed,
    ] {
        let written = to_item(&event).unwrap();
        assert!(written.get("type").is_some_and(|tag| tag.as_str().is_some()));
        assert_eq!(read::<Event>(written).unwrap(), event);
    }
    // Names are sorted in an item, so that `c` comes before `t` and is buffered.
    for event in [Adjacent::One(7), Adjacent::Two(1, "x".into())] {
        assert_eq!(read::<Adjacent>(to_item(&event).unwrap()).unwrap(), event);
    }
}

#[test]
fn values_of_json_take_integers_as_they_are_and_decimals_as_text() {
    let value: serde_json::Value = read(item! { "a" => n("5.0"), "b" => n("-0.10"), "c" => list([n("1")]) }).unwrap();

    assert_eq!(value, serde_json::json!({ "a": 5, "b": "-0.10", "c": [1] }));
}
