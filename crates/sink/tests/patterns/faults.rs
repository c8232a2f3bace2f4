use crate::Fallible;
use dynacdc_sink::{PatternError, PatternErrorKind as Kind, PatternLimits, RecordPattern, RecordPatterns};

fn refused(json: &str) -> Fallible<PatternError> {
    match RecordPattern::parse(json) {
        Ok(_) => Err(format!("accepted: {json}").into()),
        Err(error) => Ok(error),
    }
}

#[test]
fn a_fault_names_reason_path_and_place() -> Fallible {
    let json = "{\"eventName\": [\"INSERT\"],\n \"dynamodb\": {\"SizeBytes\": [1, {\"numeric\": [\"=>\", 100]}]}}";

    let error = refused(json)?;

    assert!(matches!(error.kind(), Kind::Operand { operator: "numeric", .. }), "{error}");
    assert_eq!((error.path(), error.line(), error.column()), ("dynamodb.SizeBytes[1].numeric", 2, 44));
    assert!(
        error.to_string().starts_with("filter pattern at dynamodb.SizeBytes[1].numeric (line 2, column 44): numeric")
    );
    Ok(())
}

#[test]
fn a_fault_of_the_syntax_has_line_and_column() -> Fallible {
    for (json, line, column) in [("{\"a\":\n[1,]}", 2, 4), ("", 1, 0), ("{\"a\":[1]} x", 1, 11), ("{\"a\":[01]}", 1, 8)]
    {
        let error = refused(json)?;
        assert!(matches!(error.kind(), Kind::Json(_)), "{error}");
        assert_eq!((error.line(), error.column(), error.path()), (line, column, ""), "{json}: {error}");
    }
    Ok(())
}

