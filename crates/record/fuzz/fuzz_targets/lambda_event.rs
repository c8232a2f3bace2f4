#![no_main]

use dynacdc_record::decode_event;
use dynacdc_record_fuzz::event_survives;
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, de::IgnoredAny};

/// Refuses to read an event that has two lists of records.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<IgnoredAny>,
}

fuzz_target!(|bytes: &[u8]| {
    let decoded = decode_event(bytes);
    if let Ok(decoded) = &decoded {
        event_survives(decoded);
        for malformed in decoded.malformed() {
            let raw = malformed.raw();
            assert!(bytes.windows(raw.len()).any(|part| part == raw), "the bytes are those that came");
        }
    }
    if let Err(error) = &decoded {
        assert!(error.offset() <= bytes.len());
    }
    // What is not known in an event is checked less strictly when it is ignored, so it is read as values as well.
    // A list would pass for an event, too: serde reads the fields of a structure from lists as well.
    if serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|event| event.is_object())
        && let Ok(event) = serde_json::from_slice::<Event>(bytes)
    {
        assert_eq!(decoded.expect("JSON with a list of records").len(), event.records.len());
    }
});
