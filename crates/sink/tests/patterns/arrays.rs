use crate::{Fallible, matches, record};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::RecordPattern;

const ORDERS: &str = r#"{"a":{"L":[
    {"M":{"k":{"S":"1"},"v":{"S":"x"}}},
    {"M":{"k":{"S":"2"},"v":{"S":"y"},"w":{"S":"z"}}},
    {"S":"text"}
]}}"#;

#[test]
fn one_element_of_a_set_or_list_has_to_match() -> Fallible {
    for (pattern, image, wanted) in [
        (r#"{"a":{"SS":["y"]}}"#, r#"{"a":{"SS":["x","y"]}}"#, true),
        (r#"{"a":{"SS":["z"]}}"#, r#"{"a":{"SS":["x","y"]}}"#, false),
        (r#"{"a":{"SS":[{"anything-but":"x"}]}}"#, r#"{"a":{"SS":["x","y"]}}"#, true),
        (r#"{"a":{"NS":["2"]}}"#, r#"{"a":{"NS":["1","2"]}}"#, true),
        (r#"{"a":{"NS":[2]}}"#, r#"{"a":{"NS":["1","2"]}}"#, false),
        (r#"{"a":{"BS":["AA=="]}}"#, r#"{"a":{"BS":["AQ==","AA=="]}}"#, true),
        (r#"{"a":{"L":{"S":["text"]}}}"#, ORDERS, true),
        (r#"{"a":{"L":[{"exists":true}]}}"#, ORDERS, false),
    ] {
        assert_eq!(matches(pattern, image)?, wanted, "{pattern}");
    }
    Ok(())
}

#[test]
fn fields_in_a_list_are_satisfied_by_one_element() -> Fallible {
    for (fields, wanted) in [
        (r#"{"k":{"S":["1"]},"v":{"S":["x"]}}"#, true),
        (r#"{"k":{"S":["1"]},"v":{"S":["y"]}}"#, false),
        (r#"{"k":{"S":["1","2"]},"v":{"S":["y"]}}"#, true),
        (r#"{"k":{"S":["1"]},"w":{"S":["z"]}}"#, false),
        // Absent in the element that `k` chose.
        (r#"{"k":{"S":["1"]},"w":{"S":[{"exists":false}]}}"#, true),
        (r#"{"k":{"S":["2"]},"w":{"S":[{"exists":false}]}}"#, false),
        // Nothing is chosen before `a`, so it must be absent everywhere.
        (r#"{"v":{"S":[{"exists":false}]},"w":{"S":["z"]}}"#, false),
    ] {
        let pattern = format!(r#"{{"a":{{"L":{{"M":{fields}}}}}}}"#);
        assert_eq!(matches(&pattern, ORDERS)?, wanted, "{fields}");
    }
    Ok(())
}

/// Amazon's engine is written in Java, which sorts by UTF-16: U+1F600 before U+FFFF.
#[test]
fn fields_choose_in_the_order_of_java() -> Fallible {
    let image = "{\"a\":{\"L\":[{\"M\":{\"😀\":{\"S\":\"1\"}}},{\"M\":{\"\u{ffff}\":{\"S\":\"2\"}}}]}}";
    let absent = r#"{"S":[{"exists":false}]}"#;

    let later = format!("{{\"a\":{{\"L\":{{\"M\":{{\"😀\":{{\"S\":[\"1\"]}},\"\u{ffff}\":{absent}}}}}}}}}");
    let first = format!("{{\"a\":{{\"L\":{{\"M\":{{\"😀\":{absent},\"\u{ffff}\":{{\"S\":[\"2\"]}}}}}}}}}}");

    assert_eq!((matches(&later, image)?, matches(&first, image)?), (true, false));
    Ok(())
}

#[test]
fn a_list_in_a_list_belongs_to_its_element() -> Fallible {
    let image = r#"{"a":{"L":[
        {"M":{"k":{"S":"1"},"l":{"L":[{"M":{"p":{"S":"a"},"q":{"S":"b"}}}]}}},
        {"M":{"k":{"S":"2"},"l":{"L":[{"M":{"p":{"S":"c"},"q":{"S":"d"}}},{"M":{"p":{"S":"e"},"q":{"S":"f"}}}]}}}
    ]}}"#;
    for (k, p, q, wanted) in
        [("1", "a", "b", true), ("2", "e", "f", true), ("1", "c", "d", false), ("2", "c", "f", false)]
    {
        let fields =
            format!(r#"{{"k":{{"S":["{k}"]}},"l":{{"L":{{"M":{{"p":{{"S":["{p}"]}},"q":{{"S":["{q}"]}}}}}}}}}}"#);
        assert_eq!(matches(&format!(r#"{{"a":{{"L":{{"M":{fields}}}}}}}"#), image)?, wanted, "{fields}");
    }
    Ok(())
}

#[test]
fn lists_of_different_attributes_and_images_are_independent() -> Fallible {
    let image = r#"{"a":{"L":[{"S":"1"},{"S":"2"}]},"b":{"L":[{"S":"1"},{"S":"2"}]}}"#;
    let both = r#"{"a":{"L":{"S":["1"]}},"b":{"L":{"S":["2"]}}}"#;

    assert!(matches(both, image)?);
    Ok(())
}

#[test]
fn a_dot_in_a_name_is_as_good_as_a_step() -> Fallible {
    for (pattern, image) in [
        (r#"{"a":{"b":{"S":["x"]}}}"#, r#"{"a.b":{"S":"x"}}"#),
        (r#"{"a.b":{"S":["x"]}}"#, r#"{"a.b":{"S":"x"}}"#),
        (r#"{"a.M.b.S":["x"]}"#, r#"{"a":{"M":{"b":{"S":"x"}}}}"#),
        (r#"{"a":{"M":{"b":{"S":["x"]}}}}"#, r#"{"a.M.b":{"S":"x"}}"#),
    ] {
        assert!(matches(pattern, image)?, "{pattern}");
    }
    Ok(())
}

/// Trying every combination of elements, 500 to the power of 8, would not end.
#[test]
fn many_elements_and_fields_take_little_time() -> Fallible {
    let elements = |map: &str| vec![map; 500].join(",");
    let list = |name: &str, map: &str| format!(r#""{name}":{{"L":[{}]}}"#, elements(map));
    let lists: Vec<String> =
        (0..8).map(|at| list(&format!("l{at}"), r#"{"M":{"p":{"S":"x"},"q":{"S":"x"}}}"#)).collect();
    let fields: Vec<String> =
        (0..8).map(|at| format!(r#""l{at}":{{"L":{{"M":{{"p":{{"S":["x"]}},"q":{{"S":["x"]}}}}}}}}"#)).collect();
    let record: ChangeRecord = record(&format!("{{{}}}", lists.join(",")))?;
    let pattern = format!(r#"{{"dynamodb":{{"NewImage":{{{},"z":{{"S":["x"]}}}}}}}}"#, fields.join(","));
    let pattern = RecordPattern::parse(&pattern)?;

    assert!(!pattern.matches(&record));
    Ok(())
}
