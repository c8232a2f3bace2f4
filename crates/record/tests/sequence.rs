//! Sequence numbers against `BigUint` as the model.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use dynacdc_record::{SequenceNumber, SequenceNumberError};
use num_bigint::BigUint;
use proptest::prelude::*;

fn sequence(text: &str) -> SequenceNumber {
    SequenceNumber::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn hash(value: impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

/// Lengths of AWS, short ones of test events, and padded ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{21,40}", "[1-9][0-9]{16,24}", "[0-9]{1,5}", "0{0,20}[0-9]{1,20}", "9{1,40}", "10{0,39}"]
}

/// Two numbers that often agree in length and in many leading digits.
fn pair() -> impl Strategy<Value = (String, String)> {
    let near = (text(), 0..40usize, "[0-9]").prop_map(|(a, at, digit)| {
        let mut b = a.clone();
        let at = at % b.len();
        b.replace_range(at..=at, &digit);
        (a, b)
    });
    prop_oneof![near, (text(), text())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn order_equality_and_hash_are_numeric((a, b) in pair()) {
        let expected = a.parse::<BigUint>().unwrap().cmp(&b.parse().unwrap());
        let (a, b) = (sequence(&a), sequence(&b));
        prop_assert_eq!(a.cmp(&b), expected);
        prop_assert_eq!(a == b, expected.is_eq());
        prop_assert_eq!(a.padded().cmp(&b.padded()), expected);
        if expected.is_eq() {
            prop_assert_eq!(hash(a), hash(b));
        }
    }

    #[test]
    fn the_packed_version_never_falls((a, b) in pair()) {
        let (low, high) = if sequence(&a) <= sequence(&b) { (a, b) } else { (b, a) };
        let (low, high) = (sequence(&low), sequence(&high));
        prop_assert!(low.packed_version() > 0);
        prop_assert!(low.packed_version() <= high.packed_version());
        // It ties only where length and first 17 digits agree.
        let head = |number: SequenceNumber| {
            let text = number.significant().to_owned();
            (text.len(), text[..text.len().min(17)].to_owned())
        };
        prop_assert_eq!(low.packed_version() == high.packed_version(), head(low) == head(high));
    }

    #[test]
    fn the_text_is_kept(text in text()) {
        let number = sequence(&text);
        prop_assert_eq!(number.as_str(), text.as_str());
        prop_assert_eq!(number.to_string(), text.as_str());
        prop_assert_eq!(number.significant(), text.parse::<BigUint>().unwrap().to_string());
        prop_assert_eq!(number.padded().len(), 40);
        prop_assert_eq!(sequence(&number.padded()), number);
    }

    #[test]
    fn anything_else_is_refused(text in "[0-9]{0,3}[^0-9][0-9]{0,3}") {
        let at = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap();
        prop_assert_eq!(SequenceNumber::parse(&text), Err(SequenceNumberError::NotADigit { at }));
    }
}

#[test]
fn the_samples_of_the_describe_stream_page_are_in_order() {
    // As text, the third would come first.
    let samples = [
        "20500000000000000910398",
        "820400000000000001192334",
        "1683700000000000001135967",
        "2574600000000000000935255",
    ];
    assert!(samples.is_sorted_by_key(|text| sequence(text)));
    assert!(samples.is_sorted_by(|a, b| sequence(a).packed_version() < sequence(b).packed_version()));
    assert!(!samples.is_sorted());
}

#[test]
fn the_packed_version_has_its_documented_value() {
    assert_eq!(sequence("0").packed_version(), 100_000_000_000_000_000);
    assert_eq!(sequence("000111").packed_version(), 300_000_000_000_000_111);
    assert_eq!(sequence("4421584500000000017450439091").packed_version(), 2_844_215_845_000_000_000);
    assert_eq!(sequence("4421584500000000017450439092").packed_version(), 2_844_215_845_000_000_000);
    assert_eq!(sequence(&"9".repeat(40)).packed_version(), 4_099_999_999_999_999_999);
}

#[test]
fn length_is_limited() {
    assert_eq!(SequenceNumber::parse(""), Err(SequenceNumberError::Empty));
    assert_eq!(SequenceNumber::parse(&"1".repeat(41)), Err(SequenceNumberError::TooLong { length: 41 }));
    assert_eq!("-1".parse::<SequenceNumber>(), Err(SequenceNumberError::NotADigit { at: 0 }));
    assert_eq!(format!("{:?}", sequence("007")), "SequenceNumber(007)");
}
