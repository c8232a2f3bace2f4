//! Where Lambda, or this crate on purpose, does otherwise than Amazon's engine by itself.

/// Why, the record's `dynamodb` member, the pattern, and our answer: `t`, `f` or `!` for invalid.
pub(crate) const DEVIATIONS: [(&str, &str, &str, &str); 15] = [
    ("numbers compare by text", r#""SizeBytes":300"#, r#"{"dynamodb":{"SizeBytes":[300.0]}}"#, "f"),
    ("numbers compare by text", r#""SizeBytes":300"#, r#"{"dynamodb":{"SizeBytes":[3.0e2]}}"#, "f"),
    (
        "a time in quotes is read as a number",
        r#""ApproximateCreationDateTime":"1678831218.0""#,
        r#"{"dynamodb":{"ApproximateCreationDateTime":["1678831218.0"]}}"#,
        "f",
    ),
    (
        "characters beyond U+FFFF are whole",
        r#""NewImage":{"a":{"S":"😀A"}}"#,
        r#"{"dynamodb":{"NewImage":{"a":{"S":[{"equals-ignore-case":"😀a"}]}}}}"#,
        "t",
    ),
    (
        "characters beyond U+FFFF are whole",
        r#""NewImage":{"a":{"S":"??"}}"#,
        r#"{"dynamodb":{"NewImage":{"a":{"S":[{"equals-ignore-case":"😀"}]}}}}"#,
        "f",
    ),
    (
        "an address of one family is none of the other",
        r#""NewImage":{"a":{"S":"2001:db8::1"}}"#,
        r#"{"dynamodb":{"NewImage":{"a":{"S":["32.1.13.184"]}}}}"#,
        "f",
    ),
    ("not in Lambda", r#""SizeBytes":1"#, r#"{"eventName":[{"wildcard":"I*"}]}"#, "!"),
    ("not in Lambda", r#""SizeBytes":1"#, r#"{"eventName":[{"exactly":"INSERT"}]}"#, "!"),
    ("not in Lambda", r#""SizeBytes":1"#, r#"{"eventName":[{"cidr":"10.0.0.0/8"}]}"#, "!"),
    ("not in Lambda", r#""SizeBytes":1"#, r#"{"eventName":[{"anything-but":{"prefix":"R"}}]}"#, "!"),
    ("not in Lambda", r#""SizeBytes":1"#, r#"{"eventName":[{"anything-but":{"equals-ignore-case":"r"}}]}"#, "!"),
    ("added after the filter", r#""SizeBytes":1"#, r#"{"eventSource":["aws:dynamodb"]}"#, "!"),
    ("added after the filter", r#""SizeBytes":1"#, r#"{"awsRegion":[{"exists":false}]}"#, "!"),
    ("text behind the pattern", r#""SizeBytes":1"#, r#"{"eventName":["INSERT"]} more"#, "!"),
    ("half of a character", r#""SizeBytes":1"#, r#"{"eventName":["INSERT","\ud83d"]}"#, "!"),
];

/// The record around its `dynamodb` member.
pub(crate) fn event(change: &str) -> String {
    format!(
        r#"{{"eventID":"0","eventName":"INSERT","dynamodb":{{"Keys":{{"id":{{"S":"a"}}}},"SequenceNumber":"1",{change}}}}}"#
    )
}
