//! No error tells what an item holds.

use crate::{list, n, read};
use dynacdc_record::{AttributeValue, Item, ReadError, ReadErrorKind, item, to_item};
use proptest::prelude::*;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read")]
enum Variants {
    One,
    Two(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only read")]
enum Untagged {
    Flag(bool),
    Pair(bool, bool),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "v")]
#[expect(dead_code, reason = "only read")]
enum Tagged {
    One { x: bool },
}

#[derive(Debug, Deserialize)]
struct Flattened {
    #[serde(flatten)]
    _rest: Inner,
}

#[derive(Debug, Deserialize)]
struct Inner {
    #[serde(rename = "v")]
    _v: BTreeMap<u8, char>,
}

/// Tells the value in its error, as `TryFrom` implementations do.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Talkative;

impl TryFrom<String> for Talkative {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("unheard of: {text}"))
    }
}

fn fails<T: DeserializeOwned>(item: &Item) -> Option<ReadError> {
    read::<BTreeMap<String, T>>(item.clone()).err()
}

fn errors(item: &Item) -> Vec<ReadError> {
    [
        fails::<bool>(item),
        fails::<char>(item),
        fails::<u8>(item),
        fails::<f64>(item),
        fails::<()>(item),
        fails::<std::num::NonZeroU8>(item),
        fails::<std::net::IpAddr>(item),
        fails::<std::time::Duration>(item),
        fails::<Variants>(item),
        fails::<Untagged>(item),
        fails::<Tagged>(item),
        fails::<rust_decimal::Decimal>(item),
        fails::<dynacdc_record::Number>(item),
        fails::<dynacdc_record::SequenceNumber>(item),
        fails::<Talkative>(item),
        read::<Tagged>(item.clone()).err(),
        read::<Flattened>(item.clone()).err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

proptest! {
    #[test]
    fn no_error_of_reading_holds_the_text_of_a_value(secret in "[A-Z]{3}[a-z]{5}[!?é\"]{0,2}") {
        let nested = item! { "x" => secret.as_str() };
        for value in [
            AttributeValue::from(secret.as_str()),
            nested.into(),
            list([secret.as_str(), secret.as_str()]),
            AttributeValue::Ss([secret.clone()].into()),
            AttributeValue::from(secret.as_bytes()),
        ] {
            let errors = errors(&item! { "v" => value });
            prop_assert!(errors.len() > 10);
            for error in errors {
                prop_assert!(!format!("{error} {error:?}").contains(secret.trim_end_matches('"')), "{}", error);
            }
        }
    }

    #[test]
    fn no_error_of_reading_holds_a_number(digits in "[1-9][0-9]{6,20}", fraction in "([.][0-9]{6}[1-9])?") {
        let secret = format!("{digits}{fraction}");
        for value in [n(&secret), n(&format!("-{secret}")), list([n(&secret)])] {
            for error in errors(&item! { "v" => value }) {
                prop_assert!(!format!("{error} {error:?}").contains(&digits), "{}", error);
            }
        }
    }

    #[test]
    fn no_error_of_writing_holds_a_value(secret in "[A-Z]{3}[a-z]{5}") {
        #[derive(Serialize)]
        struct Sets {
            #[serde(with = "dynacdc_record::string_set")]
            twice: Vec<String>,
        }
        #[derive(Serialize)]
        struct Float<'a> {
            name: &'a str,
            float: f64,
        }
        let twice = to_item(&Sets { twice: vec![secret.clone(), secret.clone()] }).unwrap_err();
        let float = to_item(&Float { name: &secret, float: 0.5 }).unwrap_err();
        let text = to_item(&secret).unwrap_err();

        for error in [twice, float, text] {
            prop_assert!(!format!("{error} {error:?}").contains(&secret), "{}", error);
        }
    }
}

#[test]
fn a_message_that_repeats_the_value_is_replaced() {
    let error = fails::<Talkative>(&item! { "v" => "SECRET" }).unwrap();

    assert_eq!(*error.kind(), ReadErrorKind::Custom("the type refuses the value".into()));
}

#[test]
fn another_message_is_kept() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u32")]
    struct Even;

    impl TryFrom<u32> for Even {
        type Error = &'static str;

        fn try_from(_: u32) -> Result<Self, &'static str> {
            Err("not even")
        }
    }

    assert_eq!(fails::<Even>(&item! { "v" => 77 }).unwrap().to_string(), "v: not even");
}

#[test]
fn what_is_passed_over_is_not_looked_at() {
    assert_eq!(read::<IgnoredAny>(item! { "v" => n("1E-130") }), Ok(IgnoredAny));
}

#[test]
fn a_message_of_a_serialize_implementation_has_its_place() {
    struct Never;

    impl Serialize for Never {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("never"))
        }
    }

    let error = to_item(&BTreeMap::from([("a", vec![Never])])).unwrap_err();

    assert_eq!(error.to_string(), "a[0]: never");
}
