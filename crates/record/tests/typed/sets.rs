use crate::{list, n, read};
use dynacdc_record::{AttributeValue, Number, binary_set, item, number_set, string_set, to_item};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
struct Sets {
    #[serde(with = "string_set", default, skip_serializing_if = "HashSet::is_empty")]
    strings: HashSet<String>,
    #[serde(with = "number_set", default, skip_serializing_if = "HashSet::is_empty")]
    decimals: HashSet<Decimal>,
    #[serde(with = "number_set", default, skip_serializing_if = "Vec::is_empty")]
    integers: Vec<i8>,
    #[serde(with = "binary_set", default, skip_serializing_if = "Vec::is_empty")]
    blobs: Vec<[u8; 2]>,
}

#[test]
fn sets_are_written_as_sets_and_read_back() {
    let sets = Sets {
        strings: HashSet::from(["b".to_owned(), "a".to_owned()]),
        decimals: HashSet::from([Decimal::new(15, 1), Decimal::new(-1, 28)]),
        integers: vec![-5, 7],
        blobs: vec![[1, 2], [3, 4]],
    };

    let written = to_item(&sets).unwrap();

    let numbers = |texts: [&str; 2]| AttributeValue::Ns(texts.map(|text| Number::parse(text).unwrap()).into());
    let expected = item! {
        "strings" => BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        "decimals" => numbers(["1.5", "-1E-28"]),
        "integers" => numbers(["7", "-5"]),
        "blobs" => BTreeSet::from([vec![1, 2], vec![3, 4]]),
    };
    assert_eq!(written, expected);
    assert_eq!(read::<Sets>(written).unwrap(), sets);
}

#[test]
fn an_absent_set_is_an_empty_collection() {
    assert_eq!(to_item(&Sets::default()).unwrap(), item! {});
    assert_eq!(read::<Sets>(item! {}).unwrap(), Sets::default());
}

#[test]
fn a_set_is_a_sequence_where_no_module_is_named() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Plain {
        strings: Vec<String>,
        numbers: BTreeSet<Number>,
    }

    let plain: Plain = read(item! {
        "strings" => BTreeSet::from(["a".to_owned()]),
        "numbers" => BTreeSet::from([Number::from(1)]),
    })
    .unwrap();

    assert_eq!(plain, Plain { strings: vec!["a".into()], numbers: [Number::from(1)].into() });
}

#[test]
fn other_types_are_no_sets() {
    for (name, value, message) in [
        ("strings", list(["a"]), "strings: found L, expected SS"),
        ("strings", BTreeSet::from([Number::from(1)]).into(), "strings: found NS, expected SS"),
        ("integers", n("5"), "integers: found N, expected NS"),
        ("integers", BTreeSet::from([Number::from(128)]).into(), "integers[0]: the number has no exact form as i8"),
        ("blobs", AttributeValue::Null, "blobs: found NULL, expected BS"),
    ] {
        let error = read::<Sets>(item! { name => value }).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let error = read::<Sets>(item! { "blobs" => BTreeSet::from([vec![1, 2], vec![3]]) }).unwrap_err();
    assert_eq!(error.to_string(), "blobs[1]: the value is not bytes (B) that the type of the field accepts");
}
