//! Encoding back to Lambda event JSON, so that recorded streams can be stored and replayed.

use crate::{ChangeRecord, Map, Value, decode::VIEW_MEMBER};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt::Write;

/// Encodes records as one Lambda event, `{"Records":[...]}`, on one line.
///
/// [`decode_event`](crate::decode_event) gives back equal records.
pub fn encode_event<'r>(records: impl IntoIterator<Item = &'r ChangeRecord>) -> String {
    let mut json = String::from(r#"{"Records":["#);
    for (i, record) in records.into_iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        record.write_json(&mut json);
    }
    json.push_str("]}");
    json
}

impl ChangeRecord {
    /// The record as an element of a Lambda event's `Records`, on one line. [`decode_record`](crate::decode_record)
    /// gives back an equal record.
    ///
    /// A record that is seen otherwise than it was received is written as it is seen; a member `dynacdc` beside the
    /// others holds its part and the record as received. Other readers pass over it.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write_json(&mut json);
        json
    }

    fn write_json(&self, json: &mut String) {
        json.push('{');
        self.members(json);
        if self.is_view() {
            let _ = write!(json, r#","{VIEW_MEMBER}":{{"part":{},"origin":"#, self.part());
            self.origin().write_json(json);
            json.push('}');
        }
        json.push('}');
    }

    fn members(&self, json: &mut String) {
        member(json, "eventID", Some(self.event_id()));
        json.push(',');
        member(json, "eventName", Some(self.event_name().as_str()));
        for (name, text) in [
            ("eventVersion", self.event_version()),
            ("eventSource", self.event_source()),
            ("awsRegion", self.region()),
            ("eventSourceARN", self.source_arn()),
        ] {
            if text.is_some() {
                json.push(',');
                member(json, name, text);
            }
        }
        if let Some(who) = self.user_identity() {
            json.push_str(r#","userIdentity":{"#);
            member(json, "type", Some(who.kind));
            json.push(',');
            member(json, "principalId", Some(who.principal_id));
            json.push('}');
        }
        json.push_str(r#","dynamodb":{"#);
        self.stream_record(json);
        json.push('}');
    }

    fn stream_record(&self, json: &mut String) {
        if let Some((seconds, nanos)) = self.created_epoch() {
            json.push_str(r#""ApproximateCreationDateTime":"#);
            time(json, seconds, nanos);
            json.push(',');
        }
        json.push_str(r#""Keys":"#);
        map(json, self.keys());
        for (name, image) in [("NewImage", self.new_image()), ("OldImage", self.old_image())] {
            if let Some(image) = image {
                let _ = write!(json, r#","{name}":"#);
                map(json, image);
            }
        }
        json.push(',');
        member(json, "SequenceNumber", Some(self.sequence_number().as_str()));
        if let Some(size) = self.size_bytes() {
            let _ = write!(json, r#","SizeBytes":{size}"#);
        }
        if let Some(view_type) = self.view_type() {
            json.push(',');
            member(json, "StreamViewType", Some(view_type.as_str()));
        }
    }
}

fn member(json: &mut String, name: &str, text: Option<&str>) {
    let _ = write!(json, r#""{name}":"#);
    string(json, text.unwrap_or_default());
}

pub(crate) fn time(json: &mut String, seconds: i64, nanos: u32) {
    let all = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let (sign, all) = if all < 0 { ("-", -all) } else { ("", all) };
    let text = format!("{sign}{}.{:09}", all / 1_000_000_000, all % 1_000_000_000);
    json.push_str(text.trim_end_matches('0').trim_end_matches('.'));
}

fn map(json: &mut String, map: Map<'_>) {
    json.push('{');
    for (i, (name, attribute)) in map.iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        string(json, name);
        json.push(':');
        value(json, attribute);
    }
    json.push('}');
}

fn value(json: &mut String, value: Value<'_>) {
    let _ = write!(json, r#"{{"{}":"#, value.type_name());
    match value {
        Value::S(text) => string(json, text),
        Value::N(number) => string(json, number.as_str()),
        Value::B(bytes) => binary(json, bytes),
        Value::Bool(value) => json.push_str(if value { "true" } else { "false" }),
        Value::Null => json.push_str("true"),
        Value::Ss(set) => list(json, set, string),
        Value::Ns(set) => list(json, set, |json, number| string(json, number.as_str())),
        Value::Bs(set) => list(json, set, binary),
        Value::L(elements) => list(json, elements, self::value),
        Value::M(inner) => map(json, inner),
    }
    json.push('}');
}

pub(crate) fn list<T>(json: &mut String, elements: impl IntoIterator<Item = T>, write: impl Fn(&mut String, T)) {
    json.push('[');
    for (i, element) in elements.into_iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        write(json, element);
    }
    json.push(']');
}

pub(crate) fn binary(json: &mut String, bytes: &[u8]) {
    json.push('"');
    STANDARD.encode_string(bytes, json);
    json.push('"');
}

pub(crate) fn string(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => drop(write!(json, "\\u{:04x}", u32::from(char))),
            _ => json.push(char),
        }
    }
    json.push('"');
}
