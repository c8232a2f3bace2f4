//! What is refused in a record: kind, path and place of the fault, and what stays of the record and its neighbours.

use crate::{shapes::nested, with_attribute, with_change, with_image};
use dynacdc_record::{DecodeErrorKind as Kind, Malformed, NumberError, decode_event, decode_record};

const BEFORE: &str =
    r#"{"eventID":"before","eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"b"}},"SequenceNumber":"1"}}"#;
const AFTER: &str =
    r#"{"eventID":"after","eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"3"}}"#;

/// Decodes an event in which `bad` stands between two good records. `§` marks the place of the fault.
pub(crate) fn refused(marked: impl AsRef<[u8]>, kind: &Kind, path: &str) -> Malformed {
    let marked = marked.as_ref();
    let mark = "§".as_bytes();
    let place = marked.windows(mark.len()).position(|bytes| bytes == mark).expect("the place is marked");
    let bad = [&marked[..place], &marked[place + mark.len()..]].concat();
    let head = format!(r#"{{"Records":[{BEFORE}, "#);
    let event = [head.as_bytes(), &bad, b" ,", AFTER.as_bytes(), b"]}"].concat();

    let decoded = decode_event(event).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&bad)));

    assert_eq!(decoded.len(), 3);
    assert_eq!(decoded.records(), [decode_record(BEFORE).unwrap(), decode_record(AFTER).unwrap()]);
    let [malformed] = decoded.malformed() else { panic!("{} are malformed", decoded.malformed().len()) };
    assert!(decoded.iter().map(|record| record.is_ok()).eq([true, false, true]));
    let text = String::from_utf8_lossy(&bad);
    let error = malformed.error();
    assert_eq!((error.kind(), error.path().to_string().as_str()), (kind, path), "{text}");
    assert_eq!(error.offset(), head.len() + place, "{error}: {text}");
    assert_eq!((malformed.position(), error.record()), (1, Some(1)));
    assert_eq!(malformed.raw(), bad, "the bytes as they came");

    let alone = decode_record(bad.clone()).unwrap_err();
    assert_eq!((alone.kind(), alone.path(), alone.record()), (kind, error.path(), None));
    assert_eq!(alone.offset(), place);
    malformed.clone()
}

/// Asserts that id, sequence number and key of a record of [`with_image`] were found.
fn all_salvaged(malformed: &Malformed) {
    assert_eq!(malformed.event_id(), Some("e"));
    assert_eq!(malformed.sequence_number().unwrap().as_str(), "100");
    assert_eq!(malformed.key().unwrap().to_string(), "pk:S:k");
}

fn value_refused(a: &str, kind: &Kind, below: &str) {
    all_salvaged(&refused(with_attribute(a), kind, &format!("dynamodb.NewImage.a{below}")));
}

