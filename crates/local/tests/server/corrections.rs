//! Where the engine differs from DynamoDB and its answers are put right.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::types::StreamViewType as RecordViewType;
use dynacdc_local::LocalDynamoDb;
use dynacdc_record::StreamViewType;

use crate::scene::{
    Attributes, TABLE, delete, event_names, n, only_shard, put, records, s, start_of_time, thing, things, trim_horizon,
};

#[tokio::test]
async fn a_ttl_delete_names_the_service() {
    let db = LocalDynamoDb::builder().virtual_clock(start_of_time()).start().await.unwrap();
    let arn = db.create_table(things().ttl_attribute("expires")).await.unwrap();
    put(&db, &thing("by ttl", &[("expires", n("1"))])).await;
    put(&db, &thing("by hand", &[])).await;

    db.sweep_ttl().await.unwrap();
    delete(&db, "by hand").await;

    let records = records(&db, &arn).await;
    assert_eq!(event_names(&records), ["INSERT", "INSERT", "REMOVE", "REMOVE"]);
    let identity = records[2].user_identity.as_ref().unwrap();
    assert_eq!(identity.r#type.as_deref(), Some("Service"));
    assert_eq!(identity.principal_id.as_deref(), Some("dynamodb.amazonaws.com"));
    assert!(records[3].user_identity.is_none());
}

#[tokio::test]
async fn an_open_shard_has_no_ending_number() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    put(&db, &thing("a", &[])).await;

    let range = only_shard(&db, &arn).await.sequence_number_range.unwrap();

    let first = &records(&db, &arn).await[0];
    let first = first.dynamodb.as_ref().unwrap().sequence_number.clone();
    assert_eq!(range.starting_sequence_number, first);
    assert_eq!(range.ending_sequence_number, None);
}

fn everything(id: &str) -> Attributes {
    let set = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect();
    thing(
        id,
        &[
            ("n", n("1.50")),
            ("b", AttributeValue::B(Blob::new([0, 255]))),
            ("yes", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("ss", AttributeValue::Ss(set(&["x", "y", "z"]))),
            ("ns", AttributeValue::Ns(set(&["1", "2.0", "1E+3"]))),
            ("l", AttributeValue::L(vec![s("x"), n("0.10")])),
            ("m", AttributeValue::M(Attributes::from([("deep".to_owned(), n("100"))]))),
        ],
    )
}

/// The same item in other words: other spellings of numbers, another order in sets.
fn everything_again(id: &str) -> Attributes {
    let mut item = everything(id);
    let set = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect();
    item.insert("n".to_owned(), n("15E-1"));
    item.insert("ss".to_owned(), AttributeValue::Ss(set(&["z", "x", "y"])));
    item.insert("ns".to_owned(), AttributeValue::Ns(set(&["1000", "1.0", "2"])));
    item.insert("l".to_owned(), AttributeValue::L(vec![s("x"), n("0.1")]));
    item
}

#[tokio::test]
async fn a_write_that_changes_nothing_leaves_no_record() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    put(&db, &everything("a")).await;
    put(&db, &everything("a")).await;
    put(&db, &everything_again("a")).await;
    db.dynamodb()
        .update_item()
        .table_name(TABLE)
        .key("id", s("a"))
        .update_expression("SET yes = :yes")
        .expression_attribute_values(":yes", AttributeValue::Bool(true))
        .send()
        .await
        .unwrap();
    delete(&db, "missing").await;
    assert_eq!(event_names(&records(&db, &arn).await), ["INSERT"]);

    let mut reordered = everything("a");
    reordered.insert("l".to_owned(), AttributeValue::L(vec![n("0.10"), s("x")]));
    put(&db, &reordered).await;

    assert_eq!(event_names(&records(&db, &arn).await), ["INSERT", "MODIFY"]);
}

#[tokio::test]
async fn pages_move_on_over_hidden_records() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    for version in ["1", "1", "1", "2"] {
        put(&db, &thing("a", &[("v", n(version))])).await;
    }

    let mut iterator = trim_horizon(&db, &arn).await;
    let mut sizes = Vec::new();
    for _ in 0..5 {
        let page = db.streams().get_records().shard_iterator(iterator).limit(1).send().await;
        let page = page.unwrap();
        sizes.push(page.records().len());
        iterator = page.next_shard_iterator.unwrap();
    }

    assert_eq!(sizes, [1, 0, 0, 1, 0]);
}

/// What a record does not show cannot be compared: under the three other view types a write that
/// changes nothing still leaves its MODIFY, as the README says.
#[tokio::test]
async fn with_one_image_or_none_the_record_stays() {
    for view_type in [StreamViewType::KeysOnly, StreamViewType::NewImage, StreamViewType::OldImage] {
        let db = LocalDynamoDb::builder().start().await.unwrap();
        let arn = db.create_table(things().view_type(view_type)).await.unwrap();
        put(&db, &thing("a", &[])).await;
        put(&db, &thing("a", &[])).await;
        let records = records(&db, &arn).await;
        assert_eq!(event_names(&records), ["INSERT", "MODIFY"], "{view_type}");
        let shown = records[0].dynamodb.as_ref().unwrap().stream_view_type.clone();
        assert_eq!(shown, Some(RecordViewType::from(view_type.as_str())));
    }
}
