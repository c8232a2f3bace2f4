use crate::{list, n, read};
use dynacdc_record::{AttributeValue, Item, ReadErrorKind, as_number, binary, item};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Debug;

fn message<T: DeserializeOwned + Debug>(value: impl Into<AttributeValue>) -> String {
    let item = item! { "a" => item! { "b" => list([AttributeValue::Null, value.into()]) } };
    let error = read::<BTreeMap<String, BTreeMap<String, ((), T)>>>(item).unwrap_err();
    assert_eq!(error.path().to_string(), "a.b[1]");
    error.to_string().strip_prefix("a.b[1]: ").unwrap().to_owned()
}

macro_rules! refused_integers {
    ($($integer:ty)*) => {$(
        for text in ["5.5", "0.1", "-1E-130", "9E+125"] {
            assert_eq!(message::<$integer>(n(text)), concat!("the number has no exact form as ", stringify!($integer)));
        }
        let above = format!("{}0", <$integer>::MAX / 10 + 1);
        if above.len() < 39 {
            assert_eq!(message::<$integer>(n(&above)), concat!("the number has no exact form as ", stringify!($integer)));
        }
        assert_eq!(message::<$integer>("5"), concat!("found S, expected ", stringify!($integer)));
    )*};
}

#[test]
fn an_integer_is_exact_or_an_error() {
    refused_integers! { i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 }
    assert_eq!(message::<u8>(n("-1")), "the number has no exact form as u8");
    assert_eq!(message::<i8>(n("-129")), "the number has no exact form as i8");
    for text in ["5", "5.0", "5E0", "+5", "0.5E1", "500E-2", "005"] {
        assert_eq!(read(item! { "a" => n(text) }), Ok(BTreeMap::from([("a".to_owned(), 5i8)])), "{text}");
        assert_eq!(read(item! { "a" => n(text) }), Ok(BTreeMap::from([("a".to_owned(), 5u128)])), "{text}");
    }
    assert_eq!(read(item! { "a" => n("-0") }), Ok(BTreeMap::from([("a".to_owned(), 0u64)])));
}

#[test]
fn floats_are_refused_and_the_lossy_module_is_named() {
    for message in [message::<f64>(5), message::<f32>(n("0.5"))] {
        assert!(message.contains("`dynacdc_record::lossy_f64`"), "{message}");
    }
    assert_eq!(message::<f64>("x"), "found S, expected f64");
}

#[test]
fn a_value_of_another_type_is_refused() {
    let map = || Item::from_iter([("x", 1)]);
    assert_eq!(message::<String>(true), "found BOOL, expected a string");
    assert_eq!(message::<String>(AttributeValue::Null), "found NULL, expected a string");
    assert_eq!(message::<bool>("true"), "found S, expected a boolean");
    assert_eq!(message::<()>(""), "found S, expected unit");
    assert_eq!(message::<Vec<u8>>(map()), "found M, expected a sequence");
    assert_eq!(message::<BTreeMap<String, u8>>(list([1])), "found L, expected a map");
    assert_eq!(message::<char>("ab"), "the value is not a character");
    assert_eq!(message::<(u8, u8)>(list([1])), "the length is 1, expected a tuple of size 2");
    assert_eq!(message::<(u8,)>(list([1, 2])), "the length is 2, expected 1 elements");
    assert_eq!(message::<dynacdc_record::Number>("5"), "found S, expected N");
    assert_eq!(message::<std::num::NonZeroU8>(0), "the value is not a nonzero u8");
}

#[test]
fn the_module_that_helps_is_named() {
    assert!(message::<Vec<u8>>(vec![1u8]).ends_with("bytes are read by `dynacdc_record::binary`"));
    assert_eq!(message::<String>(vec![1u8]), "found B, expected a string");
}

#[test]
fn names_of_attributes_are_told() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[expect(dead_code, reason = "only read")]
        price: u8,
    }
    assert_eq!(message::<Line>(item! {}), "the attribute `price` is missing");
    assert_eq!(
        message::<Line>(item! { "price" => 1, "prize" => 2 }),
        "the attribute `prize` is not known, there are `price`"
    );
}

#[test]
fn modules_refuse_other_types() {
    #[derive(Debug, Deserialize)]
    struct Field {
        #[expect(dead_code, reason = "only read")]
        #[serde(with = "binary")]
        digest: [u8; 2],
    }
    #[derive(Debug, Deserialize)]
    struct Count {
        #[expect(dead_code, reason = "only read")]
        #[serde(with = "as_number")]
        count: u8,
    }
    let error = read::<Field>(item! { "digest" => vec![1u8, 2, 3] }).unwrap_err();
    assert_eq!(error.to_string(), "digest: the value is not bytes (B) that the type of the field accepts");
    let error = read::<Field>(item! { "digest" => "ab" }).unwrap_err();
    assert_eq!(error.to_string(), "digest: found S, expected bytes (B) that the type of the field accepts");
    let error = read::<Count>(item! { "count" => 256 }).unwrap_err();
    assert_eq!(error.to_string(), "count: the number has no exact form as u8");
    let error = read::<Count>(item! { "count" => "5" }).unwrap_err();
    assert!(matches!(error.kind(), ReadErrorKind::Type { found: "S", .. }), "{error}");
}

#[test]
fn absent_null_and_empty_are_three_things() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Note {
        note: Option<String>,
        #[serde(default)]
        lines: Vec<u8>,
    }
    let note = |note: Option<&str>| Note { note: note.map(str::to_owned), lines: Vec::new() };

    assert_eq!(read(item! {}), Ok(note(None)));
    assert_eq!(read(item! { "note" => AttributeValue::Null }), Ok(note(None)));
    assert_eq!(read(item! { "note" => "" }), Ok(note(Some(""))));
    let error = read::<Note>(item! { "lines" => AttributeValue::Null }).unwrap_err();
    assert_eq!(error.to_string(), "lines: found NULL, expected a sequence");
}
