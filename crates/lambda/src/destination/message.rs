use super::{FailureMessageError, FailureMessageErrorKind as Kind, members::Members};
use chrono::{DateTime, Utc};
use dynacdc_record::{Decoded, SequenceNumber, StreamArn, decode_event};
use dynacdc_sink::{Lane, ShardId};
use serde_json::value::RawValue;
use std::ops::RangeInclusive;

/// The batch stands under this name; those of other sources stand under names that end alike.
const BATCH: &str = "DDBStreamBatchInfo";
const CONTEXT: &str = "requestContext";

/// What Lambda tells an on-failure destination about records that it gave up
/// ([AWS: retain discarded records](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html)).
///
/// A queue and a topic are told where the records stand, and nothing of what is in them: they have to be read again from
/// the stream, at the shard and [range](Self::range), within the 24 hours that it keeps them. An object in S3 has the
/// records as well.
///
/// From the message to the records, and to a sink that takes them now. `dynacdc_source::refetch` reads the stream through
/// the AWS SDK in the same way as through the simulator:
///
/// ```
/// use dynacdc_lambda::{FailureMessage, Function};
/// use dynacdc_record::item;
/// use dynacdc_sink::{Batch, Redelivery, Report, Sink, SinkError, sink_fn};
/// use dynacdc_source::refetch;
/// use dynacdc_testkit::{EventSourceMapping, StreamSimulator};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stream = StreamSimulator::new("orders")?;
/// stream.put(item! { "pk" => "ORDER#1" })?;
/// stream.put(item! { "pk" => "ORDER#2" })?;
/// let broken = sink_fn("broken", |_| async { Err::<(), _>(SinkError::transient("down")) });
/// let function = Function::new(broken.with_redelivery(Redelivery::Any));
/// let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(2);
/// let run = mapping.run(async |event| function.handle(event, None).await.map(|answer| answer.to_json())).await;
///
/// let message = FailureMessage::parse(run.discarded()[0].message())?;
/// let range = message.range().ok_or("the message names no records")?;
/// let found = refetch(&stream, message.stream(), message.shard(), range).await?;
/// assert_eq!(found.len() as u64, message.batch_size());
///
/// let repaired = sink_fn("repaired", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);
/// let lane = message.lane();
/// let batch = Batch::new(&lane, found.records());
/// let report = Report::settle(batch, repaired.write(batch).await);
/// assert!(report.is_settled());
/// # Ok(())
/// # }
/// ```
///
/// A sink with a dead-letter layer can take them in the same way: what it cannot write then is parked and nothing is lost
/// when the stream's 24 hours are over.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureMessage {
    condition: FailureCondition,
    invoke_count: u64,
    function_arn: String,
    request_id: String,
    response: Option<FailureResponse>,
    at: DateTime<Utc>,
    stream: StreamArn,
    shard: ShardId,
    first: Option<SequenceNumber>,
    last: Option<SequenceNumber>,
    batch_size: u64,
    first_arrival: Option<DateTime<Utc>>,
    last_arrival: Option<DateTime<Utc>>,
    payload: Option<Decoded>,
}

/// Why records were given up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureCondition {
    /// The function failed them as often as it may.
    RetryAttemptsExhausted,
    /// They are older than they may be.
    RecordAgeExceeded,
    /// A reason that this version does not know, as AWS writes it.
    Other(String),
}

/// What the function answered last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureResponse {
    status_code: u16,
    executed_version: Option<String>,
    function_error: Option<String>,
}

impl FailureMessage {
    /// Why the records were given up.
    pub const fn condition(&self) -> &FailureCondition {
        &self.condition
    }

    /// How often the function was called with these records, about.
    pub const fn invoke_count(&self) -> u64 {
        self.invoke_count
    }

    /// The function.
    pub fn function_arn(&self) -> &str {
        &self.function_arn
    }

    /// The id of the last request, which is in the function's log.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What the function answered last; none where it was not called, as with records that were too old.
    pub const fn response(&self) -> Option<&FailureResponse> {
        self.response.as_ref()
    }

    /// When the records were given up.
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The stream that the records are of.
    pub const fn stream(&self) -> &StreamArn {
        &self.stream
    }

    /// Their shard.
    pub const fn shard(&self) -> &ShardId {
        &self.shard
    }

    /// The numbers of the first and the last record. In between may be records that are not meant: those that the
    /// mapping's filters did not take, and with a parallelization factor those of other batches. Which is why
    /// [`batch_size`](Self::batch_size) may be less than what stands in the range.
    ///
    /// None where the message lacks a number, as it can for a record that was malformed.
    pub fn range(&self) -> Option<RangeInclusive<SequenceNumber>> {
        Some(self.first?..=self.last?)
    }

