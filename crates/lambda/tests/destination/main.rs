//! Messages to the on-failure destination: the forms in which they come, and what is refused.

mod forms;
mod properties;
mod refusals;
mod simulated;

use serde_json::{Value, json};
use std::error::Error;

type Tested = Result<(), Box<dyn Error>>;

const SQS_BODY: &str = include_str!("samples/sqs_body.json");
const TOO_OLD: &str = include_str!("samples/too_old.json");
const S3_OBJECT: &str = include_str!("samples/s3_object.json");

/// What SQS and SNS make of a text on the way to a reader, and the id that it has then.
fn envelopes(text: &str) -> [(&'static str, Value, Option<&'static str>); 7] {
    let notification = notification(text);
    [
        ("a message of ReceiveMessage", json!({"MessageId": "q-1", "ReceiptHandle": "r", "Body": text}), Some("q-1")),
        ("the answer of ReceiveMessage", json!({"Messages": [{"MessageId": "q-1", "Body": text}]}), Some("q-1")),
        ("a message of an SQS event", of_queue("q-1", text), Some("q-1")),
        ("an SQS event", json!({"Records": [of_queue("q-1", text)]}), Some("q-1")),
        ("a notification of SNS", notification.clone(), Some("n-1")),
        (
            "an SNS event",
            json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notification.clone()}]}),
            Some("n-1"),
        ),
        ("SNS in an SQS event", json!({"Records": [of_queue("q-1", &notification.to_string())]}), Some("q-1")),
    ]
}

fn of_queue(id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": "r",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1770114030500"},
        "messageAttributes": {},
        "md5OfBody": "00000000000000000000000000000000",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders-failures",
        "awsRegion": "eu-west-1",
    })
}

fn notification(message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:orders-failures",
        "Message": message,
        "Timestamp": "2026-02-03T10:20:30.600Z",
        "SignatureVersion": "1",
        "MessageAttributes": {},
    })
}
