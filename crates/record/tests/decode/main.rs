//! Decoding Lambda events: every legal shape, every refusal, and a model.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod members;
mod model;
mod mutation;
mod naive;
mod refusals;
mod render;
mod salvage;
mod samples;
mod shapes;
#[path = "../strategies/mod.rs"]
mod strategies;
mod text;

use dynacdc_record::{ChangeRecord, decode_event};

/// An event of these records.
fn event(records: &[&str]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// A record of the item `k` whose new image is its key and the attribute `a`.
fn with_attribute(a: &str) -> String {
    with_image(&format!(r#"{{"pk":{{"S":"k"}},"a":{a}}}"#))
}

/// A record of the item `k` with this new image.
fn with_image(image: &str) -> String {
    with_change(&format!(r#""Keys":{{"pk":{{"S":"k"}}}},"NewImage":{image},"SequenceNumber":"100""#))
}

/// A record with these members in `dynamodb`.
fn with_change(members: &str) -> String {
    format!(r#"{{"eventID":"e","eventName":"INSERT","dynamodb":{{{members}}}}}"#)
}

/// The one record of an event.
fn decoded(record: &str) -> ChangeRecord {
    let event = decode_event(event(&[record])).unwrap_or_else(|error| panic!("{error}: {record}"));
    assert!(event.malformed().is_empty(), "{}: {record}", event.malformed()[0].error());
    assert_eq!(event.records().len(), 1);
    event.records()[0].clone()
}
