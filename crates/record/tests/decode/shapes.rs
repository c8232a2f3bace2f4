//! Values: types, nesting, doubled names, white space.

use crate::{decoded, event, with_attribute, with_change, with_image};
use dynacdc_record::{AttributeValue, Item, Number, Value, decode_event, item};
use std::collections::BTreeSet;

fn attribute(a: &str) -> AttributeValue {
    decoded(&with_attribute(a)).new_image().unwrap().get("a").unwrap().into()
}

#[test]
fn each_type_of_value() {
    for (json, wanted) in [
        (r#"{"S":"text"}"#, AttributeValue::from("text")),
        (r#"{"S":""}"#, AttributeValue::from("")),
        (r#"{"N":"-1.50E+3"}"#, AttributeValue::from(-1500)),
        (r#"{"B":"AP8="}"#, AttributeValue::B(vec![0, 255])),
        (r#"{"B":""}"#, AttributeValue::B(Vec::new())),
        (r#"{"B":"AP8\u003d"}"#, AttributeValue::B(vec![0, 255])),
        (r#"{"BOOL":true}"#, AttributeValue::Bool(true)),
        (r#"{"BOOL":false}"#, AttributeValue::Bool(false)),
        (r#"{"NULL":true}"#, AttributeValue::Null),
        (r#"{"SS":["b","","a"]}"#, AttributeValue::Ss(["", "a", "b"].map(str::to_owned).into())),
        (r#"{"NS":["2","1.0"]}"#, AttributeValue::Ns(BTreeSet::from([Number::from(1), Number::from(2)]))),
        (r#"{"BS":["AA==",""]}"#, AttributeValue::Bs(BTreeSet::from([vec![0], vec![]]))),
        (r#"{"L":[]}"#, AttributeValue::L(Vec::new())),
        (r#"{"L":[{"S":"x"},{"L":[{"NULL":true}]}]}"#, {
            AttributeValue::L(vec!["x".into(), AttributeValue::L(vec![AttributeValue::Null])])
        }),
        (r#"{"M":{}}"#, AttributeValue::M(Item::new())),
        (r#"{"M":{"M":{"M":{"S":{"S":"S"}}}}}"#, item! { "M" => item! { "S" => "S" } }.into()),
    ] {
        assert_eq!(attribute(json), wanted, "{json}");
    }
}

#[test]
fn the_text_of_a_number_is_kept() {
    let small = format!("0.{}1", "0".repeat(129));
    for text in ["0", "-0", "00.10", "1E-130", "9.9999999999999999999999999999999999999E+125", "+7", &small] {
        let record = decoded(&with_attribute(&format!(r#"{{"N":"{text}"}}"#)));

        let image = record.new_image().unwrap();
        assert_eq!(image.get("a").unwrap().as_number().unwrap().as_str(), text);
    }
}

#[test]
fn absent_null_and_empty_are_three_things() {
    let record = decoded(&with_image(r#"{"pk":{"S":"k"},"null":{"NULL":true},"empty":{"S":""}}"#));

    let image = record.new_image().unwrap();
    assert_eq!(image.get("absent"), None);
    assert_eq!(image.get("null"), Some(Value::Null));
    assert_eq!(image.get("empty"), Some(Value::S("")));
}

#[test]
fn escapes_and_surrogate_pairs_become_their_characters() {
    for (json, wanted) in [
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u0041\u00e9\u00C9\u20ac\u0000""#, "AéÉ€\0"),
        (r#""\ud83d\ude00 and \uD83D\uDE00""#, "😀 and 😀"),
        (r#""\udbff\udfff\ud800\udc00""#, "\u{10ffff}\u{10000}"),
        (r#""é€😀""#, "é€😀"),
        (r#""12345678901234567890\n""#, "12345678901234567890\n"),
    ] {
        assert_eq!(attribute(&format!(r#"{{"S":{json}}}"#)), wanted.into(), "{json}");
    }
}

#[test]
fn names_with_escapes_are_found_by_their_plain_form() {
    let record = decoded(&with_image(r#"{"pk":{"S":"k"},"\u0061.b\"":{"S":"\u0078"}}"#));

    assert_eq!(record.new_image().unwrap().get("a.b\""), Some(Value::S("x")));
}

#[test]
fn type_tags_may_be_escaped_and_spaced() {
    assert_eq!(attribute(" {\t\"\\u0053\" :\n\"x\" } "), "x".into());
    assert_eq!(attribute(r#"{"\u0042OOL":true}"#), true.into());
}

#[test]
fn of_one_type_tag_given_twice_the_last_counts() {
    assert_eq!(attribute(r#"{"S":"first","S":"last"}"#), "last".into());
    assert_eq!(attribute(r#"{"L":[{"S":"x"}],"L":[]}"#), AttributeValue::L(Vec::new()));
}

#[test]
fn white_space_may_stand_everywhere() {
    let plain = event(&[&with_attribute(r#"{"L":[{"SS":["x","y"]},{"M":{"n":{"NULL":true}}},{"N":"5"}]}"#)]);
    // No string of the event holds one of these characters.
    let spaced: String = plain
        .chars()
        .flat_map(|c| match c {
            '{' | '}' | '[' | ']' | ':' | ',' => vec![' ', '\t', c, '\r', '\n'],
            c => vec![c],
        })
        .collect();

    assert_ne!(spaced, plain);
    assert_eq!(decode_event(spaced).unwrap(), decode_event(plain).unwrap());
}

#[test]
fn of_attributes_with_one_name_the_last_counts() {
    // Small maps are searched for equal names in another way than large ones.
    for others in [0, 1, 22, 60, 123, 124, 125, 126, 400] {
        for name in ["twice", r"tw\u0069ce"] {
            let others: String = (0..others).map(|i| format!(r#""x{i}":{{"N":"{i}"}},"#)).collect();
            let twice = |value| format!(r#""{name}":{{"S":"{value}"}}"#);
            let image = format!(
                r#"{{{},{others}"pk":{{"S":"k"}},{},"twice":{{"S":"last"}}}}"#,
                twice("first"),
                twice("second"),
            );
            let record = decoded(&with_image(&image));

            let image = record.new_image().unwrap();
            assert_eq!(image.get("twice"), Some(Value::S("last")));
            assert_eq!(image.iter().filter(|(name, _)| *name == "twice").count(), 1);
            assert_eq!(image.len(), image.to_item().len());
        }
    }
}

#[test]
fn many_attributes_with_one_name_each_keep_their_last_value() {
    let image: String = (0..300).map(|i| format!(r#","x{}":{{"N":"{i}"}}"#, i % 60)).collect();
    let record = decoded(&with_image(&format!(r#"{{"pk":{{"S":"k"}}{image}}}"#)));

    let mut wanted: Item = (0..60).map(|i| (format!("x{i}"), 240 + i)).collect();
    wanted.insert("pk", "k");
    assert_eq!(record.new_image().unwrap().to_item(), wanted);
}

#[test]
fn maps_and_keys_keep_the_last_of_one_name_too() {
    let record = decoded(&with_change(
        r#""Keys":{"pk":{"S":"old"},"pk":{"S":"k"}},"SequenceNumber":"1",
           "NewImage":{"pk":{"S":"k"},"m":{"M":{"x":{"S":"1"},"y":{"S":"2"},"x":{"S":"3"}}}}"#,
    ));

    assert_eq!(record.key().to_string(), "pk:S:k");
    let wanted = item! { "pk" => "k", "m" => item! { "x" => "3", "y" => "2" } };
    assert_eq!(record.new_image().unwrap().to_item(), wanted);
}

#[test]
fn an_empty_image_is_there_and_empty() {
    let record = decoded(&with_image("{}"));

    assert!(record.new_image().unwrap().is_empty());
}

/// `levels` maps or lists around a null value.
pub(crate) fn nested(levels: usize) -> String {
    let (mut open, mut close) = (String::new(), String::new());
    for level in 0..levels {
        let (left, right) = if level % 2 == 0 { (r#"{"L":["#, "]}") } else { (r#"{"M":{"m":"#, "}}") };
        open.push_str(left);
        close.insert_str(0, right);
    }
    format!(r#"{open}{{"NULL":true}}{close}"#)
}

#[test]
fn thirty_two_levels_are_legal() {
    let record = decoded(&with_attribute(&nested(32)));

    let (mut levels, mut value) = (0, record.new_image().unwrap().get("a").unwrap());
    while let Some(inner) = match value {
        Value::L(list) => list.get(0),
        Value::M(map) => map.get("m"),
        _ => None,
    } {
        (levels, value) = (levels + 1, inner);
    }
    assert_eq!((levels, value), (32, Value::Null));
}
