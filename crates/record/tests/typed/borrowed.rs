use crate::{list, record};
use dynacdc_record::{Item, decode_event, from_image, item};
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Debug, Deserialize)]
struct Order<'a> {
    pk: &'a str,
    blob: &'a [u8],
    #[serde(borrow)]
    lines: Vec<&'a str>,
    #[serde(borrow)]
    note: Cow<'a, str>,
}

fn order() -> Item {
    item! {
        "pk" => "ORDER#1",
        "blob" => vec![1, 2, 3],
        "lines" => list(["one", "two"]),
        "note" => "leave at the door",
    }
}

#[test]
fn strings_and_bytes_are_those_of_the_record() {
    let record = record(order());
    let image = record.new_image().unwrap();

    let order: Order<'_> = from_image(image).unwrap();

    assert_eq!(order.pk.as_ptr(), image.get("pk").unwrap().as_str().unwrap().as_ptr());
    assert_eq!(order.blob.as_ptr(), image.get("blob").unwrap().as_bytes().unwrap().as_ptr());
    let first = image.get("lines").unwrap().as_list().unwrap().get(0).unwrap();
    assert_eq!(order.lines[0].as_ptr(), first.as_str().unwrap().as_ptr());
    assert!(matches!(order.note, Cow::Borrowed("leave at the door")));
}

#[test]
fn strings_with_escapes_borrow_too() {
    let json = br#"{"Records":[{"eventID":"1","eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"a"}},
        "NewImage":{"text":{"S":"two\nlines"}},"SequenceNumber":"1"}}]}"#;
    #[derive(Deserialize)]
    struct Text<'a> {
        text: &'a str,
    }

    let decoded = decode_event(json.to_vec()).unwrap();
    let text: Text<'_> = from_image(decoded.records()[0].new_image().unwrap()).unwrap();

    assert_eq!(text.text, "two\nlines");
}

#[test]
fn keys_of_maps_borrow() {
    let record = record(item! { "counts" => item! { "apple" => 1, "pear" => 2 } });
    #[derive(Deserialize)]
    struct Counts<'a> {
        #[serde(borrow)]
        counts: std::collections::BTreeMap<&'a str, u8>,
    }

    let counts: Counts<'_> = record.new_image().unwrap().read().unwrap();

    assert_eq!(counts.counts, [("apple", 1), ("pear", 2)].into());
}
