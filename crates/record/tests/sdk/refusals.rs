//! Records of a page that cannot be decoded.

use crate::{Attributes, arn, attributes};
use aws_sdk_dynamodbstreams::{
    primitives::{Blob, DateTime},
    types::{AttributeValue, OperationType, Record, StreamRecord, StreamViewType},
};
use dynacdc_record::{
    AttributeValue as OurValue, DecodeErrorKind as Kind, Malformed, NumberError, decode_record, decode_stream_records,
    item,
};
use std::collections::HashMap;

fn good() -> Record {
    Record::builder().event_id("e").event_name(OperationType::Insert).dynamodb(body()).build()
}

fn body() -> StreamRecord {
    let key = attributes(&item! { "pk" => "k" });
    let image = item! { "pk" => "k", "b" => vec![0_u8, 255] };
    StreamRecord::builder()
        .set_keys(Some(key))
        .set_new_image(Some(attributes(&image)))
        .sequence_number("0100")
        .size_bytes(5)
        .approximate_creation_date_time(DateTime::from_secs(1_428_537_600))
        .stream_view_type(StreamViewType::NewImage)
        .build()
}

/// Decodes a page in which the record, with `break_it` done to it, stands between two good ones.
fn refused(break_it: impl FnOnce(&mut Record, &mut StreamRecord), kind: &Kind, path: &str) -> Malformed {
    let (mut bad, mut change) = (good(), body());
    break_it(&mut bad, &mut change);
    bad.dynamodb = bad.dynamodb.and(Some(change));

    let decoded = decode_stream_records(vec![good(), bad, good()], &arn());

    let whole = decode_stream_records(vec![good(), good()], &arn());
    assert_eq!(decoded.records(), whole.records());
    assert!(decoded.iter().map(|record| record.is_ok()).eq([true, false, true]));
    let [malformed] = decoded.malformed() else { panic!("{decoded:?}") };
    let error = malformed.error();
    assert_eq!((error.kind(), error.path().to_string().as_str()), (kind, path));
    assert_eq!((error.record(), malformed.position(), error.offset()), (Some(1), 1, 0));
    // What is kept of it is refused by the other decoder for the same reason.
    let raw = decode_record(malformed.raw()).unwrap_err();
    assert_eq!((raw.kind(), raw.path()), (kind, error.path()), "{}", String::from_utf8_lossy(malformed.raw()));
    malformed.clone()
}

fn all_salvaged(malformed: &Malformed) {
    assert_eq!(malformed.event_id(), Some("e"));
    assert_eq!(malformed.sequence_number().unwrap().as_str(), "0100");
    assert_eq!(malformed.key().unwrap().to_string(), "pk:S:k");
}

fn value_refused(value: AttributeValue, kind: &Kind, below: &str) {
    let old = HashMap::from([("pk".to_owned(), AttributeValue::S("k".to_owned())), ("a".to_owned(), value)]);
    let malformed = refused(|_, change| change.old_image = Some(old), kind, &format!("dynamodb.OldImage.a{below}"));
    all_salvaged(&malformed);
}

#[test]
fn values() {
    let list = |value| AttributeValue::L(vec![AttributeValue::Null(true), value]);
    let map = |value| AttributeValue::M(HashMap::from([("m".to_owned(), value)]));
    let number = |text: &str| AttributeValue::N(text.to_owned());

    value_refused(number("x"), &Kind::Number(NumberError::Syntax { at: 0 }), "");
    value_refused(list(map(number("1E126"))), &Kind::Number(NumberError::OutOfRange), "[1].m");
    value_refused(AttributeValue::Ns(vec!["1".to_owned(), String::new()]), &Kind::Number(NumberError::Empty), "[1]");
    for empty in [AttributeValue::Ss(vec![]), AttributeValue::Ns(vec![]), AttributeValue::Bs(vec![])] {
        value_refused(map(empty), &Kind::EmptySet, ".m");
    }
    let not_null = Kind::Expected("true, which is the only null value");
    value_refused(list(AttributeValue::Null(false)), &not_null, "[1]");
}

/// `levels` lists around a null value.
fn nested(levels: usize) -> AttributeValue {
    (0..levels).fold(AttributeValue::Null(true), |value, _| AttributeValue::L(vec![value]))
}

#[test]
fn nesting_beyond_32_levels() {
    value_refused(nested(33), &Kind::TooDeep(32), &"[0]".repeat(32));

    let mut legal = good();
    legal.dynamodb.as_mut().unwrap().new_image = Some(HashMap::from([("a".to_owned(), nested(32))]));
    assert!(decode_stream_records(vec![legal], &arn()).malformed().is_empty());
}

