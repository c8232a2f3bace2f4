//! Short words for what the tests do with a table.

use crate::server::Server;
use aws_sdk_dynamodb::types::AttributeValue;
use dynacdc_local::{ScalarAttributeType, TableSpec};
use std::{collections::HashMap, error::Error, ops::Deref};

pub(crate) type Attributes = HashMap<String, AttributeValue>;
pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

/// A server and a table on it, whose key is the string `id`.
#[derive(Debug)]
pub(crate) struct Things {
    server: Server,
    table: String,
}

pub(crate) async fn things() -> Fallible<Things> {
    let server = Server::start().await?;
    let table = server.table_name("Things");
    server.create_table_without_stream(TableSpec::new(&table, "id", ScalarAttributeType::S)).await?;
    Ok(Things { server, table })
}

impl Things {
    /// The name of the table.
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    pub(crate) async fn get(&self, id: &str) -> Fallible<Option<Attributes>> {
        let get = self.dynamodb().get_item().table_name(&self.table).key("id", s(id));
        Ok(get.consistent_read(true).send().await?.item)
    }

    pub(crate) async fn count(&self) -> Fallible<usize> {
        Ok(self.dynamodb().scan().table_name(&self.table).send().await?.items().len())
    }
}

impl Deref for Things {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
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
