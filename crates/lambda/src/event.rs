//! Events, and what is taken for none.
//!
//! Records are decoded one by one, so an event of another service is a list of records that cannot be decoded. To park
//! or skip those would settle a whole foreign queue; so whatever names another source fails the invocation first.

use crate::{FunctionError, outline::Outline};
use dynacdc_record::{Decoded, decode_event};
use dynacdc_sink::Lane;
use serde::Deserialize;
use std::borrow::Cow;

/// Decodes the payload of an invocation, or says what it is instead.
pub(crate) fn decode(payload: Vec<u8>) -> Result<Decoded, FunctionError> {
    // Decoding takes the payload over, so what it is instead is looked for before.
    let else_of = what_else(&payload);
    let decoded = decode_event(payload).map_err(|source| match else_of {
        Some(found) => FunctionError::Foreign { found },
        None => FunctionError::NotAnEvent { source },
    })?;
    for malformed in decoded.malformed() {
        if let Some(found) = source_of(malformed.raw()) {
            return Err(FunctionError::Foreign { found });
        }
    }
    let mut sources = decoded.records().iter().filter_map(|record| record.event_source());
    match sources.find(|source| *source != DYNAMODB) {
        Some(source) => Err(FunctionError::Foreign { found: name_of(source) }),
        None => Ok(decoded),
    }
}

/// The lane of an event: no order is promised, whatever the mapping is set to.
pub(crate) fn lane_of(event: &Decoded) -> Lane {
    Lane::unordered(event.records().iter().find_map(|record| record.stream_arn()).cloned())
}

const DYNAMODB: &str = "aws:dynamodb";

#[derive(Deserialize)]
struct Record<'a> {
    // S3, SNS and others write the names differently.
    #[serde(borrow, alias = "EventSource", rename = "eventSource")]
    source: Option<Cow<'a, str>>,
}

/// Members of an object, as far as they are asked for. A list is none, though serde would take its elements for them.
pub(crate) fn members<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<T> {
    text.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(text).ok())?
}

/// The other service that a record says it is from.
fn source_of(raw: &[u8]) -> Option<&'static str> {
    let source = members::<Record<'_>>(raw)?.source?;
    (source != DYNAMODB).then(|| name_of(&source))
}

fn name_of(source: &str) -> &'static str {
    match source {
        "aws:kinesis" => "Kinesis Data Streams",
        "aws:sqs" => "SQS",
        "aws:sns" => "SNS",
        "aws:s3" => "S3",
        "aws:kafka" | "SelfManagedKafka" => "Kafka",
        "aws:mq" | "aws:rmq" => "Amazon MQ",
        "aws:ses" => "SES",
        "aws:codecommit" => "CodeCommit",
        "aws:docdb" => "DocumentDB",
        _ => "another event source",
    }
}

/// The other service of an event without records, by its members. That they are there is enough, however large the event
/// is and whatever is wrong in it.
fn what_else(text: &[u8]) -> Option<&'static str> {
    // Nearly every event begins with its records, and is not gone over once more.
    if text.starts_with(br#"{"Records":["#) {
        return None;
    }
    let mut found: Option<(usize, &'static str)> = None;
    for (name, value) in Outline::new(text) {
        let value = &text[value];
        // The surest first: other services have some of the later ones too.
        let mark = match name {
            b"DDBStreamBatchInfo" => (0, "an on-failure destination, which tells of records and has none"),
            b"detail-type" => (1, "EventBridge"),
            b"awslogs" => (2, "CloudWatch Logs"),
            b"deliveryStreamArn" => (3, "Firehose"),
            b"eventSource" => match serde_json::from_slice::<String>(value) {
                Ok(source) => (4, name_of(&source)),
                Err(_) => continue,
            },
            b"requestContext" => (5, "an HTTP request"),
            _ => continue,
        };
        if value != b"null" && found.is_none_or(|surer| mark.0 < surer.0) {
            found = Some(mark);
        }
    }
    found.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_another_service_is_named_and_not_acknowledged() {
        let record = |source: &str| format!(r#"{{"Records":[{{{source},"body":"x"}}]}}"#);
        for (event, name) in [
            (record(r#""eventSource":"aws:kinesis""#), "Kinesis Data Streams"),
            (record(r#""eventSource":"aws:sqs""#), "SQS"),
            (record(r#""EventSource":"aws:sns""#), "SNS"),
            (record(r#""eventSource":"secret value""#), "another event source"),
            (r#"{"detail-type":"x","source":"y","detail":{}}"#.to_owned(), "EventBridge"),
            (r#"{"eventSource":"aws:kafka","records":{}}"#.to_owned(), "Kafka"),
            (r#"{"requestContext":{},"rawPath":"/"}"#.to_owned(), "an HTTP request"),
            (r#"{"requestContext":{},"DDBStreamBatchInfo":{}}"#.to_owned(), "an on-failure destination"),
        ] {
            let error = decode(event.into_bytes()).err().map(|error| error.to_string()).unwrap_or_default();

            assert!(error.starts_with("the event is not one of DynamoDB Streams but of "), "{error}");
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_large_or_broken_event_of_another_service_is_named_too() {
        let large = "x".repeat(200_000);
        for (event, name) in [
            (format!(r#"{{"eventSource":"aws:kafka","records":{{"t":["{large}"]}}}}"#), "Kafka"),
            (format!(r#"{{"records":["{large}"],"deliveryStreamArn":"arn"}}"#), "Firehose"),
            (format!(r#"{{"detail":{{"a":"{large}"}},"detail-type":"x""#), "EventBridge"),
        ] {
            let error = decode(event.into_bytes());

            assert!(matches!(error, Err(FunctionError::Foreign { found }) if found == name), "{name}: {error:?}");
        }
    }

    #[test]
    fn what_is_no_event_at_all_says_where() {
        for text in ["", "no json", "[]", "[1, 2, 3, 4, 5, \"6\"]", "null", r#"{"records":[]}"#] {
            let error = decode(text.as_bytes().to_vec());

            assert!(matches!(error, Err(FunctionError::NotAnEvent { .. })), "{text} gave {error:?}");
        }
    }

    #[test]
    fn a_malformed_record_that_names_no_source_stays_a_record() -> Result<(), FunctionError> {
        for source in ["", r#""eventSource":"aws:dynamodb","#, r#""eventSource":7,"#] {
            let event = format!(r#"{{"Records":[{{{source}"eventID":"1"}}]}}"#);

            assert_eq!(decode(event.into_bytes())?.malformed().len(), 1, "{source}");
        }
        Ok(())
    }
}
