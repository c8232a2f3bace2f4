//! Texts that are no events. Only these fail as a whole.

use crate::event;
use dynacdc_record::{DecodeErrorKind as Kind, decode_event, decode_record};

const RECORD: &str =
    r#"{"eventID":"e","eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"k"}},"SequenceNumber":"1"}}"#;

/// `§` marks the place of the fault.
fn refused(marked: &str, kind: Kind, path: &str) {
    let at = marked.find('§').unwrap();

    let error = decode_event(marked.replacen('§', "", 1)).unwrap_err();

    assert_eq!(error.kind(), &kind, "{marked}");
    assert_eq!((error.offset(), error.record()), (at, None), "{marked}");
    assert_eq!(error.path().to_string(), path, "{marked}");
}

#[test]
fn text_that_is_no_event() {
    refused("§", Kind::End, "");
    refused("  §", Kind::End, "");
    refused("§[]", Kind::Expected("an event"), "");
    refused(" §null", Kind::Expected("an event"), "");
    refused("{§", Kind::End, "");
    refused("{}§", Kind::Missing("Records"), "");
    refused(r#"{"records":[]}§"#, Kind::Missing("Records"), "");
    refused(r#"{"Records":§null}"#, Kind::Expected("a list of records"), "Records");
    refused(r#"{"Records":§{}}"#, Kind::Expected("a list of records"), "Records");
    refused(r#"{"Records":[]§"#, Kind::End, "");
    refused(r#"{"Records":[] §"x":1}"#, Kind::Expected("a comma or the end of the event"), "");
    refused(r#"{"Records":[],"x":§tru}"#, Kind::Expected("true or false"), "");
    refused(r#"{"Records":[],"x":"§\q"}"#, Kind::Escape, "");
    refused(r#"{"Records":[],"x":[1,§]}"#, Kind::Expected("a number"), "");
    refused("§\u{feff}{}", Kind::Expected("an event"), "");
}

#[test]
fn lists_that_do_not_end_or_part_their_records() {
    refused(&format!(r#"{{"Records":[{RECORD}§"#), Kind::End, "Records");
    refused(&format!(r#"{{"Records":[{RECORD},§"#), Kind::End, "Records");
    refused(&format!(r#"{{"Records":[{RECORD},§]}}"#), Kind::Expected("a value"), "Records");
    refused(&format!(r#"{{"Records":[§,{RECORD}]}}"#), Kind::Expected("a value"), "Records");
    refused(
        &format!(r#"{{"Records":[{RECORD} §{RECORD}]}}"#),
        Kind::Expected("a comma or the end of the list"),
        "Records",
    );
    refused(r#"{"Records":["open§"#, Kind::End, "Records");
    refused(r#"{"Records":["\§"#, Kind::End, "Records");
    refused(&format!(r#"{{"Records":[{}§"#, &RECORD[..RECORD.len() - 1]), Kind::End, "Records");
}

#[test]
fn text_after_the_end() {
    refused(&format!("{} §x", event(&[RECORD])), Kind::TextAfterEnd, "");
    refused(&format!("{}§{{}}", event(&[RECORD])), Kind::TextAfterEnd, "");
    let error = decode_record(format!("{RECORD} ,")).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (&Kind::TextAfterEnd, RECORD.len() + 1));
    assert!(decode_event(event(&[RECORD]) + " \r\n\t").is_ok());
}

#[test]
fn every_cut_text_fails_inside_it() {
    let text = event(&[RECORD, RECORD]);
    for cut in 0..text.len() {
        let error = decode_event(&text.as_bytes()[..cut]).unwrap_err();

        assert!(error.offset() <= cut, "{error} in {cut} bytes");
    }
}

#[test]
fn bytes_that_are_not_utf8_outside_of_records() {
    let bytes = [b"{\"x\":\"\xff\",", &event(&[RECORD]).as_bytes()[1..]].concat();

    let error = decode_event(bytes).unwrap_err();

    assert_eq!((error.kind(), error.offset()), (&Kind::Utf8, 6));
}

#[test]
fn messages_name_the_place_and_no_value() {
    let text = RECORD.replace(r#"{"S":"k"}"#, r#"{"N":"secret"}"#);

    let decoded = decode_event(event(&[RECORD, &text])).unwrap();

    let message = decoded.malformed()[0].error().to_string();
    let at = event(&[RECORD, &text]).find("secret").unwrap();
    assert_eq!(
        message,
        format!(
            "record 1, dynamodb.Keys.pk, byte {at}: bad number: unexpected character or end of text at byte 0 of the number"
        )
    );
}
