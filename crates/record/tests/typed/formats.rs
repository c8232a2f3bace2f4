//! Our types in formats of others.

use dynacdc_record::{Number, SequenceNumber, as_number, binary, binary_set, lossy_f64, number_set, string_set};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct All {
    sequence: SequenceNumber,
    number: Number,
    #[serde(with = "as_number")]
    wide: u128,
    #[serde(with = "as_number::option")]
    none: Option<i8>,
    #[serde(with = "lossy_f64")]
    float: f64,
    #[serde(with = "binary")]
    bytes: Vec<u8>,
    #[serde(with = "string_set")]
    strings: BTreeSet<String>,
    #[serde(with = "number_set")]
    numbers: BTreeSet<u64>,
    #[serde(with = "binary_set")]
    blobs: BTreeSet<Vec<u8>>,
}

#[test]
fn json_has_numbers_as_strings_and_sets_as_lists() {
    let all = All {
        sequence: SequenceNumber::parse("000820400000000000001192334").unwrap(),
        number: Number::parse("1.50").unwrap(),
        wide: 10u128.pow(37),
        none: None,
        float: 0.1,
        bytes: vec![1, 2],
        strings: BTreeSet::from(["a".to_owned()]),
        numbers: BTreeSet::from([7]),
        blobs: BTreeSet::from([vec![3]]),
    };

    let json = serde_json::to_value(&all).unwrap();

    let expected = serde_json::json!({
        "sequence": "000820400000000000001192334",
        "number": "1.50",
        "wide": "10000000000000000000000000000000000000",
        "none": null,
        "float": "0.1",
        "bytes": [1, 2],
        "strings": ["a"],
        "numbers": ["7"],
        "blobs": [[3]],
    });
    assert_eq!(json, expected);
    let back: All = serde_json::from_value(json).unwrap();
    assert_eq!(back.sequence.as_str(), all.sequence.as_str());
    assert_eq!(back, all);
}

#[test]
fn an_integer_of_json_is_a_number_and_a_float_is_not() {
    assert_eq!(serde_json::from_str::<Number>("-5").unwrap(), Number::from(-5));
    assert!(serde_json::from_str::<Number>("1.5").is_err());
    assert!(serde_json::from_str::<Number>(r#""1,5""#).is_err());
    assert!(serde_json::from_str::<SequenceNumber>("5").is_err());
    assert!(serde_json::from_str::<SequenceNumber>(r#""-5""#).is_err());
}

proptest! {
    #[test]
    fn a_number_keeps_its_text_in_json(text in "-?[0-9]{1,19}[.][0-9]{1,19}") {
        let number = Number::parse(&text).unwrap();

        let back: Number = serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap();

        prop_assert_eq!(back.to_string(), text);
    }
}
