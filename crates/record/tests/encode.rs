//! Encoding and copying: what comes back is equal, and equality means something.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

#[path = "strategies/mod.rs"]
mod strategies;

use dynacdc_record::{
    ChangeRecord, EventName, Item, Number, SequenceNumber, StreamArn, StreamViewType, decode_event, decode_record,
    encode_event, item,
};
use proptest::{collection::vec, option, prelude::*};

/// One view of a record.
#[derive(Debug, Clone)]
enum View {
    Entering,
    Leaving,
    Part(u8),
    Derived(Item, Option<Item>, Option<Item>),
    Detached,
}

impl View {
    fn of(&self, record: &ChangeRecord) -> ChangeRecord {
        match self {
            Self::Entering => record.entering(),
            Self::Leaving => record.leaving(),
            Self::Part(part) => record.clone().with_part(*part),
            Self::Derived(key, old, new) => record.derive(key, old.as_ref(), new.as_ref()).unwrap(),
            Self::Detached => record.detach(),
        }
    }
}

fn view() -> impl Strategy<Value = View> {
    prop_oneof![
        Just(View::Entering),
        Just(View::Leaving),
        any::<u8>().prop_map(View::Part),
        (strategies::key_item(), option::of(strategies::item()), option::of(strategies::item()))
            .prop_map(|(key, old, new)| View::Derived(key, old, new)),
        Just(View::Detached),
    ]
}

/// A record, and how it is seen.
fn seen() -> impl Strategy<Value = ChangeRecord> {
    (strategies::change(), vec(view(), 0..4))
        .prop_map(|(change, views)| views.iter().fold(change.record(), |record, view| view.of(&record)))
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_equal(records in vec(seen(), 0..4)) {
        let json = encode_event(&records);

        prop_assert!(!json.contains('\n'));
        let decoded = decode_event(json.as_str()).unwrap();
        prop_assert_eq!(decoded.malformed(), []);
        prop_assert_eq!(decoded.records(), records.as_slice());
        prop_assert_eq!(encode_event(decoded.records()), json);
        for (decoded, record) in decoded.records().iter().zip(&records) {
            prop_assert_eq!(decoded.origin(), record.origin());
            prop_assert_eq!(decoded.transition(), record.transition());
            prop_assert_eq!(decoded.version(), record.version());
            prop_assert_eq!(decode_record(record.to_json()).unwrap(), record.clone());
        }
    }

    #[test]
    fn other_readers_see_legal_json_of_what_is_shown(record in seen()) {
        let json: serde_json::Value = serde_json::from_str(&record.to_json()).unwrap();

        prop_assert_eq!(&json["eventName"], record.event_name().as_str());
        let change = &json["dynamodb"];
        let sequence = record.sequence_number();
        prop_assert_eq!(&change["SequenceNumber"], sequence.as_str());
        prop_assert_eq!(change["Keys"].as_object().unwrap().len(), record.keys().len());
        prop_assert_eq!(change.get("NewImage").is_some(), record.new_image().is_some());
        prop_assert_eq!(change.get("OldImage").is_some(), record.old_image().is_some());
        prop_assert_eq!(json.get("dynacdc").is_some(), record.is_view());
    }

    #[test]
    fn a_detached_record_is_equal(records in vec(seen(), 1..4)) {
        let decoded = decode_event(encode_event(&records)).unwrap();
        for record in decoded.records() {
            let detached = record.detach();

            prop_assert_eq!(&detached, record);
            prop_assert_eq!(detached.origin(), record.origin());
            prop_assert_eq!(detached.to_json(), record.to_json());
        }
    }
}

fn builder() -> dynacdc_record::RecordBuilder {
    ChangeRecord::builder(EventName::Modify, item! { "pk" => "a" }, SequenceNumber::parse("100").unwrap())
        .event_id("id")
        .event_version("1.1")
        .event_source("aws:dynamodb")
        .region("eu-west-1")
        .stream_arn(arn("t"))
        .user_identity("Service", "dynamodb.amazonaws.com")
        .created_epoch(1, 5)
        .size_bytes(10)
        .view_type(StreamViewType::NewAndOldImages)
        .new_image(item! { "pk" => "a", "n" => 1 })
        .old_image(item! { "pk" => "a", "n" => 2 })
}

