//! What the engine answers otherwise than DynamoDB, put right in the JSON of two answers.
//!
//! - `DescribeStream`: an open shard has no `EndingSequenceNumber`. The engine never closes a
//!   shard, so the number always goes. [API page of `SequenceNumberRange`]
//! - `GetRecords`: `userIdentity` has the members `Type` and `PrincipalId`; the engine writes them
//!   in the lower case of Lambda events, which the SDK does not know. [API page of `Identity`]
//! - `GetRecords`: a write that changes nothing makes no record. [API page of `Record`]
//!
//! [API page of `SequenceNumberRange`]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_SequenceNumberRange.html
//! [API page of `Identity`]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Identity.html
//! [API page of `Record`]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use serde_json::{Map, Value};

/// An answer that needs correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Records,
    Stream,
}

impl Answer {
    /// The answer to a request with these headers, if it is one that needs correction.
    pub(super) fn to(request: &HeaderMap) -> Option<Self> {
        let target = request.get("x-amz-target")?.to_str().ok()?;
        match target.rsplit('.').next()? {
            "GetRecords" => Some(Self::Records),
            "DescribeStream" => Some(Self::Stream),
            _ => None,
        }
    }

    /// The corrected body, or nothing when the body is no such answer.
    pub(super) fn correct(self, body: &[u8]) -> Option<String> {
        let mut answer = serde_json::from_slice::<Value>(body).ok()?;
        match self {
            Self::Records => correct_records(answer.get_mut("Records")?.as_array_mut()?),
            Self::Stream => {
                open_shards(answer.pointer_mut("/StreamDescription/Shards")?.as_array_mut()?);
            }
        }
        Some(answer.to_string())
    }
}

fn correct_records(records: &mut Vec<Value>) {
    records.retain(|record| !changes_nothing(record));
    for identity in records.iter_mut().filter_map(|record| record.get_mut("userIdentity")) {
        if let Some(identity) = identity.as_object_mut() {
            rename(identity, "type", "Type");
            rename(identity, "principalId", "PrincipalId");
        }
    }
}

fn rename(object: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = object.remove(from) {
        object.insert(to.to_owned(), value);
    }
}

fn open_shards(shards: &mut [Value]) {
    for range in shards.iter_mut().filter_map(|shard| shard.get_mut("SequenceNumberRange")) {
        if let Some(range) = range.as_object_mut() {
            range.remove("EndingSequenceNumber");
        }
    }
}

/// Whether a record shows two images that mean the same. Without both images nobody can tell.
fn changes_nothing(record: &Value) -> bool {
    let change = &record["dynamodb"];
    match (change.get("OldImage"), change.get("NewImage")) {
        (Some(old), Some(new)) => same_item(old, new),
        _ => false,
    }
}

fn same_item(left: &Value, right: &Value) -> bool {
    match (left.as_object(), right.as_object()) {
        (Some(left), Some(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same_attribute(value, other)))
        }
        _ => false,
    }
}

/// Compares two attribute values as the API writes them, `{"S": "text"}`. The engine stores
/// numbers in one spelling per value, so their texts can be compared.
fn same_attribute(left: &Value, right: &Value) -> bool {
    let (Some((kind, left)), Some((other, right))) = (tagged(left), tagged(right)) else {
        return false;
    };
    kind == other
        && match kind {
            "M" => same_item(left, right),
            "L" => same_list(left, right),
            "SS" | "NS" | "BS" => members(left) == members(right),
            _ => left == right,
        }
}

fn same_list(left: &Value, right: &Value) -> bool {
    match (left.as_array(), right.as_array()) {
        (Some(left), Some(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_attribute(left, right))
        }
        _ => false,
    }
}

fn tagged(value: &Value) -> Option<(&str, &Value)> {
    let (kind, value) = value.as_object()?.iter().next()?;
    Some((kind, value))
}

fn members(set: &Value) -> Option<BTreeSet<&str>> {
    set.as_array()?.iter().map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn modify(old: &Value, new: &Value) -> Value {
        json!({ "eventName": "MODIFY", "dynamodb": { "OldImage": old, "NewImage": new } })
    }

    #[test]
    fn order_matters_in_lists_only() {
        let set = |a, b| json!({ "s": { "SS": [a, b] }, "m": { "M": { "n": { "BS": [b, a] } } } });
        assert!(changes_nothing(&modify(&set("a", "b"), &set("b", "a"))));
        let list = |a, b| json!({ "l": { "L": [{ "S": a }, { "S": b }] } });
        assert!(!changes_nothing(&modify(&list("a", "b"), &list("b", "a"))));
        assert!(changes_nothing(&modify(&list("a", "b"), &list("a", "b"))));
    }

    #[test]
    fn kind_and_presence_count() {
        let one = json!({ "a": { "N": "1" } });
        for other in [
            json!({ "a": { "S": "1" } }),
            json!({ "b": { "N": "1" } }),
            json!({ "a": { "N": "1" }, "b": { "NULL": true } }),
            json!({}),
        ] {
            assert!(!changes_nothing(&modify(&one, &other)), "{other}");
            assert!(!changes_nothing(&modify(&other, &one)), "{other}");
        }
    }

    #[test]
    fn a_record_with_one_image_stays() {
        let insert = json!({ "eventName": "INSERT", "dynamodb": { "NewImage": {} } });
        assert!(!changes_nothing(&insert));
    }

    #[test]
    fn other_operations_pass_by() {
        let headers = |target: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-target", target.parse().unwrap());
            headers
        };
        let to = |target| Answer::to(&headers(target));
        assert_eq!(to("DynamoDBStreams_20120810.GetRecords"), Some(Answer::Records));
        assert_eq!(to("DynamoDBStreams_20120810.DescribeStream"), Some(Answer::Stream));
        assert_eq!(to("DynamoDB_20120810.GetItem"), None);
        assert_eq!(Answer::to(&HeaderMap::new()), None);
    }

    #[test]
    fn a_body_that_is_no_answer_is_left_alone() {
        assert_eq!(Answer::Records.correct(b"no json"), None);
        assert_eq!(Answer::Stream.correct(b"{}"), None);
    }
}
