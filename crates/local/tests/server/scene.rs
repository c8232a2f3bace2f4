//! Short words for what the tests do with a table.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::types::{Record, Shard, ShardIteratorType, StreamDescription};
use dynacdc_local::{LocalDynamoDb, ScalarAttributeType, TableSpec};
use dynacdc_record::StreamArn;

pub(crate) type Attributes = HashMap<String, AttributeValue>;

pub(crate) const TABLE: &str = "Things";

/// A whole number of seconds, so that nothing is lost where only seconds are kept.
pub(crate) fn start_of_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

pub(crate) fn things() -> TableSpec {
    TableSpec::new(TABLE, "id", ScalarAttributeType::S)
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

pub(crate) fn thing(id: &str, attributes: &[(&str, AttributeValue)]) -> Attributes {
    let mut item = Attributes::from([("id".to_owned(), s(id))]);
    item.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    item
}

pub(crate) async fn put(db: &LocalDynamoDb, item: &Attributes) {
    db.dynamodb().put_item().table_name(TABLE).set_item(Some(item.clone())).send().await.unwrap();
}

pub(crate) async fn delete(db: &LocalDynamoDb, id: &str) {
    db.dynamodb().delete_item().table_name(TABLE).key("id", s(id)).send().await.unwrap();
}

pub(crate) async fn get(db: &LocalDynamoDb, id: &str) -> Option<Attributes> {
    let got = db.dynamodb().get_item().table_name(TABLE).key("id", s(id)).send().await;
    got.unwrap().item
}

pub(crate) async fn describe(db: &LocalDynamoDb, arn: &StreamArn) -> StreamDescription {
    let described = db.streams().describe_stream().stream_arn(arn.as_str()).send().await.unwrap();
    described.stream_description.unwrap()
}

pub(crate) async fn only_shard(db: &LocalDynamoDb, arn: &StreamArn) -> Shard {
    let mut shards = describe(db, arn).await.shards.unwrap();
    assert_eq!(shards.len(), 1);
    shards.remove(0)
}

pub(crate) async fn trim_horizon(db: &LocalDynamoDb, arn: &StreamArn) -> String {
    let shard = only_shard(db, arn).await;
    let iterator = db
        .streams()
        .get_shard_iterator()
        .stream_arn(arn.as_str())
        .shard_id(shard.shard_id.unwrap())
        .shard_iterator_type(ShardIteratorType::TrimHorizon)
        .send()
        .await
        .unwrap();
    iterator.shard_iterator.unwrap()
}

/// All records so far. The server's iterator stays the same exactly when nothing follows.
pub(crate) async fn records(db: &LocalDynamoDb, arn: &StreamArn) -> Vec<Record> {
    let mut iterator = trim_horizon(db, arn).await;
    let mut all = Vec::new();
    loop {
        let page = db.streams().get_records().shard_iterator(&iterator).send().await.unwrap();
        let next = page.next_shard_iterator.unwrap();
        all.extend(page.records.unwrap_or_default());
        if next == iterator {
            return all;
        }
        iterator = next;
    }
}

pub(crate) fn event_names(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.event_name.as_ref().unwrap().as_str()).collect()
}
