//! Stream ARNs: every partition, the labels and names that break naive splitting, and each way to be wrong.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use dynacdc_record::{ArnError, StreamArn};
use proptest::prelude::*;

const LABEL: &str = "2015-05-11T21:21:33.291";

fn assert_parts(text: &str, expected: [&str; 5]) {
    let arn = StreamArn::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!([arn.partition(), arn.region(), arn.account(), arn.table(), arn.label()], expected, "{text}");
    assert_eq!(format!("{}/stream/{}", arn.table_arn(), arn.label()), text);
    assert_eq!(arn.as_str(), text);
    assert_eq!(arn.to_string(), text);
}

#[test]
fn partitions_regions_and_accounts() {
    let arn = |head: &str| format!("{head}:table/orders/stream/{LABEL}");
    for (partition, region, account) in [
        ("aws", "eu-west-1", "123456789012"),
        ("aws-cn", "cn-north-1", "123456789012"),
        ("aws-us-gov", "us-gov-west-1", "123456789012"),
        ("aws-iso-b", "us-isob-east-1", "123456789012"),
        // DynamoDB Local, and the test event of the Lambda console.
        ("aws", "ddblocal", "000000000000"),
        ("aws", "us-west-2", "account-id"),
    ] {
        assert_parts(
            &arn(&format!("arn:{partition}:dynamodb:{region}:{account}")),
            [partition, region, account, "orders", LABEL],
        );
    }
}

#[test]
fn names_and_labels() {
    for table in ["orders.v2", "a-b_c.D9", "table", "stream", "...", "dynamodb"] {
        for label in [LABEL, "2015-05-11T21:21:33.291:1", "x"] {
            assert_parts(
                &format!("arn:aws:dynamodb:us-east-1:123456789012:table/{table}/stream/{label}"),
                ["aws", "us-east-1", "123456789012", table, label],
            );
        }
    }
}

#[test]
fn each_error_has_its_cause() {
    let tail = format!("table/orders/stream/{LABEL}");
    let good = format!("arn:aws:dynamodb:us-east-1:1:{tail}");
    assert!(StreamArn::parse(&good).is_ok());
    for (text, expected) in [
        (String::new(), ArnError::NotAnArn),
        ("stream-ARN".into(), ArnError::NotAnArn),
        (good.replacen("arn", "ARN", 1), ArnError::NotAnArn),
        ("arn:".into(), ArnError::Partition),
        (format!("arn::dynamodb:us-east-1:1:{tail}"), ArnError::Partition),
        (format!("arn:aws:kinesis:us-east-1:1:{tail}"), ArnError::Service),
        ("arn:aws".into(), ArnError::Service),
        (format!("arn:aws:dynamodb::1:{tail}"), ArnError::Region),
        (format!("arn:aws:dynamodb:us-east-1::{tail}"), ArnError::Account),
        ("arn:aws:dynamodb:us-east-1:1".into(), ArnError::NotAStream),
        ("arn:aws:dynamodb:us-east-1:1:table/orders".into(), ArnError::NotAStream),
        ("arn:aws:dynamodb:us-east-1:1:table/orders/index/by-day".into(), ArnError::NotAStream),
        (format!("arn:aws:dynamodb:us-east-1:1:stream/{LABEL}"), ArnError::NotAStream),
        ("arn:aws:dynamodb:us-east-1:1:table/orders/stream".into(), ArnError::NotAStream),
        (format!("arn:aws:dynamodb:us-east-1:1:table//stream/{LABEL}"), ArnError::Table),
        (format!("arn:aws:dynamodb:us-east-1:1:table/a/b/stream/{LABEL}"), ArnError::Table),
        (format!("arn:aws:dynamodb:us-east-1:1:table/a:b/stream/{LABEL}"), ArnError::Table),
        ("arn:aws:dynamodb:us-east-1:1:table/orders/stream/".into(), ArnError::Label),
        (format!("{good}/shard"), ArnError::Label),
        (format!("{good}/stream/x"), ArnError::Label),
        (format!(" {good}"), ArnError::Character { at: 0 }),
        (format!("{good}\n"), ArnError::Character { at: good.len() }),
        (good.replacen("orders", "ördérs", 1), ArnError::Character { at: good.find("orders").unwrap() }),
        (format!("{good}{}", "1".repeat(1025 - good.len())), ArnError::TooLong { length: 1025 }),
    ] {
        assert_eq!(StreamArn::parse(&text), Err(expected), "{text:?}");
    }
    assert!(StreamArn::parse(&format!("{good}{}", "1".repeat(1024 - good.len()))).is_ok());
}

#[test]
fn order_is_that_of_the_text() {
    let arn = |table: &str, label: &str| -> StreamArn {
        format!("arn:aws:dynamodb:us-east-1:1:table/{table}/stream/{label}").parse().unwrap()
    };
    // Given tables whose names differ in length, so that every offset differs.
    let mut arns = [arn("long-name", "2"), arn("b", "1"), arn("long-name", "1"), arn("a", "9")];
    arns.sort();
    let texts: Vec<_> = arns.iter().map(StreamArn::as_str).collect();
    assert!(texts.is_sorted(), "{texts:?}");
    assert_eq!(arns[0].clone(), arns[0]);
    assert_ne!(arns[0], arns[1]);
}

proptest! {
    #[test]
    fn what_is_put_together_comes_apart(
        partition in "aws(-[a-z]{1,4}){0,2}",
        region in "[a-z]{2}(-[a-z]{4,9}){1,2}-[1-9]",
        account in "[0-9]{12}",
        table in "[a-zA-Z0-9_.-]{3,255}",
        label in "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][.][0-9]{3}",
    ) {
        assert_parts(
            &format!("arn:{partition}:dynamodb:{region}:{account}:table/{table}/stream/{label}"),
            [&partition, &region, &account, &table, &label],
        );
    }

    #[test]
    fn no_text_makes_it_panic(text in "(arn:)?[:/a-z ö]{0,20}(dynamodb)?[:/a-z]{0,12}(:table/)?[:/a-z]{0,12}(/stream/)?[:/a-z]{0,9}") {
        if let Ok(arn) = StreamArn::parse(&text) {
            assert_parts(&text, [arn.partition(), arn.region(), arn.account(), arn.table(), arn.label()]);
        }
    }
}
