//! Canonical bytes: fixed, the same for what means the same, and readable back.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

#[path = "diff/edit.rs"]
mod edit;
#[path = "strategies/mod.rs"]
mod strategies;

use dynacdc_record::{AttributeValue, ChangeRecord, EventName, Item, Number, SequenceNumber, decode_event, item};
use edit::{pair, respelled};
use proptest::prelude::*;
use std::collections::BTreeSet;
use strategies::item;

fn image_bytes(item: &Item) -> Vec<u8> {
    let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, SequenceNumber::parse("1").unwrap())
        .new_image(item.clone())
        .build()
        .unwrap();
    record.new_image().unwrap().canonical()
}

/// Reads canonical bytes by the table in the documentation, and refuses every other form.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn image(bytes: &'a [u8]) -> Item {
        let mut reader = Self(bytes);
        assert_eq!(reader.byte(), 1);
        let item = reader.map();
        assert!(reader.0.is_empty());
        item
    }

    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap();
        self.0 = rest;
        *first
    }

    fn count(&mut self) -> usize {
        let mut count = 0;
        for shift in (0..).step_by(7) {
            let byte = self.byte();
            count |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                assert!(byte != 0 || shift == 0, "not the shortest form");
                break;
            }
        }
        count
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = self.count();
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes.to_vec()
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    fn number(text: &str) -> Number {
        let number = Number::parse(text).unwrap();
        assert_eq!(number.canonical().to_string(), text);
        number
    }

    fn map(&mut self) -> Item {
        let attributes: Vec<(String, AttributeValue)> =
            (0..self.count()).map(|_| (self.text(), self.value())).collect();
        assert!(attributes.is_sorted_by(|a, b| a.0.as_bytes() < b.0.as_bytes()));
        attributes.into_iter().collect()
    }

    fn set(&mut self) -> Vec<Vec<u8>> {
        let elements: Vec<_> = (0..self.count()).map(|_| self.bytes()).collect();
        assert!(elements.is_sorted_by(|a, b| a < b));
        elements
    }

    fn texts(&mut self) -> impl Iterator<Item = String> {
        self.set().into_iter().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    fn value(&mut self) -> AttributeValue {
        match self.byte() {
            b'S' => AttributeValue::S(self.text()),
            b'N' => AttributeValue::N(Self::number(&self.text())),
            b'B' => AttributeValue::B(self.bytes()),
            b'T' => AttributeValue::Bool(true),
            b'F' => AttributeValue::Bool(false),
            b'0' => AttributeValue::Null,
            b's' => AttributeValue::Ss(self.texts().collect()),
            b'n' => AttributeValue::Ns(self.texts().map(|text| Self::number(&text)).collect()),
            b'b' => AttributeValue::Bs(self.set().into_iter().collect()),
            b'L' => AttributeValue::L((0..self.count()).map(|_| self.value()).collect()),
            b'M' => AttributeValue::M(self.map()),
            other => panic!("no type {other}"),
        }
    }
}

