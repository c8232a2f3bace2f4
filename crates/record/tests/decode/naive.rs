//! The model: JSON by `serde_json`, then a plain walk over its values.

use base64::{Engine, engine::general_purpose::STANDARD};
use dynacdc_record::{AttributeValue, ChangeRecord, Item, Number, SequenceNumber, StreamArn};
use serde_json::Value;

/// The records of a legal event.
pub(crate) fn decode(event: &str) -> Vec<ChangeRecord> {
    let event: Value = serde_json::from_str(event).unwrap();
    event["Records"].as_array().unwrap().iter().map(record).collect()
}

fn record(json: &Value) -> ChangeRecord {
    let change = &json["dynamodb"];
    let name = text(&json["eventName"]).unwrap().parse().unwrap();
    let sequence = SequenceNumber::parse(&text(&change["SequenceNumber"]).unwrap()).unwrap();
    let mut builder =
        ChangeRecord::builder(name, item(&change["Keys"]), sequence).event_id(text(&json["eventID"]).unwrap());
    if let Some(version) = text(&json["eventVersion"]) {
        builder = builder.event_version(version);
    }
    if let Some(source) = text(&json["eventSource"]) {
        builder = builder.event_source(source);
    }
    if let Some(region) = text(&json["awsRegion"]) {
        builder = builder.region(region);
    }
    if let Some(arn) = text(&json["eventSourceARN"]) {
        builder = builder.stream_arn(StreamArn::parse(&arn).unwrap());
    }
    if json["userIdentity"].is_object() {
        let part = |name: &str| text(&json["userIdentity"][name]).unwrap_or_default();
        builder = builder.user_identity(part("type"), part("principalId"));
    }
    if let Some(seconds) = change["ApproximateCreationDateTime"].as_f64() {
        #[allow(clippy::cast_possible_truncation, reason = "times of some thousand years are far below 2^63")]
        let parts = (seconds * 1e5).round() as i64;
        let nanos = u32::try_from(parts.rem_euclid(100_000) * 10_000).unwrap();
        builder = builder.created_epoch(parts.div_euclid(100_000), nanos);
    }
    if let Some(size) = change["SizeBytes"].as_u64() {
        builder = builder.size_bytes(size);
    }
    if let Some(view_type) = text(&change["StreamViewType"]) {
        builder = builder.view_type(view_type.parse().unwrap());
    }
    if change["NewImage"].is_object() {
        builder = builder.new_image(item(&change["NewImage"]));
    }
    if change["OldImage"].is_object() {
        builder = builder.old_image(item(&change["OldImage"]));
    }
    builder.build().unwrap()
}

fn text(json: &Value) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn item(json: &Value) -> Item {
    json.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), attribute(value))).collect()
}

fn attribute(json: &Value) -> AttributeValue {
    let (tag, json) = json.as_object().unwrap().iter().next().unwrap();
    match tag.as_str() {
        "S" => AttributeValue::S(text(json).unwrap()),
        "N" => AttributeValue::N(number(json)),
        "B" => AttributeValue::B(bytes(json)),
        "BOOL" => AttributeValue::Bool(json.as_bool().unwrap()),
        "NULL" => AttributeValue::Null,
        "SS" => AttributeValue::Ss(elements(json, |json| text(json).unwrap())),
        "NS" => AttributeValue::Ns(elements(json, number)),
        "BS" => AttributeValue::Bs(elements(json, bytes)),
        "L" => AttributeValue::L(elements(json, attribute)),
        "M" => AttributeValue::M(item(json)),
        tag => panic!("{tag}"),
    }
}

fn elements<T, C: FromIterator<T>>(json: &Value, element: impl Fn(&Value) -> T) -> C {
    json.as_array().unwrap().iter().map(element).collect()
}

fn number(json: &Value) -> Number {
    Number::parse(json.as_str().unwrap()).unwrap()
}

fn bytes(json: &Value) -> Vec<u8> {
    STANDARD.decode(json.as_str().unwrap()).unwrap()
}
