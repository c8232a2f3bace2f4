use aws_sdk_dynamodb::types::{KeyType, TableStatus};
use dynacdc_local::{LocalError, ScalarAttributeType, TableSpec};
use dynacdc_record::StreamViewType;

use crate::scene::Things;
use crate::server::Server;

#[tokio::test]
async fn a_table_is_made_as_specified() {
    let db = Server::start().await.unwrap();
    let name = db.table_name("Pairs");
    let spec = TableSpec::new(&name, "left", ScalarAttributeType::S)
        .sort_key("right", ScalarAttributeType::N)
        .view_type(StreamViewType::OldImage)
        .ttl_attribute("expires");

    let arn = db.create_table(spec).await.unwrap();

    let table = db.dynamodb().describe_table().table_name(&name).send().await.unwrap();
    let table = table.table.unwrap();
    assert_eq!(table.table_status, Some(TableStatus::Active));
    assert_eq!(table.latest_stream_arn.as_deref(), Some(arn.as_str()));
    let keys: Vec<_> = table.key_schema().iter().map(|key| (key.attribute_name(), key.key_type())).collect();
    assert_eq!(keys, [("left", &KeyType::Hash), ("right", &KeyType::Range)]);
    let stream = db.streams().describe_stream().stream_arn(arn.as_str()).send().await.unwrap();
    let stream = stream.stream_description.unwrap();
    assert_eq!(stream.stream_view_type.unwrap().as_str(), "OLD_IMAGE");
    let ttl = db.dynamodb().describe_time_to_live().table_name(&name).send().await.unwrap();
    let ttl = ttl.time_to_live_description.unwrap();
    assert_eq!(ttl.attribute_name.as_deref(), Some("expires"));
}

#[tokio::test]
async fn a_table_may_go_without_a_stream() {
    let db = Server::start().await.unwrap();
    let name = db.table_name("Things");
    db.create_table_without_stream(TableSpec::new(&name, "id", ScalarAttributeType::S)).await.unwrap();
    let streams = db.streams().list_streams().table_name(&name).send().await.unwrap();
    assert_eq!(streams.streams().len(), 0);
}

#[tokio::test]
async fn a_second_table_of_the_name_is_refused() {
    let db = Things::start().await;
    let again = TableSpec::new(&db.table, "id", ScalarAttributeType::S);
    let error = db.create_table(again).await.unwrap_err();
    assert!(matches!(error, LocalError::TableExists { .. }), "{error:?}");
}

#[tokio::test]
async fn a_refused_table_tells_why() {
    let db = Server::start().await.unwrap();
    let bad = TableSpec::new("no blanks", "id", ScalarAttributeType::S);
    let error = db.create_table(bad).await.unwrap_err();
    assert!(matches!(error, LocalError::Request { operation: "CreateTable", .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
}
