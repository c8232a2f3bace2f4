//! Refusals of a record's own members, and what is still known of the record.

use crate::{refusals::refused, with_change};
use dynacdc_record::{DecodeErrorKind as Kind, Malformed};

const ID: &str = r#""eventID":"e""#;
const NAME: &str = r#""eventName":"INSERT""#;
const KEYS: &str = r#""Keys":{"pk":{"S":"k"},"sk":{"N":"1.0"}}"#;
const SEQUENCE: &str = r#""SequenceNumber":"0100""#;

fn record(members: &[&str], change: &[&str]) -> String {
    format!(r#"§{{{},"dynamodb":{{{}}}}}"#, members.join(","), change.join(","))
}

/// The mark goes from the start of the record to where `text` has one.
fn marked(record: &str) -> String {
    record.strip_prefix('§').filter(|rest| rest.contains('§')).unwrap_or(record).to_owned()
}

fn salvaged(malformed: &Malformed) -> (Option<&str>, Option<String>, Option<String>) {
    let sequence = malformed.sequence_number().map(|sequence| sequence.as_str().to_owned());
    (malformed.event_id(), sequence, malformed.key().map(ToString::to_string))
}

fn check(record: &str, kind: Kind, path: &str, left: (bool, bool, bool)) {
    let malformed = refused(marked(record), &kind, path);

    let wanted = (left.0.then_some("e"), left.1.then(|| "0100".to_owned()), left.2.then(|| "pk:S:k|sk:N:1".to_owned()));
    assert_eq!(salvaged(&malformed), wanted, "{record}");
}

#[test]
fn members_that_every_record_has() {
    check(&record(&[NAME], &[KEYS, SEQUENCE]), Kind::Missing("eventID"), "", (false, true, true));
    check(&record(&[ID], &[KEYS, SEQUENCE]), Kind::Missing("eventName"), "", (true, true, true));
    check(&record(&[ID, NAME], &[SEQUENCE]), Kind::Missing("dynamodb.Keys"), "", (true, true, false));
    check(&record(&[ID, NAME], &[KEYS]), Kind::Missing("dynamodb.SequenceNumber"), "", (true, false, true));
    check(&format!("§{{{ID},{NAME}}}"), Kind::Missing("dynamodb"), "", (true, false, false));
    check(&format!(r#"§{{{ID},{NAME},"dynamodb":null}}"#), Kind::Missing("dynamodb"), "", (true, false, false));
    check("§{}", Kind::Missing("dynamodb"), "", (false, false, false));
    check(&record(&[ID, NAME], &[r#""Keys":null"#, SEQUENCE]), Kind::Missing("dynamodb.Keys"), "", (true, true, false));
}

#[test]
fn members_with_wrong_values() {
    for (member, kind, left) in [
        (r#""eventName": §"UPSERT""#, Kind::EventName, (true, true, true)),
        (r#""eventName":§"insert""#, Kind::EventName, (true, true, true)),
        (r#""eventName":§1"#, Kind::Expected("a string"), (true, true, true)),
        (r#""eventID":§7"#, Kind::Expected("a string"), (false, true, true)),
        (r#""awsRegion":§{}"#, Kind::Expected("a string"), (true, true, true)),
        (r#""userIdentity":§"me""#, Kind::Expected("an identity"), (true, true, true)),
    ] {
        let path = member.split('"').nth(1).unwrap();
        check(&record(&[ID, NAME, member], &[KEYS, SEQUENCE]), kind, path, left);
    }
    let identity = r#""userIdentity":{"type":§7}"#;
    check(
        &record(&[ID, NAME, identity], &[KEYS, SEQUENCE]),
        Kind::Expected("a string"),
        "userIdentity.type",
        (true, true, true),
    );
}

#[test]
fn changes_with_wrong_values() {
    for (member, kind, left) in [
        (r#""SequenceNumber": §"""#, Kind::SequenceNumber, (true, false, true)),
        (r#""SequenceNumber":§"12a""#, Kind::SequenceNumber, (true, false, true)),
        (r#""SequenceNumber":§"00000000000000000000000000000000000000001""#, Kind::SequenceNumber, (true, false, true)),
        (r#""SequenceNumber":§100"#, Kind::Expected("a string"), (true, false, true)),
        (r#""SizeBytes":§1.5"#, Kind::WholeNumber, (true, true, true)),
        (r#""SizeBytes": §-1"#, Kind::WholeNumber, (true, true, true)),
        (r#""SizeBytes":§"1""#, Kind::Expected("a number"), (true, true, true)),
        (r#""SizeBytes":§01"#, Kind::Expected("a number"), (true, true, true)),
        (r#""StreamViewType":§"ALL""#, Kind::ViewType, (true, true, true)),
        (r#""ApproximateCreationDateTime":§1649809356015"#, Kind::CreationTime, (true, true, true)),
        (r#""ApproximateCreationDateTime": §"today""#, Kind::CreationTime, (true, true, true)),
        (r#""ApproximateCreationDateTime":§true"#, Kind::Expected("a number"), (true, true, true)),
        (r#""ApproximateCreationDateTime":1.§x"#, Kind::Expected("a digit"), (true, true, true)),
        (r#""Keys": §{}"#, Kind::Keys, (true, true, false)),
        (r#""Keys":§{"a":{"S":"1"},"b":{"S":"2"},"c":{"S":"3"}}"#, Kind::Keys, (true, true, false)),
        (r#""Keys":§{"a":{"BOOL":true}}"#, Kind::Keys, (true, true, false)),
        (r#""Keys":§{"a":{"L":[]}}"#, Kind::Keys, (true, true, false)),
        (r#""NewImage":§[]"#, Kind::Expected("a map of attributes"), (true, true, true)),
    ] {
        let path = format!("dynamodb.{}", member.split('"').nth(1).unwrap());
        check(&record(&[ID, NAME], &[KEYS, SEQUENCE, member]), kind, &path, left);
    }
    check(
        &record(&[ID, NAME], &[KEYS, SEQUENCE, r#""Keys":{"pk":{§"X":1}}"#]),
        Kind::UnknownType,
        "dynamodb.Keys.pk",
        (true, true, false),
    );
    check(&record(&[ID, NAME], &["§5"]), Kind::Expected("a string"), "dynamodb", (true, false, false));
}

#[test]
fn the_order_of_members_does_not_matter() {
    let bad = r#""NewImage":{"a":{"S":§5}}"#;
    for change in [[KEYS, bad, SEQUENCE], [bad, SEQUENCE, KEYS], [SEQUENCE, KEYS, bad]] {
        let text = format!(r#"{{"dynamodb":{{{}}}, {NAME}, {ID}}}"#, change.join(" , "));

        check(&text, Kind::Expected("a string"), "dynamodb.NewImage.a", (true, true, true));
    }
}

#[test]
fn escaped_names_are_found() {
    let text = format!(
        r#"{{"event\u0049D":"e",{NAME},"dynamod\u0062":{{"x":§\,"K\u0065ys":{{"pk":{{"S":"k"}},"sk":{{"N":"1"}}}},{SEQUENCE}}}}}"#
    );

    check(&text, Kind::Expected("a number"), "dynamodb.x", (true, true, true));
}

#[test]
fn a_bad_name_hides_nothing_behind_it() {
    let text = format!(r#"{{"§\q":1,"\ud800":2,{NAME},{ID},"dynamodb":{{"\q":1,{KEYS},{SEQUENCE}}}}}"#);

    check(&text, Kind::Escape, "", (true, true, true));
}

#[test]
fn what_cannot_be_told_apart_is_not_salvaged() {
    // The fault is in the key itself.
    let key = with_change(r#""Keys":{"pk":{"N":"§x"}},"SequenceNumber":"0100""#);
    let kind = Kind::Number(dynacdc_record::NumberError::Syntax { at: 0 });
    check(&key, kind, "dynamodb.Keys.pk", (true, true, false));
    // Nothing parts this member from the rest.
    check(&format!("{{{ID} §{NAME}}}"), Kind::Expected("a comma or the end of the map"), "", (true, false, false));
}

#[test]
fn of_two_changes_the_first_is_not_salvaged() {
    let text = format!(r#"§{{{ID},{NAME},"dynamodb":{{{KEYS},{SEQUENCE}}},"dynamodb":{{{SEQUENCE}}}}}"#);

    check(&text, Kind::Missing("dynamodb.Keys"), "", (true, true, false));
}

#[test]
fn many_records_of_bad_bytes_are_put_aside_each_with_its_own() {
    let count = 200_000;
    let records: Vec<u8> = (0..count).flat_map(|i| [[b'\xfe', b','], [b'\xff', b',']][i % 2]).collect();
    let event = [b"{\"Records\":[", &records[..records.len() - 1], b"]}"].concat();

    let decoded = dynacdc_record::decode_event(event).unwrap();

    assert_eq!(decoded.malformed().len(), count);
    for malformed in decoded.malformed() {
        let wanted: &[u8] = if malformed.position() % 2 == 0 { b"\xfe" } else { b"\xff" };
        assert_eq!((malformed.raw(), malformed.error().kind()), (wanted, &Kind::Utf8));
    }
}