/// These bytes never change: hashes of them are stored for years.
#[test]
fn the_format_is_fixed() {
    let strings: BTreeSet<String> = ["é", "z", "a", ""].map(str::to_owned).into();
    let numbers: BTreeSet<Number> = ["10", "9.0", "-1E-130", "100E1"].map(|text| Number::parse(text).unwrap()).into();
    let binaries: BTreeSet<Vec<u8>> = [vec![255], vec![0, 1], vec![]].into();
    let item = item! {
        "é" => "a \"quoted\" \n text",
        "z" => Number::parse("-12345678901234567890.12345678901234567800").unwrap(),
        "binary" => vec![0_u8, 127, 128, 255],
        "yes" => true,
        "no" => false,
        "null" => AttributeValue::Null,
        "strings" => strings,
        "numbers" => numbers,
        "binaries" => binaries,
        "list" => vec![AttributeValue::Null, item! {}.into(), Vec::<AttributeValue>::new().into(), "".into()],
        "map" => item! { "b" => Number::parse("9.99E+125").unwrap(), "a.b" => 0, "" => "x".repeat(300) },
    };

    let mut expected = b"\x01\x0b\
        \x08binariesb\x03\x00\x02\x00\x01\x01\xff\
        \x06binaryB\x04\x00\x7f\x80\xff\
        \x04listL\x040M\x00L\x00S\x00\
        \x03mapM\x03\x00S\xac\x02"
        .to_vec();
    expected.extend([b'x'; 300]);
    expected.extend(
        b"\x03a.bN\x010\x01bN\x099.99E+125\
        \x02noF\
        \x04null0\
        \x07numbersn\x04\x07-1E-130\x0210\x041000\x019\
        \x07stringss\x04\x00\x01a\x01z\x02\xc3\xa9\
        \x03yesT\
        \x01zN\x28-12345678901234567890.123456789012345678\
        \x02\xc3\xa9S\x11a \"quoted\" \n text",
    );
    let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
    assert_eq!(shown(&item.canonical()), shown(&expected));
    assert_eq!(shown(&image_bytes(&item)), shown(&expected));
    assert_eq!(Item::new().canonical(), [1, 0]);
}

#[test]
fn counts_are_in_their_shortest_form() {
    for (len, count) in [(0, vec![0]), (127, vec![127]), (128, vec![0x80, 1]), (16_384, vec![0x80, 0x80, 1])] {
        let bytes = item! { "" => "x".repeat(len) }.canonical();
        assert_eq!(bytes[..4 + count.len()], [&[1, 1, 0, b'S'], &count[..]].concat(), "{len}");
    }
}

#[test]
fn an_event_may_list_elements_and_attributes_in_any_order_and_twice() {
    let image = |attributes: &str| {
        let change = format!(r#""Keys":{{"pk":{{"S":"k"}}}},"NewImage":{{{attributes}}},"SequenceNumber":"1""#);
        let event = format!(r#"{{"Records":[{{"eventID":"e","eventName":"INSERT","dynamodb":{{{change}}}}}]}}"#);
        decode_event(event).unwrap().records()[0].new_image().unwrap().canonical()
    };

    assert_eq!(
        image(r#""b":{"NS":["2","1.0","10"]},"a":{"SS":["x","\u0078","w"]}"#),
        image(r#""a":{"N":"1"},"a":{"SS":["w","x"]},"b":{"NS":["1e1","1","2.00","2"]}"#),
    );
}

#[test]
fn bytes_are_appended() {
    let mut bytes = b"salt".to_vec();
    item! { "a" => 1 }.write_canonical(&mut bytes);
    assert_eq!(bytes, b"salt\x01\x01\x01aN\x011");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_reads_back(item in item()) {
        prop_assert_eq!(Reader::image(&item.canonical()), item);
    }

    #[test]
    fn images_and_items_have_the_same_bytes(item in item()) {
        prop_assert_eq!(image_bytes(&item), item.canonical());
    }

    #[test]
    fn bytes_are_equal_if_meanings_are((a, b) in prop_oneof![pair(), respelled()]) {
        prop_assert_eq!(image_bytes(&a) == b.canonical(), a == b);
    }

    #[test]
    fn numbers_over_the_whole_range_have_one_text(text in "-?[0-9](\\.[0-9]{0,37})?[eE](-?[0-9]{1,2}|-?1[01][0-9])", other in 0..4_usize) {
        let number = Number::parse(&text).unwrap();
        let respelled = number.canonical().to_string();
        let respelled = match respelled.contains('E') {
            true => respelled.replace("E+", ["E+", "e", "E+0", "E+000"][other]).replace("E-", ["E-", "e-", "E-0", "E-000"][other]),
            false => respelled + ["", "E0", "e-0", "E+00"][other],
        };
        let bytes = |text: &str| image_bytes(&item! { "n" => Number::parse(text).unwrap() });

        prop_assert_eq!(bytes(&text), bytes(&respelled));
        prop_assert_eq!(Reader::image(&bytes(&text)), item! { "n" => number });
    }
}