fn arn(table: &str) -> StreamArn {
    let arn = format!("arn:aws:dynamodb:eu-west-1:1:table/{table}/stream/2015-05-11T21:21:33.291");
    StreamArn::parse(&arn).unwrap()
}

#[test]
fn records_that_differ_in_one_part_are_not_equal() {
    let record = builder().build().unwrap();
    let other_key = record.derive(&item! { "pk" => "b" }, None, None).unwrap();
    let others = [
        builder().event_id("other"),
        builder().event_version("1.0"),
        builder().event_source("aws:other"),
        builder().region("eu-west-2"),
        builder().stream_arn(arn("u")),
        builder().user_identity("Service", "other"),
        builder().user_identity("Other", "dynamodb.amazonaws.com"),
        builder().created_epoch(1, 6),
        builder().created_epoch(2, 5),
        builder().size_bytes(11),
        builder().view_type(StreamViewType::NewImage),
        builder().new_image(item! { "pk" => "a", "n" => 2 }),
        builder().old_image(item! { "pk" => "a" }),
    ];

    assert_eq!(record, builder().build().unwrap());
    for other in others {
        assert_ne!(record, other.build().unwrap());
    }
    for number in ["101", "0100"] {
        let sequence = SequenceNumber::parse(number).unwrap();
        let other = ChangeRecord::builder(EventName::Modify, item! { "pk" => "a" }, sequence);
        let plain =
            ChangeRecord::builder(EventName::Modify, item! { "pk" => "a" }, SequenceNumber::parse("100").unwrap());
        assert_ne!(other.event_id("id").build().unwrap(), plain.event_id("id").build().unwrap());
    }
    let views = [record.entering(), record.leaving(), record.clone().with_part(1), other_key, record];
    for (i, a) in views.iter().enumerate() {
        for (j, b) in views.iter().enumerate() {
            assert_eq!(a == b, i == j, "{a:?} and {b:?}");
        }
    }
}

#[test]
fn records_that_show_the_same_of_different_origins_are_not_equal() {
    let with_old = |old: i32| builder().old_image(item! { "pk" => "a", "n" => old }).build().unwrap().entering();

    assert_eq!(with_old(1), with_old(1));
    assert_ne!(with_old(1), with_old(2));
}

#[test]
fn equality_is_by_meaning() {
    let with = |number: &str| builder().new_image(item! { "n" => Number::parse(number).unwrap() }).build().unwrap();

    assert_eq!(with("1.50"), with("1.5"));
    assert_ne!(with("1.50"), with("1.51"));
}

#[test]
fn a_record_without_optional_parts_has_no_such_members() {
    let sequence = SequenceNumber::parse("100").unwrap();
    let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, sequence).build().unwrap();

    let wanted =
        r#"{"eventID":"100","eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"100"}}"#;
    assert_eq!(record.to_json(), wanted);
}

#[test]
fn times_are_written_exactly() {
    for (time, text) in [
        ((0, 0), "0"),
        ((10, 0), "10"),
        ((1_637_948_167, 23_251_000), "1637948167.023251"),
        ((1, 1), "1.000000001"),
        ((-1, 500_000_000), "-0.5"),
        ((-2, 0), "-2"),
        ((253_402_300_799, 999_999_999), "253402300799.999999999"),
    ] {
        let record = builder().created_epoch(time.0, time.1).build().unwrap();

        assert!(record.to_json().contains(&format!(r#""ApproximateCreationDateTime":{text},"#)), "{text}");
        assert_eq!(decode_record(record.to_json()).unwrap().created_epoch(), Some(time));
    }
}

#[test]
fn a_creation_time_that_could_not_be_read_back_is_not_built() {
    for (seconds, nanos) in [(253_402_300_800, 0), (i64::MIN, 0), (0, 1_000_000_000)] {
        let refused = builder().created_epoch(seconds, nanos).build().unwrap_err();

        assert_eq!(refused, dynacdc_record::ItemError::CreationTime);
    }
}

#[test]
fn debug_forms_show_no_item() {
    let builder = builder().new_image(item! { "card" => "secret" });
    assert!(!format!("{builder:?}").contains("secret"));
    let record = builder.build().unwrap();
    let bad = record.to_json().replace("eventName", "secret");

    let decoded = decode_event(format!(r#"{{"Records":[{},{bad}]}}"#, record.to_json())).unwrap();

    assert_eq!(decoded.malformed().len(), 1);
    assert!(!format!("{decoded:?}").contains("secret"));
}
