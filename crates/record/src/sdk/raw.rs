//! What is kept of a malformed record of the Streams API: there are no bytes to keep, so it is rendered as JSON.

use super::value::{Attributes, in_order};
use crate::{StreamArn, encode, item::MAX_DEPTH};
use aws_sdk_dynamodbstreams::types::{AttributeValue, Identity, Record, StreamRecord};

/// The record as the element of a Lambda event, with what is wrong in it.
pub(super) fn record(record: &Record, stream: &StreamArn) -> String {
    let mut json = String::new();
    let mut members = Members::open(&mut json);
    members.text("eventID", record.event_id.as_deref());
    members.text("eventName", record.event_name.as_ref().map(|name| name.as_str()));
    members.text("eventVersion", record.event_version.as_deref());
    members.text("eventSource", record.event_source.as_deref());
    members.text("awsRegion", record.aws_region.as_deref());
    members.text("eventSourceARN", Some(stream.as_str()));
    members.with("userIdentity", record.user_identity.as_ref(), identity);
    members.with("dynamodb", record.dynamodb.as_ref(), change);
    members.close();
    json
}

fn identity(json: &mut String, identity: &Identity) {
    let mut members = Members::open(json);
    members.text("type", identity.r#type.as_deref());
    members.text("principalId", identity.principal_id.as_deref());
    members.close();
}

fn change(json: &mut String, change: &StreamRecord) {
    let mut members = Members::open(json);
    members.with("ApproximateCreationDateTime", change.approximate_creation_date_time.as_ref(), |json, at| {
        encode::time(json, at.secs(), at.subsec_nanos());
    });
    members.with("Keys", change.keys.as_ref(), |json, keys| map(json, keys, 0));
    members.with("NewImage", change.new_image.as_ref(), |json, image| map(json, image, 0));
    members.with("OldImage", change.old_image.as_ref(), |json, image| map(json, image, 0));
    members.text("SequenceNumber", change.sequence_number.as_deref());
    members.with("SizeBytes", change.size_bytes, |json, size| json.push_str(&size.to_string()));
    members.text("StreamViewType", change.stream_view_type.as_ref().map(|view| view.as_str()));
    members.close();
}

/// How deep values are rendered. DynamoDB has none this deep, and without a bound the stack would be it.
const DEEPEST: usize = 4 * MAX_DEPTH;

/// `depth` counts the maps and lists around it.
fn map(json: &mut String, map: &Attributes, depth: usize) {
    let mut members = Members::open(json);
    for (name, attribute) in in_order(map) {
        members.with(name, Some(attribute), |json, attribute| value(json, attribute, depth));
    }
    members.close();
}

fn value(json: &mut String, value: &AttributeValue, depth: usize) {
    let mut members = Members::open(json);
    let string = |json: &mut String, text: &String| encode::string(json, text);
    let boolean = |json: &mut String, value: &bool| json.push_str(if *value { "true" } else { "false" });
    match value {
        AttributeValue::S(text) => members.text("S", Some(text)),
        AttributeValue::N(text) => members.text("N", Some(text)),
        AttributeValue::B(blob) => members.with("B", Some(blob.as_ref()), encode::binary),
        AttributeValue::Bool(value) => members.with("BOOL", Some(value), boolean),
        AttributeValue::Null(value) => members.with("NULL", Some(value), boolean),
        AttributeValue::Ss(set) => members.with("SS", Some(set), |json, set| encode::list(json, set, string)),
        AttributeValue::Ns(set) => members.with("NS", Some(set), |json, set| encode::list(json, set, string)),
        AttributeValue::Bs(set) => members.with("BS", Some(set), |json, set| {
            encode::list(json, set, |json, blob| encode::binary(json, blob.as_ref()));
        }),
        AttributeValue::L(list) if depth < DEEPEST => members.with("L", Some(list), |json, list| {
            encode::list(json, list, |json, element| self::value(json, element, depth + 1));
        }),
        AttributeValue::M(inner) if depth < DEEPEST => {
            members.with("M", Some(inner), |json, inner| map(json, inner, depth + 1));
        }
        _ => members.with("UNKNOWN", Some(&true), boolean),
    }
    members.close();
}

/// A JSON object on its way: the members that are there, with commas between them.
struct Members<'j> {
    json: &'j mut String,
    any: bool,
}

impl<'j> Members<'j> {
    fn open(json: &'j mut String) -> Self {
        json.push('{');
        Self { json, any: false }
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        self.with(name, text, encode::string);
    }

    fn with<T>(&mut self, name: &str, value: Option<T>, write: impl FnOnce(&mut String, T)) {
        let Some(value) = value else { return };
        if std::mem::replace(&mut self.any, true) {
            self.json.push(',');
        }
        encode::string(self.json, name);
        self.json.push(':');
        write(self.json, value);
    }

    fn close(self) {
        self.json.push('}');
    }
}
