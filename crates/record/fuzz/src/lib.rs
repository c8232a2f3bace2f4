//! What holds of every decoded record, whatever it was decoded from.

use dynacdc_record::{ChangeRecord, Decoded, Item, decode_event, decode_record, encode_event};

/// # Panics
/// If a copy of the record, or what comes back from encoding it, is not equal to it.
pub fn survives(record: &ChangeRecord) {
    let json = record.to_json();
    let back = decode_record(json.as_str()).expect("what is encoded decodes");
    assert_eq!(&back, record);
    assert_eq!(back.to_json(), json);
    assert_eq!(back.origin(), record.origin());
    assert_eq!(back.version(), record.version());
    assert_eq!(back.item_key(), record.item_key());
    assert_eq!(&record.detach(), record);
    for image in [Some(record.keys()), record.new_image(), record.old_image()].into_iter().flatten() {
        assert_eq!(image, image);
        let names: Vec<_> = image.iter().map(|(name, _)| name).collect();
        assert!(names.iter().all(|name| image.contains(name)));
        assert_eq!(image.to_item().len(), names.len(), "names occur once");
    }
}

/// The same of each of its views.
pub fn survives_in_every_view(record: &ChangeRecord) {
    survives(record);
    let image = record.old_image().map(Item::from);
    let derived = record.derive(&record.item_key().to_item(), image.as_ref(), None).expect("it is made of a record");
    for view in [record.entering(), record.leaving(), record.clone().with_part(7), derived.leaving(), derived] {
        survives(&view);
        assert_eq!(view.origin(), record.origin());
        assert_eq!(view.event_id(), record.event_id());
    }
}

/// # Panics
/// If the records of an event do not come back from encoding them, or malformed ones are not in their places.
pub fn event_survives(decoded: &Decoded) {
    decoded.records().iter().for_each(survives);
    let back = decode_event(encode_event(decoded.records())).expect("what is encoded decodes");
    assert!(back.malformed().is_empty());
    assert_eq!(back.records(), decoded.records());
    assert!(decoded.malformed().is_sorted_by(|a, b| a.position() < b.position()));
    let in_order: Vec<_> = decoded.iter().collect();
    assert_eq!(in_order.len(), decoded.len());
    for malformed in decoded.malformed() {
        assert_eq!(in_order[malformed.position()], Err(malformed));
        assert_eq!(malformed.error().record(), Some(malformed.position()));
        decode_record(malformed.raw()).expect_err("a malformed record is malformed alone, too");
    }
}