    /// How many records were given up.
    pub const fn batch_size(&self) -> u64 {
        self.batch_size
    }

    /// When the first record came into the stream, to the second.
    pub const fn first_arrival(&self) -> Option<DateTime<Utc>> {
        self.first_arrival
    }

    /// When the last record came into the stream, to the second.
    pub const fn last_arrival(&self) -> Option<DateTime<Utc>> {
        self.last_arrival
    }

    /// The records, where the message is an object from S3.
    pub const fn payload(&self) -> Option<&Decoded> {
        self.payload.as_ref()
    }

    /// The records, owned.
    pub fn into_payload(self) -> Option<Decoded> {
        self.payload
    }

    /// The lane on which the records go to a sink: what comes now is old, and its neighbours went on without it.
    pub fn lane(&self) -> Lane {
        Lane::redrive(Lane::unordered(self.stream.clone()))
    }

    pub(super) fn is_in(members: &Members<'_>) -> bool {
        members.get(CONTEXT).is_some() || members.get(BATCH).is_some()
    }

    pub(super) fn read(members: &Members<'_>) -> Result<Self, FailureMessageError> {
        let context = members.object(CONTEXT)?;
        if members.get(BATCH).is_none() {
            let is_other = ["KinesisBatchInfo", "requestPayload"].into_iter().any(|name| members.get(name).is_some());
            return Err(if is_other {
                FailureMessageError::new(members.path().clone(), Kind::OtherSource)
            } else {
                members.fail(BATCH, Kind::Missing)
            });
        }
        let batch = members.object(BATCH)?;
        let (first, last) = (sequence(&batch, "startSequenceNumber")?, sequence(&batch, "endSequenceNumber")?);
        if let (Some(first), Some(last)) = (first, last)
            && first > last
        {
            return Err(FailureMessageError::new(batch.path().clone(), Kind::Range));
        }
        let stream = batch.text("streamArn")?;
        Ok(Self {
            condition: context.text("condition")?.into(),
            invoke_count: context.value("approximateInvokeCount", "a whole number")?,
            function_arn: context.text("functionArn")?,
            request_id: context.text("requestId")?,
            response: members.optional_object("responseContext")?.map(|answer| response(&answer)).transpose()?,
            at: members.time("timestamp")?,
            stream: StreamArn::parse(&stream).map_err(|error| batch.fail("streamArn", Kind::Arn(error)))?,
            shard: ShardId::new(batch.text("shardId")?),
            first,
            last,
            batch_size: batch.value("batchSize", "a whole number")?,
            first_arrival: batch.optional_time("approximateArrivalOfFirstRecord")?,
            last_arrival: batch.optional_time("approximateArrivalOfLastRecord")?,
            payload: members.get("payload").map(|json| payload(members, json)).transpose()?,
        })
    }
}

fn response(answer: &Members<'_>) -> Result<FailureResponse, FailureMessageError> {
    Ok(FailureResponse {
        status_code: answer.value("statusCode", "a status code")?,
        executed_version: answer.optional_text("executedVersion")?,
        function_error: answer.optional_text("functionError")?,
    })
}

fn sequence(batch: &Members<'_>, name: &str) -> Result<Option<SequenceNumber>, FailureMessageError> {
    let Some(text) = batch.optional_text(name)? else { return Ok(None) };
    SequenceNumber::parse(&text).map(Some).map_err(|error| batch.fail(name, Kind::SequenceNumber(error)))
}

/// AWS writes an object; its documentation shows a text, which is read as well.
fn payload(members: &Members<'_>, json: &RawValue) -> Result<Decoded, FailureMessageError> {
    let text = if json.get().starts_with('"') { members.text("payload")? } else { json.get().to_owned() };
    decode_event(text).map_err(|error| members.fail("payload", Kind::Payload(error)))
}

impl FailureCondition {
    /// The name as AWS writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for FailureCondition {
    fn from(text: String) -> Self {
        match text.as_str() {
            "RetryAttemptsExhausted" => Self::RetryAttemptsExhausted,
            "RecordAgeExceeded" => Self::RecordAgeExceeded,
            _ => Self::Other(text),
        }
    }
}

impl FailureResponse {
    /// 200 for every function that was called, also for one that threw.
    pub const fn status_code(&self) -> u16 {
        self.status_code
    }

    /// The version of the function, such as `$LATEST`.
    pub fn executed_version(&self) -> Option<&str> {
        self.executed_version.as_deref()
    }

    /// `Unhandled` where the function threw or ran out of time; none where its answer failed the batch.
    pub fn function_error(&self) -> Option<&str> {
        self.function_error.as_deref()
    }
}
