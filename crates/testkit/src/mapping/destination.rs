//! What goes to the on-failure destination, in the form that LocalStack recorded from AWS.

use super::batch::Unit;
use chrono::{DateTime, SecondsFormat, Utc};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;

pub(super) const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:handler";

/// Why records were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum DiscardCondition {
    /// The function failed them as often as it may.
    RetryAttemptsExhausted,
    /// They are older than they may be.
    RecordAgeExceeded,
}

/// Records that were given up, and the message that tells of them.
#[derive(Clone)]
pub struct Discarded {
    condition: DiscardCondition,
    records: Vec<Option<SequenceNumber>>,
    invocations: u32,
    message: String,
    object: String,
    key: String,
}

/// Where and when records are discarded.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) stream: &'a StreamArn,
    pub(super) shard: &'a ShardId,
    pub(super) now: DateTime<Utc>,
    pub(super) mapping: &'a str,
    pub(super) request: String,
    pub(super) object: String,
}

impl Discarded {
    pub(super) fn new(unit: &Unit, condition: DiscardCondition, event: String, scene: &Scene<'_>) -> Self {
        let text = |number: Option<SequenceNumber>| number.map(|number| number.to_string());
        let records = unit.numbers();
        let (first, last) = (unit.items.first(), unit.items.last());
        let arrival = |item: Option<&super::batch::Item>| item.map(|item| seconds(item.entry.at));
        let has_answered = condition == DiscardCondition::RetryAttemptsExhausted;
        let mut message = Message {
            request_context: RequestContext {
                request_id: scene.request.clone(),
                function_arn: FUNCTION,
                condition,
                approximate_invoke_count: unit.failures,
            },
            response_context: has_answered.then_some(ResponseContext {
                status_code: 200,
                executed_version: "$LATEST",
                function_error: unit.threw.then_some("Unhandled"),
            }),
            version: "1.0",
            timestamp: scene.now.to_rfc3339_opts(SecondsFormat::Millis, true),
            batch: BatchInfo {
                shard_id: scene.shard.to_string(),
                start_sequence_number: records.first().copied().flatten().and_then(|number| text(Some(number))),
                end_sequence_number: records.last().copied().flatten().and_then(|number| text(Some(number))),
                approximate_arrival_of_first_record: arrival(first),
                approximate_arrival_of_last_record: arrival(last),
                batch_size: records.len(),
                stream_arn: scene.stream.to_string(),
            },
            payload: None,
        };
        let without = message.to_json();
        message.payload = RawValue::from_string(event).ok();
        let day = scene.now.format("%Y/%m/%d/%Y-%m-%dT%H.%M.%S");
        let key = format!("aws/lambda/{}/{}/{day}-{}", scene.mapping, scene.shard, scene.object);
        Self { condition, records, invocations: unit.failures, message: without, object: message.to_json(), key }
    }

    /// Why.
    pub const fn condition(&self) -> DiscardCondition {
        self.condition
    }

    /// The numbers of the records, none where one has none.
    pub fn records(&self) -> &[Option<SequenceNumber>] {
        &self.records
    }

    /// `approximateInvokeCount`: how often the function failed just these records.
    pub const fn invocations(&self) -> u32 {
        self.invocations
    }

    /// The body of the SQS message, which is the `Message` of an SNS notification as well. It has no records, only where
    /// they stand: they must be read from the stream within its 24 hours.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The object that goes to S3: the message, and the event under `payload`.
    pub fn s3_object(&self) -> &str {
        &self.object
    }

    /// The key of that object.
    pub fn s3_key(&self) -> &str {
        &self.key
    }
}

impl fmt::Debug for Discarded {
    /// Without the object, which holds items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discarded")
            .field("condition", &self.condition)
            .field("records", &self.records)
            .field("invocations", &self.invocations)
            .finish_non_exhaustive()
    }
}

pub(super) fn seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    request_context: RequestContext,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext>,
    version: &'static str,
    timestamp: String,
    #[serde(rename = "DDBStreamBatchInfo")]
    batch: BatchInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Box<RawValue>>,
}

impl Message {
    fn to_json(&self) -> String {
        // Texts and numbers under names that are texts: nothing of it can fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    request_id: String,
    function_arn: &'static str,
    condition: DiscardCondition,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext {
    status_code: u16,
    executed_version: &'static str,
    /// Null where the answer, and not the function, failed the batch.
    function_error: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo {
    shard_id: String,
    start_sequence_number: Option<String>,
    end_sequence_number: Option<String>,
    approximate_arrival_of_first_record: Option<String>,
    approximate_arrival_of_last_record: Option<String>,
    batch_size: usize,
    stream_arn: String,
}
