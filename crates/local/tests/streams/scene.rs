//! Short words for what the tests do with a table and its stream.

use std::collections::HashMap;
use std::ops::Deref;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, StreamSpecification};
use aws_sdk_dynamodbstreams::operation::get_records::GetRecordsOutput;
use aws_sdk_dynamodbstreams::types::{Record, Shard, ShardIteratorType, StreamDescription};
use dynacdc_local::{ScalarAttributeType, TableSpec};
use dynacdc_record::{StreamArn, StreamViewType};

use crate::server::Server;

pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// Far more than any server here takes for what it has been asked.
pub(crate) const GENEROUS: Duration = Duration::from_secs(60);

/// A server, and a table on it whose key is the string `id`.
#[derive(Debug)]
pub(crate) struct Things {
    server: Server,
    pub(crate) table: String,
    pub(crate) arn: StreamArn,
}

impl Things {
    pub(crate) async fn start() -> Self {
        Self::with(|table| table).await
    }

    pub(crate) async fn with(more: impl FnOnce(TableSpec) -> TableSpec) -> Self {
        Self::of(|table| more(TableSpec::new(table, "id", ScalarAttributeType::S))).await
    }

    /// With a table of another key.
    pub(crate) async fn of(spec: impl FnOnce(&str) -> TableSpec) -> Self {
        let server = Server::start().await.unwrap();
        let table = server.table_name("Things");
        let arn = server.create_table(spec(&table)).await.unwrap();
        Self { server, table, arn }
    }

    pub(crate) async fn put(&self, item: &Attributes) {
        self.dynamodb().put_item().table_name(&self.table).set_item(Some(item.clone())).send().await.unwrap();
    }

    pub(crate) async fn delete(&self, id: &str) {
        self.dynamodb().delete_item().table_name(&self.table).key("id", s(id)).send().await.unwrap();
    }

    pub(crate) async fn get(&self, id: &str) -> Option<Attributes> {
        let get = self.dynamodb().get_item().table_name(&self.table).key("id", s(id));
        get.consistent_read(true).send().await.unwrap().item
    }

    /// Switches the stream on or off, and gives the ARN of the newest one.
    pub(crate) async fn switch_stream(&self, view_type: Option<StreamViewType>) -> StreamArn {
        let stream = StreamSpecification::builder().stream_enabled(view_type.is_some());
        let stream = stream.set_stream_view_type(view_type.map(|view_type| view_type.as_str().into())).build().unwrap();
        let update = self.dynamodb().update_table().table_name(&self.table).stream_specification(stream);
        let table = update.send().await.unwrap().table_description.unwrap();
        table.latest_stream_arn.map_or_else(|| self.arn.clone(), |arn| StreamArn::parse(&arn).unwrap())
    }

    pub(crate) async fn describe(&self, arn: &StreamArn) -> StreamDescription {
        let described = self.streams().describe_stream().stream_arn(arn.as_str()).send().await.unwrap();
        described.stream_description.unwrap()
    }

    pub(crate) async fn only_shard(&self, arn: &StreamArn) -> Shard {
        let mut shards = self.describe(arn).await.shards.unwrap();
        assert_eq!(shards.len(), 1);
        shards.remove(0)
    }

    /// An iterator of the only shard.
    pub(crate) async fn iterator(&self, arn: &StreamArn, kind: ShardIteratorType, number: Option<&str>) -> String {
        let shard = self.only_shard(arn).await.shard_id;
        let iterator = self.streams().get_shard_iterator().stream_arn(arn.as_str()).set_shard_id(shard);
        let iterator = iterator.shard_iterator_type(kind).set_sequence_number(number.map(str::to_owned));
        iterator.send().await.unwrap().shard_iterator.unwrap()
    }

    pub(crate) async fn trim_horizon(&self, arn: &StreamArn) -> String {
        self.iterator(arn, ShardIteratorType::TrimHorizon, None).await
    }

    pub(crate) async fn page(&self, iterator: &str) -> GetRecordsOutput {
        self.streams().get_records().shard_iterator(iterator).send().await.unwrap()
    }

    /// As many records, and no more: the next pages are empty.
    pub(crate) async fn records(&self, count: usize) -> Vec<Record> {
        let mut iterator = self.trim_horizon(&self.arn).await;
        let (mut all, mut empty, begin) = (Vec::new(), 0, Instant::now());
        while (all.len() < count || empty < 2) && begin.elapsed() < GENEROUS {
            let page = self.page(&iterator).await;
            iterator = page.next_shard_iterator.unwrap();
            let records = page.records.unwrap_or_default();
            empty = if records.is_empty() { empty + 1 } else { 0 };
            all.extend(records);
        }
        assert_eq!(all.len(), count, "{:?}", event_names(&all));
        all
    }
}

impl Deref for Things {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
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

pub(crate) fn event_names(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.event_name.as_ref().unwrap().as_str()).collect()
}

pub(crate) fn sequence_number(record: &Record) -> String {
    record.dynamodb.as_ref().unwrap().sequence_number.clone().unwrap()
}
