use crate::{Fallible, matches, record};
use dynacdc_record::{ChangeRecord, EventName, item};
use dynacdc_sink::RecordPattern;

/// Asks for each (condition, attribute value, answer) whether the attribute `a` matches.
fn check(tag: &str, cases: &[(&str, &str, bool)]) -> Fallible {
    for (conditions, value, wanted) in cases {
        let found = matches(&format!(r#"{{"a":{{"{tag}":{conditions}}}}}"#), &format!(r#"{{"a":{value}}}"#))?;
        assert_eq!(found, *wanted, "{conditions} {value}");
    }
    Ok(())
}

/// (pattern, answer) for a record whose `SizeBytes` are 300 and whose time is 1.480642020E9.
fn check_record(cases: &[(&str, bool)]) -> Fallible {
    let record = record("{}")?;
    for (pattern, wanted) in cases {
        assert_eq!(RecordPattern::parse(pattern)?.matches(&record), *wanted, "{pattern}");
    }
    Ok(())
}

#[test]
fn texts_are_equal_or_not() -> Fallible {
    check(
        "S",
        &[
            (r#"["x"]"#, r#"{"S":"x"}"#, true),
            (r#"["y","x"]"#, r#"{"S":"x"}"#, true),
            (r#"["x"]"#, r#"{"S":"X"}"#, false),
            (r#"["x"]"#, r#"{"S":"xx"}"#, false),
            (r#"[""]"#, r#"{"S":""}"#, true),
            (r#"[""]"#, r#"{"S":" "}"#, false),
            (r#"["1"]"#, r#"{"N":"1"}"#, false),
            (r#"["\u00e9"]"#, r#"{"S":"é"}"#, true),
            (r#"[1, true, null]"#, r#"{"S":"1"}"#, false),
        ],
    )
}

#[test]
fn prefix_suffix_and_case() -> Fallible {
    check(
        "S",
        &[
            (r#"[{"prefix":"ab"}]"#, r#"{"S":"abc"}"#, true),
            (r#"[{"prefix":"ab"}]"#, r#"{"S":"xab"}"#, false),
            (r#"[{"prefix":""}]"#, r#"{"S":""}"#, true),
            (r#"[{"suffix":"bc"}]"#, r#"{"S":"abc"}"#, true),
            (r#"[{"suffix":"bc"}]"#, r#"{"S":"bcx"}"#, false),
            (r#"[{"prefix":{"equals-ignore-case":"aB"}}]"#, r#"{"S":"Abc"}"#, true),
            (r#"[{"suffix":{"equals-ignore-case":"Bc"}}]"#, r#"{"S":"abC"}"#, true),
            (r#"[{"suffix":{"equals-ignore-case":"Bc"}}]"#, r#"{"S":"bCa"}"#, false),
            (r#"[{"equals-ignore-case":"ÉA"}]"#, r#"{"S":"éa"}"#, true),
            (r#"[{"equals-ignore-case":"a"}]"#, r#"{"S":"ab"}"#, false),
        ],
    )
}

#[test]
fn anything_but_needs_a_value() -> Fallible {
    check(
        "S",
        &[
            (r#"[{"anything-but":"x"}]"#, r#"{"S":"y"}"#, true),
            (r#"[{"anything-but":"x"}]"#, r#"{"S":"x"}"#, false),
            (r#"[{"anything-but":["x","y"]}]"#, r#"{"S":"y"}"#, false),
            (r#"[{"anything-but":["x","y"]}]"#, r#"{"S":"z"}"#, true),
            (r#"[{"anything-but":1}]"#, r#"{"S":"1"}"#, true),
            (r#"[{"anything-but":"x"}]"#, r#"{"N":"1"}"#, false),
        ],
    )?;
    check("BOOL", &[(r#"[{"anything-but":"x"}]"#, r#"{"BOOL":true}"#, true)])?;
    check_record(&[
        (r#"{"dynamodb":{"SizeBytes":[{"anything-but":300.0}]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":[{"anything-but":[1,2]}]}}"#, true),
        (r#"{"dynamodb":{"SizeBytes":[{"anything-but":"300"}]}}"#, true),
        (r#"{"dynamodb":{"OldImage":{"a":{"S":[{"anything-but":"x"}]}}}}"#, false),
    ])
}

/// AWS delivered 42 and not 101.
#[test]
fn numbers_of_items_are_texts() -> Fallible {
    let both = r#"[{"numeric":[">",100]},{"anything-but":"101"}]"#;
    check(
        "N",
        &[
            (both, r#"{"N":"42"}"#, true),
            (both, r#"{"N":"101"}"#, false),
            (r#"[{"numeric":["=",101]}]"#, r#"{"N":"101"}"#, false),
            (r#"[101]"#, r#"{"N":"101"}"#, false),
            (r#"["101"]"#, r#"{"N":"101"}"#, true),
            (r#"["101"]"#, r#"{"N":"101.0"}"#, false),
            (r#"[{"anything-but":101}]"#, r#"{"N":"101"}"#, true),
            (r#"[{"prefix":"10"}]"#, r#"{"N":"101"}"#, true),
        ],
    )
}

#[test]
fn numbers_of_the_record_compare_by_text_or_in_ranges_by_value() -> Fallible {
    check_record(&[
        (r#"{"dynamodb":{"SizeBytes":[300]}}"#, true),
        (r#"{"dynamodb":{"SizeBytes":[300.0]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":[3.0e2]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":["300"]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":[{"prefix":"3"}]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":["=",3e2]}]}}"#, true),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":[">",300]}]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":[">=",300]}]}}"#, true),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":["<",300]}]}}"#, false),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":["<=",300]}]}}"#, true),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":[">",299,"<=",300]}]}}"#, true),
        (r#"{"dynamodb":{"SizeBytes":[{"numeric":[">=",200,"<",300]}]}}"#, false),
        (r#"{"dynamodb":{"ApproximateCreationDateTime":[1480642020]}}"#, true),
        (r#"{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",1480642019.5]}]}}"#, true),
    ])
}

/// AWS delivered both records for the first pattern.
#[test]
fn exists_is_for_fields_with_values() -> Fallible {
    for (pattern, image, wanted) in [
        (r#"{"a":[{"exists":false}]}"#, r#"{"a":{"S":"x"}}"#, true),
        (r#"{"a":[{"exists":false}]}"#, r#"{"b":{"S":"x"}}"#, true),
        (r#"{"a":[{"exists":true}]}"#, r#"{"a":{"S":"x"}}"#, false),
        (r#"{"a":{"S":[{"exists":false}]}}"#, r#"{"a":{"S":"x"}}"#, false),
        (r#"{"a":{"S":[{"exists":false}]}}"#, r#"{"a":{"N":"1"}}"#, true),
        (r#"{"a":{"S":[{"exists":true}]}}"#, r#"{"a":{"S":""}}"#, true),
        (r#"{"a":{"NULL":[{"exists":true}]}}"#, r#"{"a":{"NULL":true}}"#, true),
        (r#"{"a":{"NULL":[true]}}"#, r#"{"a":{"NULL":true}}"#, true),
        (r#"{"a":{"NULL":[null]}}"#, r#"{"a":{"NULL":true}}"#, false),
        (r#"{"a":{"L":{"S":[{"exists":false}]}}}"#, r#"{"a":{"L":[]}}"#, true),
        (r#"{"a":{"S":[{"exists":false},"x"]}}"#, r#"{"a":{"S":"x"}}"#, true),
        (r#"{"a":{"S":[{"exists":false},"x"]}}"#, r#"{"a":{"S":"y"}}"#, false),
    ] {
        assert_eq!(matches(pattern, image)?, wanted, "{pattern} {image}");
    }
    Ok(())
}

#[test]
fn other_types_compare_as_they_stand_in_the_event() -> Fallible {
    check("B", &[(r#"["AA=="]"#, r#"{"B":"AA=="}"#, true), (r#"[{"suffix":"="}]"#, r#"{"B":"AAAA"}"#, false)])?;
    check("BOOL", &[("[true]", r#"{"BOOL":true}"#, true), (r#"[false, "true"]"#, r#"{"BOOL":true}"#, false)])?;
    check("S", &[(r#"["10.0.0.1"]"#, r#"{"S":"010.0.0.1"}"#, true), (r#"["10.0.0.1"]"#, r#"{"S":"10.0.0.2"}"#, false)])
}

#[test]
fn fields_are_and_and_or_is_or() -> Fallible {
    check_record(&[
        (r#"{"eventName":["INSERT"],"dynamodb":{"SizeBytes":[300]}}"#, true),
        (r#"{"eventName":["REMOVE"],"dynamodb":{"SizeBytes":[300]}}"#, false),
        (r#"{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"SizeBytes":[300]}}]}"#, true),
        (r#"{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"SizeBytes":[1]}}]}"#, false),
        (r#"{"eventName":["REMOVE"],"$or":[{"eventID":["1"]},{"eventID":["2"]}]}"#, false),
        (r#"{"dynamodb":{"$or":[{"SizeBytes":[1]},{"$or":[{"SizeBytes":[2]},{"SequenceNumber":["100"]}]}]}}"#, true),
    ])
}

#[test]
fn of_a_field_that_is_named_twice_the_last_counts() -> Fallible {
    check_record(&[
        (r#"{"eventName":["REMOVE"],"eventName":["INSERT"]}"#, true),
        (r#"{"eventName":["INSERT"],"eventName":["REMOVE"]}"#, false),
        // An object that is named twice is read twice.
        (r#"{"dynamodb":{"SizeBytes":[1]},"dynamodb":{"SequenceNumber":["100"]}}"#, false),
        (r#"{"eventName":["REMOVE"],"$or":[{"eventName":["INSERT"]},{"eventID":["2"]}]}"#, true),
    ])
}

#[test]
fn members_of_the_record() -> Fallible {
    check_record(&[
        (r#"{"eventID":["1"],"eventVersion":["1.1"]}"#, true),
        (r#"{"dynamodb":{"Keys":{"pk":{"S":["A"]}},"StreamViewType":[{"prefix":"NEW"}]}}"#, true),
        (r#"{"userIdentity":{"type":[{"exists":false}]}}"#, true),
        (r#"{"Detail":{"state":["open"]}}"#, false),
        (r#"{"eventName":{"":[{"exists":true}]}}"#, false),
    ])?;
    let expired = ChangeRecord::builder(EventName::Remove, item! { "pk" => "A" }, "1".parse()?)
        .user_identity("Service", "dynamodb.amazonaws.com")
        .build()?;
    let pattern = r#"{"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}}"#;
    assert!(RecordPattern::parse(pattern)?.matches(&expired));
    Ok(())
}

#[test]
fn a_view_is_filtered_as_it_is_seen() -> Fallible {
    let record = ChangeRecord::builder(EventName::Modify, item! { "pk" => "A" }, "1".parse()?)
        .old_image(item! { "pk" => "A", "v" => "old" })
        .new_image(item! { "pk" => "A", "v" => "new" })
        .build()?;
    let inserts = RecordPattern::parse(
        r#"{"eventName":["INSERT"],"dynamodb":{"OldImage":{"v":{"S":[{"exists":false}]}},"NewImage":{"v":{"S":["new"]}}}}"#,
    )?;

    assert_eq!((inserts.matches(&record), inserts.matches(&record.entering())), (false, true));
    assert!(!inserts.matches(&record.leaving()));
    Ok(())
}
