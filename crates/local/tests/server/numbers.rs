use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::types::AttributeValue as Seen;
use dynacdc_local::LocalDynamoDb;
use dynacdc_record::Number;

use crate::scene::{get, n, put, records, thing, things};

#[tokio::test]
async fn numbers_keep_all_their_digits() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    let numbers = [
        "12345678901234567890123456789012345678",
        "-0.12345678901234567890123456789012345678",
        "9.9999999999999999999999999999999999999E+125",
        "-9.9999999999999999999999999999999999999E+125",
        "1E-130",
        "1.2345678901234567890123456789012345678E-130",
        "0",
    ];
    for (index, number) in numbers.iter().enumerate() {
        put(&db, &thing(&index.to_string(), &[("v", n(number))])).await;
    }

    let records = records(&db, &arn).await;
    for (index, number) in numbers.iter().enumerate() {
        let exact = Number::parse(number).unwrap();
        let stored = get(&db, &index.to_string()).await.unwrap();
        let AttributeValue::N(stored) = &stored["v"] else { panic!("{stored:?}") };
        assert_eq!(Number::parse(stored).unwrap(), exact);
        let change = records[index].dynamodb.as_ref().unwrap();
        let Seen::N(seen) = &change.new_image.as_ref().unwrap()["v"] else { panic!("{change:?}") };
        assert_eq!(Number::parse(seen).unwrap(), exact);
    }
}
