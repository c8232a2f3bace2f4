use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::types::AttributeValue as Seen;
use dynacdc_record::Number;

use crate::scene::{Things, n, s, thing};

/// As it is in the table, and as the record of its insert has it.
async fn stored_and_seen(db: &Things, numbers: &[&str]) -> Vec<(String, String)> {
    for (index, number) in numbers.iter().enumerate() {
        db.put(&thing(&index.to_string(), &[("v", n(number))])).await;
    }
    let mut found = Vec::new();
    for (index, record) in db.records(numbers.len()).await.into_iter().enumerate() {
        let stored = db.get(&index.to_string()).await.unwrap();
        let AttributeValue::N(stored) = &stored["v"] else { panic!("{stored:?}") };
        let change = record.dynamodb.unwrap();
        let Seen::N(seen) = &change.new_image.as_ref().unwrap()["v"] else { panic!("{change:?}") };
        found.push((stored.clone(), seen.clone()));
    }
    found
}

#[tokio::test]
async fn numbers_keep_all_their_digits() {
    let db = Things::start().await;
    let numbers = [
        "12345678901234567890123456789012345678",
        "-0.12345678901234567890123456789012345678",
        "9.9999999999999999999999999999999999999E+125",
        "-9.9999999999999999999999999999999999999E+125",
        "1E-130",
        "1.2345678901234567890123456789012345678E-130",
        "0",
    ];
    for (number, (stored, seen)) in numbers.iter().zip(stored_and_seen(&db, &numbers).await) {
        let exact = Number::parse(number).unwrap();
        assert_eq!(Number::parse(&stored).unwrap(), exact);
        assert_eq!(Number::parse(&seen).unwrap(), exact);
    }
}

#[tokio::test]
async fn numbers_come_back_written_out_and_without_needless_zeros() {
    let db = Things::start().await;
    let smallest = format!("0.{}1", "0".repeat(129));
    let spellings = [("1.50", "1.5"), ("1E+3", "1000"), ("-0.00012", "-0.00012"), ("0E5", "0"), ("1E-130", &smallest)];

    let found = stored_and_seen(&db, &spellings.map(|(sent, _)| sent)).await;

    assert_eq!(found, spellings.map(|(_, back)| (back.to_owned(), back.to_owned())));
}

#[tokio::test]
async fn what_has_too_many_digits_is_refused_and_never_rounded() {
    let db = Things::start().await;
    for number in ["123456789012345678901234567890123456789", "1E+126", "1E-131"] {
        let put = db.dynamodb().put_item().table_name(&db.table).set_item(Some(thing("a", &[("v", n(number))])));
        let error = put.send().await.unwrap_err().into_service_error();
        assert_eq!(error.meta().code(), Some("ValidationException"), "{number}");
    }
    for (before, add) in [("1E+37", "0.1"), ("9.9E+125", "1E+125")] {
        db.put(&thing("a", &[("v", n(before))])).await;
        let update = db.dynamodb().update_item().table_name(&db.table).key("id", s("a"));
        let update = update.update_expression("ADD v :add").expression_attribute_values(":add", n(add));
        let error = update.send().await.unwrap_err().into_service_error();
        assert_eq!(error.meta().code(), Some("ValidationException"), "{before} + {add}");
        let AttributeValue::N(after) = &db.get("a").await.unwrap()["v"] else { panic!("no number") };
        assert_eq!(Number::parse(after).unwrap(), Number::parse(before).unwrap());
    }
}
