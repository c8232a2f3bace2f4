//! The members of events and records: order, absence, doubled and unknown ones, times.

use crate::{decoded, event, with_change};
use dynacdc_record::{DecodeErrorKind, EventName, StreamViewType, UserIdentity, decode_event};

const KEYS: &str = r#""Keys":{"pk":{"S":"k"}},"SequenceNumber":"100""#;

#[test]
fn what_may_be_missing_is_none() {
    for members in [
        KEYS.to_owned(),
        format!(
            r#""ApproximateCreationDateTime":null,"NewImage":null,"OldImage":null,"SizeBytes":null,
               "StreamViewType":null,{KEYS}"#
        ),
    ] {
        let record = decoded(&with_change(&members));

        assert_eq!(record.event_version(), None);
        assert_eq!(record.event_source(), None);
        assert_eq!(record.region(), None);
        assert_eq!(record.source_arn(), None);
        assert_eq!(record.stream_arn(), None);
        assert_eq!(record.created_epoch(), None);
        assert_eq!(record.size_bytes(), None);
        assert_eq!(record.view_type(), None);
        assert_eq!(record.user_identity(), None);
        assert!(record.new_image().is_none());
        assert!(record.old_image().is_none());
    }
}

#[test]
fn null_members_of_a_record_are_absent() {
    let record = decoded(&format!(
        r#"{{"eventVersion":null,"eventSource":null,"awsRegion":null,"eventSourceARN":null,"userIdentity":null,
            "eventID":"e","eventName":"MODIFY","dynamodb":{{{KEYS}}}}}"#
    ));

    assert_eq!(record, decoded(&format!(r#"{{"dynamodb":{{{KEYS}}},"eventID":"e","eventName":"MODIFY"}}"#)));
}

#[test]
fn a_delete_by_time_to_live_is_known_by_all_three_marks() {
    let record = |name: &str, identity: &str| {
        decoded(&format!(r#"{{"eventID":"e","eventName":"{name}","userIdentity":{identity},"dynamodb":{{{KEYS}}}}}"#))
    };
    let ttl = r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#;
    // The spelling of the Streams API.
    let api = r#"{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service","more":[1]}"#;

    assert!(record("REMOVE", ttl).is_ttl_delete());
    assert!(record("REMOVE", api).is_ttl_delete());
    assert!(!record("MODIFY", ttl).is_ttl_delete());
    assert!(!record("REMOVE", r#"{"type":"Service"}"#).is_ttl_delete());
    assert!(!record("REMOVE", r#"{"type":"Service","principalId":"x"}"#).is_ttl_delete());
    assert!(!record("REMOVE", r#"{"type":"Root","principalId":"dynamodb.amazonaws.com"}"#).is_ttl_delete());
    assert_eq!(record("REMOVE", "{}").user_identity(), None);
    assert_eq!(record("REMOVE", r#"{"type":null,"principalId":null}"#).user_identity(), None);
    let half = UserIdentity { kind: "", principal_id: "p" };
    assert_eq!(record("REMOVE", r#"{"principalId":"p"}"#).user_identity(), Some(half));
}

#[test]
fn all_notations_of_a_creation_time_are_exact() {
    for (text, wanted) in [
        ("1428537600", (1_428_537_600, 0)),
        ("1428537600.0", (1_428_537_600, 0)),
        ("1637948167.023251", (1_637_948_167, 23_251_000)),
        ("1.480642020E9", (1_480_642_020, 0)),
        ("1.480642020123e+9", (1_480_642_020, 123_000_000)),
        (r#""1678831218.0""#, (1_678_831_218, 0)),
        (r#""1678831218""#, (1_678_831_218, 0)),
        ("0", (0, 0)),
        ("-1.5", (-2, 500_000_000)),
    ] {
        let record = decoded(&with_change(&format!(r#""ApproximateCreationDateTime":{text},{KEYS}"#)));

        assert_eq!(record.created_epoch(), Some(wanted), "{text}");
    }
}

#[test]
fn event_names_and_view_types() {
    for name in [EventName::Insert, EventName::Modify, EventName::Remove] {
        for view in StreamViewType::ALL {
            let record = decoded(&format!(
                r#"{{"eventID":"e","eventName":"{name}","dynamodb":{{"StreamViewType":"{view}",{KEYS}}}}}"#
            ));

            assert_eq!((record.event_name(), record.view_type()), (name, Some(view)));
        }
    }
}

#[test]
fn unknown_members_are_passed_over_at_every_level() {
    let junk = r#""x":{"a":[1,-2.5e3,{"b":null,"c":[]},true,false,"\u00e9\""],"d":{}}"#;
    let plain = r#"{"Records":[{"eventID":"e","eventName":"INSERT","userIdentity":{"type":"t"},"dynamodb":{"Keys":{"pk":{"S":"k"}},"SequenceNumber":"100"}}]}"#;
    // Every brace opens a map that may have more members, but not those of attributes and values.
    let [keys, value] = [r#""Keys":{"#, r#""pk":{"#];
    let mut full = plain.replace('{', &format!("{{{junk},"));
    full = full.replace(&format!("{keys}{junk},"), keys).replace(&format!("{value}{junk},"), value);

    assert!(full.matches(junk).count() == 4, "{full}");
    assert_eq!(decode_event(full).unwrap(), decode_event(plain).unwrap());
}

#[test]
fn of_members_given_twice_the_last_counts() {
    let record = decoded(
        r#"{"eventID":"1","eventName":"REMOVE","awsRegion":"x","eventID":"2","eventName":"INSERT","awsRegion":null,
            "dynamodb":{"SequenceNumber":"5"},
            "dynamodb":{"Keys":{"a":{"S":"1"}},"SequenceNumber":"6","NewImage":{"a":{"S":"1"}},
                        "Keys":{"pk":{"S":"k"}},"SequenceNumber":"7","NewImage":null},
            "userIdentity":{"type":"a","principalId":"b","type":"c"}}"#,
    );

    assert_eq!(record.event_id(), "2");
    assert_eq!(record.event_name(), EventName::Insert);
    assert_eq!(record.region(), None);
    assert_eq!(record.key().to_string(), "pk:S:k");
    assert_eq!(record.sequence_number().as_str(), "7");
    assert!(record.new_image().is_none());
    assert_eq!(record.user_identity(), Some(UserIdentity { kind: "c", principal_id: "b" }));
}

#[test]
fn of_two_lists_of_records_the_last_counts() {
    let record = |id: &str| format!(r#"{{"eventID":"{id}","eventName":"INSERT","dynamodb":{{{KEYS}}}}}"#);
    let text = format!(r#"{{"Records":[{},{{}}],"Records":[{},null]}}"#, record("a"), record("b"));

    let decoded = decode_event(text).unwrap();

    assert_eq!(decoded.records().len(), 1);
    assert_eq!(decoded.records()[0].event_id(), "b");
    assert_eq!(decoded.malformed()[0].position(), 1);
}

/// Room for nodes is reserved by what the records so far needed; those of a list that does not count must not count.
#[test]
fn a_long_list_before_the_last_one_costs_no_memory() {
    let record = format!(r#"{{"eventID":"e","eventName":"INSERT","dynamodb":{{{KEYS}}}}}"#);
    let long = vec![record.as_str(); 2000].join(",");

    let decoded = decode_event(format!(r#"{{"Records":[{long}],"Records":[{long}]}}"#)).unwrap();

    assert_eq!(decoded.records().len(), 2000);
}

#[test]
fn an_event_without_records_is_empty() {
    for text in [r#"{"Records":[]}"#, " { \"Records\" : [ ] } ", r#"{"window":{},"Records":[],"state":{"1":282}}"#] {
        assert!(decode_event(text).unwrap().is_empty(), "{text}");
    }
}

#[test]
fn a_source_that_is_no_stream_is_kept_as_text() {
    let text =
        |arn: &str| format!(r#"{{"eventID":"e","eventName":"INSERT","eventSourceARN":"{arn}","dynamodb":{{{KEYS}}}}}"#);
    let good = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2015-05-11T21:21:33.291";
    let decoded = decode_event(event(&[&text("stream-arn"), &text(good), &text("stream-arn")])).unwrap();

    let arns: Vec<_> = decoded.records().iter().map(|record| record.stream_arn().map(|arn| arn.table())).collect();
    assert_eq!(arns, [None, Some("t"), None]);
    assert_eq!(decoded.records()[0].source_arn(), Some("stream-arn"));
}

#[test]
fn unknown_values_may_be_nested_128_deep() {
    let deep = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"x":{open}{close},"eventID":"e","eventName":"INSERT","dynamodb":{{{KEYS}}}}}"#)
    };
    assert_eq!(decoded(&deep(128)).event_id(), "e");

    let refused = decode_event(event(&[&deep(129)])).unwrap();

    assert_eq!(*refused.malformed()[0].error().kind(), DecodeErrorKind::TooDeep(128));
    assert_eq!(refused.malformed()[0].event_id(), Some("e"));
}

#[test]
fn brackets_without_end_do_not_exhaust_the_stack() {
    for open in ["[", "{\"a\":", r#"{"L":["#, r#"{"M":{"m":"#] {
        let deep = open.repeat(100_000);
        let texts = [
            deep.clone(),
            format!(r#"{{"Records":{deep}"#),
            format!(r#"{{"Records":[{deep}"#),
            format!(r#"{{"x":{deep}"#),
            event(&[&with_change(&format!(r#"{KEYS},"NewImage":{{"a":{deep}"#))]),
        ];
        for text in texts {
            assert!(decode_event(text).is_err());
        }
    }
}

#[test]
fn a_record_of_many_closed_brackets_spoils_no_other() {
    let good = with_change(KEYS);
    for (open, close) in [("[", "]"), (r#"{"L":["#, "]}")] {
        let deep = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let bad = with_change(&format!(r#"{KEYS},"NewImage":{{"a":{deep}}}"#));

        let decoded = decode_event(event(&[&good, &deep, &bad, &good])).unwrap();

        assert_eq!(decoded.records().len(), 2);
        assert_eq!(decoded.malformed()[0].raw(), deep.as_bytes());
        assert_eq!(decoded.malformed()[1].sequence_number().unwrap().as_str(), "100");
    }
}
