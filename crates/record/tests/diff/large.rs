//! Maps and sets that are beyond what is compared pairwise or fits the index on the stack.

use dynacdc_record::{ChangeRecord, decode_event};

/// A change whose images are these JSON maps.
fn modify(old: &str, new: &str) -> ChangeRecord {
    let images = format!(r#""Keys":{{"pk":{{"S":"k"}}}},"OldImage":{old},"NewImage":{new},"SequenceNumber":"1""#);
    let event = format!(r#"{{"Records":[{{"eventID":"e","eventName":"MODIFY","dynamodb":{{{images}}}}}]}}"#);
    decode_event(event).unwrap().records()[0].clone()
}

fn paths(record: &ChangeRecord) -> Vec<String> {
    assert_eq!(record.diff().unwrap().is_empty(), record.old_image() == record.new_image());
    record.diff().unwrap().iter().map(|it| format!("{} {:?}", it.path(), it.change())).collect()
}

fn map(names: impl Iterator<Item = usize>, value: impl Fn(usize) -> usize) -> String {
    let attributes: Vec<_> = names.map(|i| format!(r#""attribute_{i}":{{"N":"{}"}}"#, value(i))).collect();
    format!("{{{}}}", attributes.join(","))
}

fn set(tag: &str, elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<_> = elements.map(|element| format!("\"{element}\"")).collect();
    format!(r#"{{"s":{{"{tag}":[{}]}}}}"#, elements.join(","))
}

#[test]
fn maps_of_every_size_in_another_order() {
    for len in [1, 2, 3, 100, 254, 255, 256, 257, 1000] {
        let old = map(0..len, |i| i);
        assert_eq!(paths(&modify(&old, &map((0..len).rev(), |i| i))), Vec::<String>::new(), "{len}");

        // And when one attribute has another value, one is gone, and one is new.
        let last = len - 1;
        let new = map((1..=len).rev(), |i| if i == last { 0 } else { i });
        let mut expected = vec![format!("attribute_{len} Added(N)"), format!("attribute_{last} Changed(N)")];
        expected.truncate(len);
        expected.push("attribute_0 Removed(N)".to_owned());
        assert_eq!(paths(&modify(&old, &new)), expected, "{len}");
    }
}

#[test]
fn names_that_share_their_ends_are_told_apart() {
    // Given names of one length with the same first and last four bytes, which have one fingerprint.
    let attributes = |values: [(u32, u32); 4]| {
        let attributes = values.map(|(name, value)| format!(r#""same{name}tail":{{"N":"{value}"}}"#));
        format!("{{{}}}", attributes.join(","))
    };
    let old = attributes([(1, 1), (2, 2), (3, 3), (4, 4)]);

    assert_eq!(paths(&modify(&old, &attributes([(4, 4), (2, 2), (1, 1), (3, 3)]))), Vec::<String>::new());
    assert_eq!(
        paths(&modify(&old, &attributes([(4, 4), (2, 1), (5, 1), (3, 3)]))),
        ["same2tail Changed(N)", "same5tail Added(N)", "same1tail Removed(N)"]
    );
}

/// Writes the element of a number.
type Spelling = fn(usize) -> String;

#[test]
fn sets_of_every_size_in_another_order() {
    for len in [1, 2, 31, 32, 33, 500] {
        let cases: [(&str, Spelling, Spelling); 3] = [
            ("SS", |i| format!("é{i}"), |i| format!("\\u00e9{i}")),
            ("NS", |i| i.to_string(), |i| format!("{i}.0")),
            ("BS", |i| format!("{i:04}"), |i| format!("{i:04}")),
        ];
        for (tag, plain, other) in cases {
            let old = set(tag, (0..len).map(plain));
            assert_eq!(paths(&modify(&old, &set(tag, (0..len).rev().map(other)))), Vec::<String>::new(), "{tag} {len}");
            // An element that is listed twice is in the set once.
            let twice = set(tag, (0..len).rev().chain([0]).map(other));
            assert_eq!(paths(&modify(&old, &twice)), Vec::<String>::new(), "{tag} {len}");
            // A set that has an element more, one less, or another one.
            for numbers in [0..len + 1, 1..len + 1] {
                let new = set(tag, numbers.rev().map(other));
                let change = format!("s Changed({tag})");
                assert_eq!(paths(&modify(&old, &new)), [change.as_str()], "{tag} {len}");
                assert_eq!(paths(&modify(&new, &old)), [change.as_str()], "{tag} {len}");
            }
        }
    }
}