#[test]
fn every_kind_of_fault_is_told_apart() -> Fallible {
    let operand = |operator| Kind::Operand { operator, takes: "" };
    for (json, wanted, path) in [
        ("[]", Kind::NoObject, ""),
        ("{}", Kind::EmptyObject, ""),
        (r#"{"a":{}}"#, Kind::EmptyObject, "a"),
        (r#"{"a":[]}"#, Kind::EmptyArray, "a"),
        (r#"{"a":"x"}"#, Kind::NoField, "a"),
        (r#"{"a":[[1]]}"#, Kind::NoCondition, "a[0]"),
        (r#"{"a":["x",{}]}"#, Kind::OneOperator, "a[1]"),
        (r#"{"a":[{"prefix":"x","suffix":"y"}]}"#, Kind::OneOperator, "a[0]"),
        (r#"{"a":[{"like":"x"}]}"#, Kind::UnknownOperator("like".into()), "a[0].like"),
        (r#"{"a":[{"wildcard":"x*"}]}"#, Kind::NotInLambda("wildcard".into()), "a[0].wildcard"),
        (r#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, Kind::NotInLambda("cidr".into()), "a[0].cidr"),
        (
            r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#,
            Kind::NotInLambda("anything-but with prefix".into()),
            "a[0].anything-but",
        ),
        (r#"{"a":[{"exists":"true"}]}"#, operand("exists"), "a[0].exists"),
        (r#"{"a":[{"prefix":1}]}"#, operand("prefix"), "a[0].prefix"),
        (r#"{"a":[{"suffix":{"prefix":"x"}}]}"#, operand("suffix"), "a[0].suffix"),
        (r#"{"a":[{"equals-ignore-case":["x"]}]}"#, operand("equals-ignore-case"), "a[0].equals-ignore-case"),
        (r#"{"a":[{"anything-but":[]}]}"#, operand("anything-but"), "a[0].anything-but"),
        (r#"{"a":[{"anything-but":["x",1]}]}"#, operand("anything-but"), "a[0].anything-but"),
        (r#"{"a":[{"anything-but":null}]}"#, operand("anything-but"), "a[0].anything-but"),
        (r#"{"a":[{"numeric":["<",1,">",0]}]}"#, operand("numeric"), "a[0].numeric"),
        (r#"{"a":[{"numeric":[">",0,"<",1,"<",2]}]}"#, operand("numeric"), "a[0].numeric"),
        (r#"{"a":[{"numeric":[">","0"]}]}"#, operand("numeric"), "a[0].numeric"),
        (r#"{"a":[{"numeric":[">",5,"<",5]}]}"#, Kind::EmptyRange, "a[0].numeric"),
        (r#"{"a":[{"numeric":["=",9007199254740993]}]}"#, Kind::InexactNumber, "a[0].numeric"),
        (r#"{"$or":[{"a":[1]}]}"#, Kind::Or, "$or"),
        (r#"{"$or":{"a":[1]}}"#, Kind::Or, "$or"),
        (r#"{"b":{"$or":[{"a":[1]},{"a":[]}]}}"#, Kind::EmptyArray, "b.$or[1].a"),
        (r#"{"$or":[{"a":[1]},{"prefix":["x"]}]}"#, Kind::ReservedName("prefix".into()), "$or[1].prefix"),
        (r#"{"eventSource":["aws:dynamodb"]}"#, Kind::AddedAfterFiltering("eventSource"), "eventSource"),
        (r#"{"$or":[{"a":[1]},{"awsRegion":["x"]}]}"#, Kind::AddedAfterFiltering("awsRegion"), "$or[1].awsRegion"),
    ] {
        let error = refused(json)?;
        let is_same = match (error.kind(), &wanted) {
            (Kind::Operand { operator, .. }, Kind::Operand { operator: wanted, .. }) => operator == wanted,
            (found, wanted) => found == wanted,
        };
        assert!(is_same && error.path() == path, "{json}: {error:?}");
    }
    Ok(())
}

#[test]
fn a_name_of_an_operator_is_a_field_outside_of_or() -> Fallible {
    RecordPattern::parse(r#"{"dynamodb":{"NewImage":{"prefix":{"S":["x"]},"exists":{"BOOL":[true]}}}}"#)?;
    Ok(())
}

#[test]
fn limits_are_those_of_lambda_and_can_be_others() -> Fallible {
    let exact = format!(r#"{{"a":["{}"]}}"#, "é".repeat(4096 - 10));
    assert!(RecordPattern::parse(&exact).is_ok());
    let longer = exact.replacen('é', "éé", 1);
    assert_eq!(refused(&longer)?.kind(), &Kind::TooLong { limit: 4096 });
    assert!(RecordPattern::parse_within(&longer, PatternLimits::LAMBDA.with_characters(4097)).is_ok());

    let six = [r#"{"eventName":["INSERT"]}"#; 6];
    assert!(RecordPatterns::parse(&six[..5]).is_ok());
    let error = RecordPatterns::parse(six).err().ok_or("six are too many")?;
    assert_eq!(error.kind(), &Kind::TooMany { limit: 5 });
    assert!(RecordPatterns::parse_within(six, PatternLimits::LAMBDA.with_patterns(10)).is_ok());
    Ok(())
}

#[test]
fn a_list_says_which_of_its_patterns_is_wrong() -> Fallible {
    let error = RecordPatterns::parse([r#"{"a":[1]}"#, r#"{"a":[]}"#]).err().ok_or("the second is wrong")?;
    assert_eq!((error.pattern(), error.kind()), (Some(1), &Kind::EmptyArray));
    let error = RecordPatterns::parse([""; 0]).err().ok_or("an empty list is none")?;
    assert_eq!((error.kind(), error.to_string().as_str()), (&Kind::None, "filter pattern: no pattern"));
    Ok(())
}

/// Thirty of them would be a thousand million alternatives.
#[test]
fn alternatives_that_multiply_are_bounded() -> Fallible {
    let pattern = |count| format!("{{{}}}", vec![r#""$or":[{"a":[1]},{"b":[1]}]"#; count].join(","));

    assert!(RecordPattern::parse(&pattern(9)).is_ok());
    assert_eq!(refused(&pattern(30))?.kind(), &Kind::TooManyCombinations { limit: 1000 });
    Ok(())
}

#[test]
fn neither_errors_nor_debug_forms_show_values() -> Fallible {
    let error = refused(r#"{"a":["secret",{"prefix":"secret","suffix":"secret"}]}"#)?;
    let pattern = RecordPattern::parse(r#"{"a":["secret"]}"#)?;

    assert!(!format!("{error} {error:?} {pattern:?}").contains("secret"));
    Ok(())
}
