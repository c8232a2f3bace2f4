//! Each rule by an example.

use crate::{Change, changes, modify};
use dynacdc_record::{
    AttributeValue, ChangeRecord, EventName, Item, Number, SequenceNumber, StreamViewType, ValueChange, diff, item,
};
use std::collections::BTreeSet;

fn n(text: &str) -> AttributeValue {
    Number::parse(text).unwrap().into()
}

/// The differences as texts of paths and changes, in the order they come in.
fn lines(old: Item, new: Item) -> Vec<String> {
    let record = modify(&old, &new);
    record.diff().unwrap().iter().map(|it| format!("{} {:?}", it.path(), it.change())).collect()
}

#[test]
fn absent_null_and_empty_are_three_things() {
    let cases = [
        (item! {}, item! { "a" => AttributeValue::Null }, "a Added(NULL)"),
        (item! { "a" => AttributeValue::Null }, item! {}, "a Removed(NULL)"),
        (item! { "a" => AttributeValue::Null }, item! { "a" => "" }, "a TypeChanged(NULL to S)"),
        (item! { "a" => "" }, item! {}, "a Removed(S)"),
        (item! { "a" => "" }, item! { "a" => Vec::<u8>::new() }, "a TypeChanged(S to B)"),
        (item! { "a" => item! {} }, item! { "a" => Vec::<AttributeValue>::new() }, "a TypeChanged(M to L)"),
        (item! { "a" => item! {} }, item! {}, "a Removed(M)"),
    ];
    for (old, new, line) in cases {
        assert_eq!(lines(old, new), [line]);
    }
    assert_eq!(lines(item! { "a" => item! {} }, item! { "a" => item! {} }), Vec::<String>::new());
}

#[test]
fn both_booleans_are_of_one_type() {
    assert_eq!(lines(item! { "a" => true }, item! { "a" => false }), ["a Changed(BOOL)"]);
    assert_eq!(lines(item! { "a" => true }, item! { "a" => "true" }), ["a TypeChanged(BOOL to S)"]);
}

#[test]
fn numbers_differ_by_value() {
    assert_eq!(lines(item! { "a" => n("1.50") }, item! { "a" => n("15E-1") }), Vec::<String>::new());
    // One shape and other digits, and still one value.
    assert_eq!(lines(item! { "a" => n("10E1") }, item! { "a" => n("01E2") }), Vec::<String>::new());
    assert_eq!(lines(item! { "a" => n("-0") }, item! { "a" => n("0.00") }), Vec::<String>::new());
    assert_eq!(lines(item! { "a" => n("0.5") }, item! { "a" => n(".5") }), Vec::<String>::new());
    assert_eq!(lines(item! { "a" => n("5") }, item! { "a" => n("5.") }), Vec::<String>::new());
    assert_eq!(lines(item! { "a" => n("1.50") }, item! { "a" => n("1.51") }), ["a Changed(N)"]);
    // An `f64` could not tell them apart.
    let digits = "1234567890123456789012345678901234567";
    assert_eq!(lines(item! { "a" => n(&format!("{digits}1")) }, item! { "a" => n(&format!("{digits}2")) }).len(), 1);
}

#[test]
fn a_list_is_compared_index_by_index() {
    let list =
        |texts: &[&str]| item! { "l" => texts.iter().map(|text| AttributeValue::from(*text)).collect::<Vec<_>>() };

    assert_eq!(lines(list(&["a", "b"]), list(&["a", "b", "c", "d"])), ["l[2] Added(S)", "l[3] Added(S)"]);
    assert_eq!(lines(list(&["a", "b", "c"]), list(&["a"])), ["l[1] Removed(S)", "l[2] Removed(S)"]);
    assert_eq!(lines(list(&["b"]), list(&["a", "b"])), ["l[0] Changed(S)", "l[1] Added(S)"]);
}

