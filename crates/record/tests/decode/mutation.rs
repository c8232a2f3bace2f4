//! Arbitrary bytes, and legal events with something broken in them.

use crate::{render::Renderer, strategies};
use dynacdc_record::{decode_event, decode_record};
use proptest::{collection::vec, prelude::*, sample::Index};

/// Bytes that hold the structure of a text.
fn is_structure(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'{' | b'}' | b'[' | b']')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode_event(bytes.clone());
        let _ = decode_record(bytes);
    }

    #[test]
    fn arbitrary_tokens_do_not_panic(tokens in vec(prop::sample::select(&TOKENS[..]), 0..60)) {
        let text = tokens.concat();
        let _ = decode_event(format!(r#"{{"Records":[{text}]}}"#));
        let _ = decode_record(text);
    }

    #[test]
    fn a_changed_event_does_not_panic(
        changes in vec(strategies::change(), 1..3),
        seed: u64,
        at: Index,
        remove in 0_usize..3,
        insert in vec(any::<u8>(), 0..3),
    ) {
        let mut bytes = Renderer::new(seed).event(&changes).into_bytes();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + remove).min(bytes.len()), insert);

        if let Err(error) = decode_event(bytes.clone()) {
            prop_assert!(error.offset() <= bytes.len());
        }
    }

    #[test]
    fn a_broken_record_spoils_no_other(
        changes in vec(strategies::change(), 1..5),
        seed: u64,
        broken: Index,
        at: Index,
        with in any::<u8>().prop_filter("the structure stays", |byte| !is_structure(*byte)),
    ) {
        let mut renderer = Renderer::new(seed);
        let mut records: Vec<Vec<u8>> = changes.iter().map(|change| renderer.record(change).into_bytes()).collect();
        let broken = broken.index(records.len());
        let loose: Vec<usize> = (0..records[broken].len()).filter(|at| !is_structure(records[broken][*at])).collect();
        records[broken][loose[at.index(loose.len())]] = with;
        let event = [&b"{\"Records\":["[..], &records.join(&b","[..]), b"]}"].concat();

        let decoded = decode_event(event).unwrap();

        prop_assert_eq!(decoded.len(), changes.len());
        for (i, (record, change)) in decoded.iter().zip(&changes).enumerate() {
            match record {
                Ok(record) if i != broken => prop_assert_eq!(record, &change.record()),
                Ok(_) => {}
                Err(malformed) => {
                    prop_assert_eq!(malformed.position(), broken);
                    prop_assert_eq!(malformed.raw(), records[broken].as_slice());
                    let alone = decode_record(malformed.raw()).unwrap_err();
                    prop_assert_eq!(alone.kind(), malformed.error().kind());
                }
            }
        }
    }
}

const TOKENS: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    " ",
    "null",
    "true",
    "1.5",
    "\"\"",
    "\"S\":",
    "\"N\":",
    "\"B\":",
    "\"BOOL\":",
    "\"NULL\":",
    "\"SS\":",
    "\"NS\":",
    "\"L\":",
    "\"M\":",
    "\"a\":",
    "\"12\"",
    "\"INSERT\"",
    "\"eventID\":",
    "\"eventName\":",
    "\"dynamodb\":",
    "\"Keys\":",
    "\"NewImage\":",
    "\"OldImage\":",
    "\"SequenceNumber\":",
    "\"SizeBytes\":",
    "\"userIdentity\":",
    "\"dynacdc\":",
    "\"origin\":",
];