#[test]
fn type_tags() {
    value_refused(r#"{§}"#, &Kind::NoType, "");
    value_refused(r#"{"L":[{"NULL":true}, { §}]}"#, &Kind::NoType, "[1]");
    value_refused(r#"{"S":"x", §"N":"1"}"#, &Kind::TwoTypes, "");
    value_refused(r#"{"SS":["x"],§"NS":["1"]}"#, &Kind::TwoTypes, "");
    value_refused(r#"{§"X":"x"}"#, &Kind::UnknownType, "");
    value_refused(r#"{ §"s":"x"}"#, &Kind::UnknownType, "");
    value_refused(r#"{§"":"x"}"#, &Kind::UnknownType, "");
    value_refused(r#"{"M":{"b":{§"BOOLEAN":true}}}"#, &Kind::UnknownType, ".b");
}

#[test]
fn values_of_another_type_than_their_tag() {
    value_refused(r#"{"S":§5}"#, &Kind::Expected("a string"), "");
    value_refused(r#"{"S": §null}"#, &Kind::Expected("a string"), "");
    value_refused(r#"{"N":§5}"#, &Kind::Expected("a string"), "");
    value_refused(r#"{"B":§[0]}"#, &Kind::Expected("a string"), "");
    value_refused(r#"{"BOOL":§"true"}"#, &Kind::Expected("true or false"), "");
    value_refused(r#"{"NULL": §false}"#, &Kind::Expected("true, which is the only null value"), "");
    value_refused(r#"{"L":§{}}"#, &Kind::Expected("a list"), "");
    value_refused(r#"{"M":§[]}"#, &Kind::Expected("a map of attributes"), "");
    value_refused(r#"{"SS":["x",§5]}"#, &Kind::Expected("a string"), "[1]");
    value_refused(r#"§"x""#, &Kind::Expected("an attribute value"), "");
    value_refused(r#"§null"#, &Kind::Expected("an attribute value"), "");
}

#[test]
fn numbers() {
    let many = format!(r#"{{"N":"§{}"}}"#, "1".repeat(39));
    for (a, error) in [
        (r#"{"N":"§"}"#, NumberError::Empty),
        (r#"{"N":"§1.2.3"}"#, NumberError::Syntax { at: 3 }),
        (r#"{"N":"§ 1"}"#, NumberError::Syntax { at: 0 }),
        (r#"{"N":"§0x10"}"#, NumberError::Syntax { at: 1 }),
        (r#"{"N":"§NaN"}"#, NumberError::Syntax { at: 0 }),
        (r#"{"N":"§1E+126"}"#, NumberError::OutOfRange),
        (r#"{"N":"§-1E-131"}"#, NumberError::OutOfRange),
        (&many, NumberError::TooManyDigits),
    ] {
        value_refused(a, &Kind::Number(error), "");
    }
    value_refused(r#"{"NS":["1","§x"]}"#, &Kind::Number(NumberError::Syntax { at: 0 }), "[1]");
}

#[test]
fn binary_values() {
    for a in [
        r#"{"B":"§AP8"}"#,
        r#"{"B":"§AP8=="}"#,
        r#"{"B":"§AP8=\n"}"#,
        r#"{"B":"§AP_-"}"#,
        r#"{"B":"§A"}"#,
        r#"{"B":"§AP9="}"#,
        r#"{"B":"§é"}"#,
    ] {
        value_refused(a, &Kind::Base64, "");
    }
    value_refused(r#"{"BS":["AA==","§?"]}"#, &Kind::Base64, "[1]");
}

#[test]
fn empty_sets() {
    for a in [r#"{"SS":§[]}"#, r#"{"NS": §[ ]}"#, r#"{"BS":§[]}"#] {
        value_refused(a, &Kind::EmptySet, "");
    }
    value_refused(r#"{"L":[{"M":{"b":{"SS":§[]}}}]}"#, &Kind::EmptySet, "[0].b");
}

#[test]
fn strings() {
    for (a, kind) in [
        (r#"{"S":"ok §\x"}"#, Kind::Escape),
        (r#"{"S":"§\u12"}"#, Kind::Escape),
        (r#"{"S":"§\u12g4"}"#, Kind::Escape),
        (r#"{"S":"§\u+123"}"#, Kind::Escape),
        (r#"{"S":"§\é"}"#, Kind::Escape),
        (r#"{"S":"§\ud83d"}"#, Kind::LoneSurrogate),
        (r#"{"S":"§\ud83d\u0041"}"#, Kind::LoneSurrogate),
        (r#"{"S":"§\ud83d\n"}"#, Kind::LoneSurrogate),
        (r#"{"S":"§\ude00\ud83d"}"#, Kind::LoneSurrogate),
        ("{\"S\":\"a§\nb\"}", Kind::ControlCharacter),
        ("{\"S\":\"0123456789§\u{1f}\"}", Kind::ControlCharacter),
        ("{\"S\":\"\\n§\u{0}\"}", Kind::ControlCharacter),
    ] {
        value_refused(a, &kind, "");
    }
    value_refused(r#"{"B":"§\ud83d"}"#, &Kind::LoneSurrogate, "");
    value_refused(r#"{"L":[{"S":"§\ud83d"}]}"#, &Kind::LoneSurrogate, "[0]");
}

#[test]
fn names_of_attributes() {
    for (name, kind) in [
        (r#""§\q""#, Kind::Escape),
        (r#""§\udc00""#, Kind::LoneSurrogate),
        ("\"§\u{1}\"", Kind::ControlCharacter),
        ("§5", Kind::Expected("a string")),
        (&format!("§\"{}\"", "n".repeat(65_536)), Kind::TooLarge),
    ] {
        let image = format!(r#"{{"pk":{{"S":"k"}},{name}:{{"S":"x"}}}}"#);

        all_salvaged(&refused(with_image(&image), &kind, "dynamodb.NewImage"));
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    for bad in [&b"\xff"[..], b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf", b"\x80\xff"] {
        let with = |text: String| {
            let (head, tail) = text.split_once('!').unwrap();
            [head.as_bytes(), bad, tail.as_bytes()].concat()
        };

        let value = with(with_attribute(r#"{"S":"é§!"}"#));
        all_salvaged(&refused(value, &Kind::Utf8, "dynamodb.NewImage.a"));

        let name = with(with_image(r#"{"§!":{"S":"x"}}"#));
        all_salvaged(&refused(name, &Kind::Utf8, "dynamodb.NewImage"));

        let passed_over = with(with_change(r#""x":"§!","Keys":{"pk":{"S":"k"}},"SequenceNumber":"100""#));
        all_salvaged(&refused(passed_over, &Kind::Utf8, "dynamodb.x"));

        let between = with(with_attribute(r#"{"S":§!"x"}"#));
        all_salvaged(&refused(between, &Kind::Utf8, "dynamodb.NewImage.a"));
    }
}

#[test]
fn nesting_beyond_32_levels() {
    let deep = nested(33);
    let at = deep.rfind("[").unwrap();
    value_refused(&format!("{}§{}", &deep[..at], &deep[at..]), &Kind::TooDeep(32), &"[0].m".repeat(16));
}

#[test]
fn punctuation() {
    for (a, kind) in [
        (r#"{"S"§ "x"}"#.replace("§ ", " §"), Kind::Expected("a colon")),
        (r#"{"S":"x" §"y"}"#.to_owned(), Kind::Expected("a comma or the end of the value")),
        (r#"{"S":"x",§}"#.to_owned(), Kind::NoType),
        (r#"{"SS":["x" §"y"]}"#.to_owned(), Kind::Expected("a comma or the end of the list")),
        (r#"{"BOOL":§True}"#.to_owned(), Kind::Expected("true or false")),
    ] {
        value_refused(&a, &kind, "");
    }
    value_refused(r#"{"SS":["x",§]}"#, &Kind::Expected("a string"), "[1]");
    value_refused(r#"{"L":[{"NULL":true},§]}"#, &Kind::Expected("an attribute value"), "[1]");
}

#[test]
fn records_that_are_no_maps() {
    for bad in ["§null", "§5", "§\"text\"", "§[]", "§[{\"a\":[1,2]},\"]\"]", "§true", "§nonsense"] {
        let malformed = refused(bad, &Kind::Expected("a record"), "");

        assert_eq!((malformed.event_id(), malformed.sequence_number(), malformed.key()), (None, None, None));
    }
}
