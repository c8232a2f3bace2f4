//! Events, and what is taken for none.
//!
//! Records are decoded one by one, so an event of another service is a list of records that cannot be decoded. To park
//! or skip those would settle a whole foreign queue; so whatever names another source fails the invocation first.

use crate::FunctionError;
use dynacdc_record::{DecodeError, Decoded, decode_event};
use dynacdc_sink::Lane;
use serde::{Deserialize, de::IgnoredAny};
use std::borrow::Cow;

/// Decodes the payload of an invocation, or says what it is instead.
pub(crate) fn decode(payload: Vec<u8>) -> Result<Decoded, FunctionError> {
    // Decoding takes the payload over. What is looked at in an error is short, since it has no records.
    let first = payload.get(..payload.len().min(LOOKED_AT)).unwrap_or_default().to_vec();
    let decoded = decode_event(payload).map_err(|source| what_else(&first, source))?;
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
const LOOKED_AT: usize = 64 * 1024;

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

/// Members by which events without a list `Records` are known.
#[derive(Deserialize)]
struct Marks {
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
    #[serde(rename = "requestContext")]
    request_context: Option<IgnoredAny>,
    #[serde(rename = "DDBStreamBatchInfo")]
    batch_info: Option<IgnoredAny>,
    #[serde(rename = "awslogs")]
    logs: Option<IgnoredAny>,
    #[serde(rename = "deliveryStreamArn")]
    delivery_stream: Option<IgnoredAny>,
    #[serde(rename = "eventSource")]
    source: Option<String>,
}

fn what_else(text: &[u8], source: DecodeError) -> FunctionError {
    let Some(marks) = members::<Marks>(text) else { return FunctionError::NotAnEvent { source } };
    let found = match marks {
        Marks { batch_info: Some(_), .. } => "an on-failure destination, which tells of records and has none",
        Marks { detail_type: Some(_), .. } => "EventBridge",
        Marks { logs: Some(_), .. } => "CloudWatch Logs",
        Marks { delivery_stream: Some(_), .. } => "Firehose",
        Marks { source: Some(source), .. } => name_of(&source),
        Marks { request_context: Some(_), .. } => "an HTTP request",
        _ => return FunctionError::NotAnEvent { source },
    };
    FunctionError::Foreign { found }
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