#[test]
fn members_that_every_record_has() {
    let malformed = refused(|record, _| record.event_id = None, &Kind::Missing("eventID"), "");
    assert_eq!((malformed.event_id(), malformed.key().is_some()), (None, true));
    all_salvaged(&refused(|record, _| record.event_name = None, &Kind::Missing("eventName"), ""));
    let malformed = refused(|record, _| record.dynamodb = None, &Kind::Missing("dynamodb"), "");
    assert_eq!((malformed.event_id(), malformed.key(), malformed.sequence_number()), (Some("e"), None, None));
    let malformed = refused(|_, change| change.keys = None, &Kind::Missing("dynamodb.Keys"), "");
    assert_eq!((malformed.key(), malformed.sequence_number().is_some()), (None, true));
    let missing = Kind::Missing("dynamodb.SequenceNumber");
    let malformed = refused(|_, change| change.sequence_number = None, &missing, "");
    assert_eq!((malformed.sequence_number(), malformed.key().is_some()), (None, true));
}

#[test]
fn members_with_wrong_values() {
    let upsert = OperationType::from("UPSERT");
    all_salvaged(&refused(|record, _| record.event_name = Some(upsert), &Kind::EventName, "eventName"));
    let all = StreamViewType::from("ALL");
    let path = "dynamodb.StreamViewType";
    all_salvaged(&refused(|_, change| change.stream_view_type = Some(all), &Kind::ViewType, path));
    all_salvaged(&refused(|_, change| change.size_bytes = Some(-1), &Kind::WholeNumber, "dynamodb.SizeBytes"));
    let late = DateTime::from_secs(1_649_809_356_015);
    let path = "dynamodb.ApproximateCreationDateTime";
    let set = |_: &mut Record, change: &mut StreamRecord| change.approximate_creation_date_time = Some(late);
    all_salvaged(&refused(set, &Kind::CreationTime, path));
    for number in ["", "12a", "00000000000000000000000000000000000000001"] {
        let set = |_: &mut Record, change: &mut StreamRecord| change.sequence_number = Some(number.to_owned());
        let malformed = refused(set, &Kind::SequenceNumber, "dynamodb.SequenceNumber");
        assert_eq!((malformed.sequence_number(), malformed.key().is_some()), (None, true));
    }
}

#[test]
fn keys_that_are_none() {
    let keys: [Attributes; 3] =
        [HashMap::new(), attributes(&item! { "a" => true }), attributes(&item! { "a" => 1, "b" => 2, "c" => 3 })];
    for keys in keys {
        let malformed = refused(|_, change| change.keys = Some(keys), &Kind::Keys, "dynamodb.Keys");
        assert_eq!((malformed.key(), malformed.event_id()), (None, Some("e")));
    }
}

#[test]
fn a_name_above_64_kilobytes() {
    let image = attributes(&[("n".repeat(65_536), 1)].into_iter().collect());
    all_salvaged(&refused(|_, change| change.new_image = Some(image), &Kind::TooLarge, "dynamodb.NewImage"));
}

#[test]
fn what_is_kept_is_the_whole_record_and_decodes_once_it_is_mended() {
    let mut old = attributes(&item! { "n\"\n" => "é", "l" => vec![dynacdc_record::AttributeValue::from(5)] });
    old.insert("bs".to_owned(), AttributeValue::Bs(vec![Blob::new([1]), Blob::new([])]));
    let mut whole = good();
    whole.dynamodb.as_mut().unwrap().old_image = Some(old.clone());
    let malformed = refused(
        |_, change| (change.old_image, change.size_bytes) = (Some(old), Some(-5)),
        &Kind::WholeNumber,
        "dynamodb.SizeBytes",
    );

    let mended = String::from_utf8(malformed.raw().to_vec()).unwrap().replace("-5", "5");

    let decoded = decode_stream_records(vec![whole], &arn());
    assert_eq!(decode_record(mended).unwrap(), decoded.records()[0]);
}

#[test]
fn values_of_any_depth_are_refused_and_do_not_overflow_the_stack() {
    assert!(OurValue::try_from(nested(32)).is_ok());
    for levels in [33, 200, 5_000] {
        assert_eq!(OurValue::try_from(nested(levels)).unwrap_err().kind(), &Kind::TooDeep(32));
    }
}

#[test]
fn a_record_of_any_depth_is_malformed_wherever_the_depth_is() {
    let deep = || Some(HashMap::from([("pk".to_owned(), nested(5_000))]));
    let path = |image: &str| format!("dynamodb.{image}.pk{}", "[0]".repeat(32));

    refused(|_, change| change.keys = deep(), &Kind::TooDeep(32), &path("Keys"));
    refused(|_, change| change.new_image = deep(), &Kind::TooDeep(32), &path("NewImage"));
}
