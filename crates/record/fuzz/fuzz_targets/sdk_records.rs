#![no_main]

use arbitrary::Arbitrary;
use aws_sdk_dynamodbstreams::{
    primitives::{Blob, DateTime},
    types::{AttributeValue, Identity, OperationType, Record, StreamRecord, StreamViewType},
};
use dynacdc_record::{Item, StreamArn, decode_stream_records};
use dynacdc_record_fuzz::event_survives;
use libfuzzer_sys::fuzz_target;
use std::collections::HashMap;

/// A record with anything in it that the SDK can hold.
#[derive(Debug, Arbitrary)]
struct Change {
    event_id: Option<String>,
    event_name: Option<Name>,
    event_version: Option<String>,
    identity: Option<(Option<String>, Option<String>)>,
    has_body: Mostly,
    created: Option<(i64, u32)>,
    keys: Option<Attributes>,
    new_image: Option<Attributes>,
    old_image: Option<Attributes>,
    sequence: Option<Digits>,
    size: Option<i64>,
    view_type: Option<Name>,
}

/// True unless the fuzzer says otherwise.
#[derive(Debug, Arbitrary)]
struct Mostly(u8);

type Attributes = Vec<(String, Value)>;

#[derive(Debug, Arbitrary)]
enum Name {
    Insert,
    Modify,
    Remove,
    KeysOnly,
    NewAndOldImages,
    Other(String),
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Insert => "INSERT".to_owned(),
            Self::Modify => "MODIFY".to_owned(),
            Self::Remove => "REMOVE".to_owned(),
            Self::KeysOnly => "KEYS_ONLY".to_owned(),
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES".to_owned(),
            Self::Other(text) => text,
        }
    }
}

#[derive(Debug, Arbitrary)]
enum Digits {
    Number(u128),
    Text(String),
}

impl Digits {
    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

#[derive(Debug, Arbitrary)]
enum Value {
    S(String),
    I(i64),
    N(Digits),
    B(Vec<u8>),
    Bool(bool),
    Null(Mostly),
    Ss(Vec<String>),
    Ns(Vec<Digits>),
    Bs(Vec<Vec<u8>>),
    L(Vec<Value>),
    M(Attributes),
    /// Lists around a value: a short input reaches any depth.
    Deep(u8, Box<Value>),
}

/// The SDK drops its values by recursion, so what is too deep for the stack cannot be tried.
const DEEPEST: usize = 2_000;

/// `depth` counts the lists and maps around it.
fn value(value: Value, depth: usize) -> AttributeValue {
    if depth > DEEPEST {
        return AttributeValue::Null(true);
    }
    match value {
        Value::S(text) => AttributeValue::S(text),
        Value::I(number) => AttributeValue::N(number.to_string()),
        Value::N(number) => AttributeValue::N(number.text()),
        Value::B(bytes) => AttributeValue::B(Blob::new(bytes)),
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::Null(is_null) => AttributeValue::Null(is_null.0 != 1),
        Value::Ss(set) => AttributeValue::Ss(set),
        Value::Ns(set) => AttributeValue::Ns(set.into_iter().map(Digits::text).collect()),
        Value::Bs(set) => AttributeValue::Bs(set.into_iter().map(Blob::new).collect()),
        Value::L(list) => AttributeValue::L(list.into_iter().map(|element| self::value(element, depth + 1)).collect()),
        Value::M(map) => AttributeValue::M(attributes_at(map, depth + 1)),
        Value::Deep(levels, inner) => {
            let levels = usize::from(levels % 40);
            (0..levels).fold(self::value(*inner, depth + levels), |value, _| AttributeValue::L(vec![value]))
        }
    }
}

fn attributes(attributes: Attributes) -> HashMap<String, AttributeValue> {
    attributes_at(attributes, 0)
}

fn attributes_at(attributes: Attributes, depth: usize) -> HashMap<String, AttributeValue> {
    attributes.into_iter().map(|(name, value)| (name, self::value(value, depth))).collect()
}

fn record(change: Change) -> Record {
    let body = StreamRecord::builder()
        // The SDK panics on its own where the nanoseconds are a second or more.
        .set_approximate_creation_date_time(
            change.created.map(|(secs, nanos)| DateTime::from_secs_and_nanos(secs, nanos % 1_000_000_000)),
        )
        .set_keys(change.keys.map(attributes))
        .set_new_image(change.new_image.map(attributes))
        .set_old_image(change.old_image.map(attributes))
        .set_sequence_number(change.sequence.map(Digits::text))
        .set_size_bytes(change.size)
        .set_stream_view_type(change.view_type.map(|name| StreamViewType::from(name.text().as_str())))
        .build();
    let identity = |(kind, principal)| Identity::builder().set_type(kind).set_principal_id(principal).build();
    Record::builder()
        .set_event_id(change.event_id)
        .set_event_name(change.event_name.map(|name| OperationType::from(name.text().as_str())))
        .set_event_version(change.event_version)
        .set_user_identity(change.identity.map(identity))
        .set_dynamodb((change.has_body.0 != 1).then_some(body))
        .build()
}

const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291";

fuzz_target!(|changes: Vec<Change>| {
    let records: Vec<Record> = changes.into_iter().map(record).collect();
    let arn = StreamArn::parse(ARN).expect("a stream ARN");

    let decoded = decode_stream_records(records.clone(), &arn);

    assert_eq!(decoded.len(), records.len());
    event_survives(&decoded);
    for (theirs, ours) in records.into_iter().zip(decoded.iter()) {
        let image = theirs.dynamodb.and_then(|change| change.new_image);
        let (Ok(ours), Some(image)) = (ours, image.filter(|image| !image.is_empty())) else { continue };
        let kept = ours.new_image().expect("the image is there");
        assert_eq!(HashMap::from(kept), image);
        assert_eq!(Item::try_from(image), Ok(kept.to_item()));
    }
});