#[test]
fn a_set_is_one_value() {
    let set = |texts: &[&str]| item! { "s" => texts.iter().map(ToString::to_string).collect::<BTreeSet<_>>() };
    let record = modify(&set(&["a", "b"]), &set(&["b", "c"]));
    let found: Vec<_> = changes(&record.diff().unwrap()).into_values().collect();

    let value = |item: Item| item.get("s").unwrap().clone();
    assert_eq!(found, [Change::Changed(value(set(&["a", "b"])), value(set(&["b", "c"])))]);
}

#[test]
fn paths_go_through_maps_and_lists_and_names_are_taken_as_they_are() {
    let order = |qty: i32, city: &str| {
        item! {
            "lines" => [item! { "qty" => 1 }, item! { "qty" => qty, "unit.price" => 5 }].map(AttributeValue::M).to_vec(),
            "address" => item! { "home" => item! { "city" => city } },
            "address.home" => qty,
        }
    };
    assert_eq!(
        lines(order(1, "Bern"), order(2, "Biel")),
        ["address.home.city Changed(S)", "\"address.home\" Changed(N)", "lines[1].qty Changed(N)"]
    );
}

#[test]
fn removed_attributes_come_last_whatever_the_number_of_both() {
    let old = item! { "a" => 1, "b" => 1, "c" => 1 };
    let new = item! { "c" => 2, "d" => 1, "e" => 1 };

    assert_eq!(lines(old, new), ["c Changed(N)", "d Added(N)", "e Added(N)", "a Removed(N)", "b Removed(N)"]);
}

#[test]
fn images_of_two_records_can_be_compared() {
    let (first, second) = (modify(&item! { "a" => 1 }, &item! {}), modify(&item! { "a" => 2 }, &item! {}));
    let found = diff(first.old_image().unwrap(), second.old_image().unwrap());

    let difference = found.iter().next().unwrap();
    let ValueChange::Changed { old, new } = difference.change() else { panic!("{difference:?}") };
    assert_eq!((old.as_number().unwrap().as_str(), new.as_number().unwrap().as_str()), ("1", "2"));
}

#[test]
fn values_do_not_need_the_diff_to_live_on() {
    let record = modify(&item! { "a" => "x" }, &item! { "a" => "y" });
    let new = record.diff().unwrap().iter().find_map(|difference| difference.new_value());

    assert_eq!(new.and_then(|value| value.as_str()), Some("y"));
}

#[test]
fn the_event_name_says_which_images_must_be_there() {
    let record = |name, old: bool, new: bool| {
        let mut builder = ChangeRecord::builder(name, item! { "pk" => "a" }, SequenceNumber::parse("1").unwrap());
        if old {
            builder = builder.old_image(item! { "pk" => "a", "x" => 1 });
        }
        if new {
            builder = builder.new_image(item! { "pk" => "a", "x" => 2 });
        }
        builder.view_type(StreamViewType::KeysOnly).build().unwrap()
    };
    let missing = |record: ChangeRecord| record.diff().err().map(|error| error.image);
    let len = |record: ChangeRecord| record.diff().map(|diff| diff.len());

    assert_eq!(missing(record(EventName::Insert, true, false)), Some("NewImage"));
    assert_eq!(missing(record(EventName::Modify, true, false)), Some("NewImage"));
    assert_eq!(missing(record(EventName::Modify, false, true)), Some("OldImage"));
    assert_eq!(missing(record(EventName::Remove, false, true)), Some("OldImage"));
    assert_eq!(len(record(EventName::Insert, false, true)), Ok(2));
    assert_eq!(len(record(EventName::Modify, true, true)), Ok(1));
    assert_eq!(len(record(EventName::Remove, true, false)), Ok(2));
}

#[test]
fn debug_output_shows_no_values() {
    let record = modify(&item! { "card" => "4111", "pin" => 1234 }, &item! { "card" => "4222", "pin" => "9876" });
    let text = format!("{:?} {:?}", record.diff().unwrap(), record.diff().unwrap().iter());

    assert!(text.contains("card") && text.contains("Changed(S)") && text.contains("TypeChanged(N to S)"), "{text}");
    assert!(!["4111", "4222", "1234", "9876"].iter().any(|secret| text.contains(secret)), "{text}");
}
