//! The forms in which a message comes: as it is, or as text in the envelopes of SQS and SNS, one in the other too.

use super::{FailureMessage, FailureMessageError, FailureMessageErrorKind as Kind, members::Members};
use dynacdc_record::{Path, Segment};
use serde_json::value::RawValue;

/// SQS around SNS around the message is what AWS makes; one more is for a queue behind a queue.
const MOST_ENVELOPES: usize = 4;

/// One message among those that came together, and its id.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureNotice {
    id: Option<String>,
    message: Result<FailureMessage, FailureMessageError>,
}

impl FailureNotice {
    /// The id that SQS or SNS gave it, which a function behind a queue names in `batchItemFailures`. Of a message of SNS
    /// in one of SQS it is that of SQS. None where the message came without an envelope.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The message, or why it is none.
    ///
    /// # Errors
    /// [`FailureMessageError`]; the other messages are not touched by it.
    pub const fn message(&self) -> Result<&FailureMessage, &FailureMessageError> {
        self.message.as_ref()
    }

    /// The message, owned.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn into_message(self) -> Result<FailureMessage, FailureMessageError> {
        self.message
    }
}

/// The failure messages in a text, in order:
///
/// - the message itself: the body of an SQS message, a raw delivery of SNS, the text of an object in S3;
/// - a message of SQS as JSON, the answer of `ReceiveMessage`, or the event of a function behind the queue;
/// - a notification of SNS, or the event of a function behind the topic;
/// - a notification of SNS in a message of SQS.
///
/// # Errors
/// [`FailureMessageError`] if the text as a whole is none of these. One bad message among several is an error in its
/// place.
///
/// ```
/// use dynacdc_lambda::{FailureCondition, failure_notices};
///
/// let body = r#"{
///     "requestContext": {"requestId": "b8b4…", "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:orders",
///                        "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3},
///     "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
///     "version": "1.0",
///     "timestamp": "2026-01-02T03:04:05.678Z",
///     "DDBStreamBatchInfo": {
///         "shardId": "shardId-00000001573689847184-864758bb",
///         "startSequenceNumber": "800000000003126276362",
///         "endSequenceNumber": "800000000003126276367",
///         "approximateArrivalOfFirstRecord": "2026-01-02T03:03:59Z",
///         "approximateArrivalOfLastRecord": "2026-01-02T03:04:01Z",
///         "batchSize": 2,
///         "streamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
///     }
/// }"#;
/// let event = serde_json::json!({"Records": [
///     {"messageId": "1", "body": body, "eventSource": "aws:sqs"},
///     {"messageId": "2", "body": "{}", "eventSource": "aws:sqs"},
/// ]});
///
/// let notices = failure_notices(event.to_string())?;
/// let message = notices[0].message().unwrap();
/// assert_eq!(message.condition(), &FailureCondition::RetryAttemptsExhausted);
/// assert_eq!(message.stream().table(), "orders");
/// assert_eq!((notices[1].id(), notices[1].message().is_err()), (Some("2"), true));
/// # Ok::<_, dynacdc_lambda::FailureMessageError>(())
/// ```
pub fn failure_notices(text: impl AsRef<[u8]>) -> Result<Vec<FailureNotice>, FailureMessageError> {
    let json = parse(text.as_ref()).map_err(|kind| FailureMessageError::new(Path::root(), kind))?;
    let members = Members::of(json, Path::root())?;
    for list in ["Records", "Messages"] {
        if members.get(list).is_some() {
            let path = members.path().join(Segment::from(list));
            let elements = members.list(list)?.into_iter().enumerate();
            return Ok(elements.map(|(at, element)| notice(element, path.join(Segment::from(at)))).collect());
        }
    }
    let id = id(&members);
    open(&members, 0).map(|message| vec![FailureNotice { id, message: Ok(message) }])
}

impl FailureMessage {
    /// The one message in a text, in any of the forms of [`failure_notices`].
    ///
    /// # Errors
    /// [`FailureMessageError`] if the text is no message, or holds none or several.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, FailureMessageError> {
        let mut notices = failure_notices(text)?;
        match (notices.pop(), notices.len()) {
            (Some(notice), 0) => notice.message,
            (last, others) => {
                let count = others + usize::from(last.is_some());
                Err(FailureMessageError::new(Path::root(), Kind::NotOne(count)))
            }
        }
    }
}

fn notice(json: &RawValue, path: Path) -> FailureNotice {
    match Members::of(json, path) {
        Ok(members) => FailureNotice { id: id(&members), message: open(&members, 0) },
        Err(error) => FailureNotice { id: None, message: Err(error) },
    }
}

/// SQS writes the name in two ways, SNS in one, and an event of SNS has it one level below.
fn id(members: &Members<'_>) -> Option<String> {
    let text = |of: &Members<'_>, name| of.optional_text(name).ok().flatten();
    let own = ["messageId", "MessageId"].into_iter().find_map(|name| text(members, name));
    own.or_else(|| text(&members.optional_object("Sns").ok().flatten()?, "MessageId"))
}

fn open(members: &Members<'_>, envelopes: usize) -> Result<FailureMessage, FailureMessageError> {
    if FailureMessage::is_in(members) {
        return FailureMessage::read(members);
    }
    if envelopes == MOST_ENVELOPES {
        return Err(FailureMessageError::new(members.path().clone(), Kind::TooDeep));
    }
    if let Some(notification) = members.optional_object("Sns")? {
        return open(&notification, envelopes + 1);
    }
    for name in ["body", "Body", "Message"] {
        if let Some(text) = members.optional_text(name)? {
            let json = parse(text.as_bytes()).map_err(|kind| members.fail(name, kind))?;
            return open(&Members::of(json, members.path().join(Segment::from(name)))?, envelopes + 1);
        }
    }
    let kind = if members.get("s3").is_some() { Kind::ObjectNotification } else { Kind::UnknownForm };
    Err(FailureMessageError::new(members.path().clone(), kind))
}

fn parse(text: &[u8]) -> Result<&RawValue, Kind> {
    serde_json::from_slice(text).map_err(|error| Kind::not_json(&error))
}
