//! Short words for what the tests do with a table.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use dynacdc_local::{LocalDynamoDb, ScalarAttributeType, TableSpec};
use std::{collections::HashMap, error::Error};

pub(crate) type Attributes = HashMap<String, AttributeValue>;
pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) const TABLE: &str = "Things";

/// An embedded server with one table, whose key is the string `id`.
pub(crate) async fn things() -> Fallible<LocalDynamoDb> {
    let db = LocalDynamoDb::builder().start().await?;
    db.create_table_without_stream(TableSpec::new(TABLE, "id", ScalarAttributeType::S)).await?;
    Ok(db)
}

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn thing(id: &str, attributes: &[(&str, AttributeValue)]) -> Attributes {
    let mut item = Attributes::from([("id".to_owned(), s(id))]);
    item.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    item
}

pub(crate) async fn get(client: &Client, id: &str) -> Fallible<Option<Attributes>> {
    Ok(client.get_item().table_name(TABLE).key("id", s(id)).consistent_read(true).send().await?.item)
}

pub(crate) async fn count(client: &Client) -> Fallible<usize> {
    Ok(client.scan().table_name(TABLE).send().await?.items().len())
}
