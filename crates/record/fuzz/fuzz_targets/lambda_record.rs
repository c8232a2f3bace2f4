#![no_main]

use dynacdc_record::{decode_event, decode_record};
use dynacdc_record_fuzz::survives_in_every_view;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match decode_record(bytes) {
    Ok(record) => {
        survives_in_every_view(&record);
        let event = [b"{\"Records\":[", bytes, b",null,", bytes, b"]}"].concat();
        let decoded = decode_event(event).expect("an event of good records and one bad one");
        assert_eq!(decoded.records(), [record.clone(), record]);
        assert_eq!(decoded.malformed()[0].position(), 1);
    }
    Err(error) => assert!(error.offset() <= bytes.len()),
});
