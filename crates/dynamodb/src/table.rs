//! Tables: their keys, and waiting until one can be used.

use crate::{CallError, ErrorKind};
use aws_sdk_dynamodb::{
    Client,
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{AttributeValue, KeyType, ScalarAttributeType, TableDescription, TableStatus},
};
use dynacdc_sink::{Backoff, SinkError};
use std::{collections::HashMap, time::Duration};
use tokio::time::{Instant, sleep};

const DESCRIBE: &str = "DescribeTable";

/// The key attributes of a table, with their types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableKey {
    /// The partition key, then the sort key if there is one.
    attributes: Vec<(String, ScalarAttributeType)>,
}

impl TableKey {
    /// The key of a table, asked of the service.
    ///
    /// # Errors
    /// Those of `DescribeTable`.
    pub async fn describe(client: &Client, table: &str) -> Result<Self, CallError> {
        Ok(Self::of(&describe(client, table).await?))
    }

    /// The key that a description tells of.
    pub fn of(table: &TableDescription) -> Self {
        let kind = |name: &str| {
            let definition = table.attribute_definitions().iter().find(|attribute| attribute.attribute_name == name);
            definition.map_or(ScalarAttributeType::S, |attribute| attribute.attribute_type.clone())
        };
        let mut schema: Vec<_> = table.key_schema().iter().collect();
        schema.sort_by_key(|element| element.key_type != KeyType::Hash);
        let named = schema.into_iter().map(|element| (element.attribute_name.clone(), kind(&element.attribute_name)));
        Self { attributes: named.collect() }
    }

    /// The names, the partition key first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    /// The key of an item: its key attributes alone.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn of_item(
        &self,
        item: &HashMap<String, AttributeValue>,
    ) -> Result<HashMap<String, AttributeValue>, SinkError> {
        self.check(item)?;
        Ok(self.names().filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect())
    }

    /// Whether the item has a key for this table. For writers that compute keys: the service's own answer is Fatal.
    ///
    /// # Errors
    /// Of class Poison, with the name of an attribute that is absent, of another type, or empty.
    pub fn check(&self, item: &HashMap<String, AttributeValue>) -> Result<(), SinkError> {
        for (name, kind) in &self.attributes {
            let fault = match (item.get(name), kind) {
                (None, _) => "is missing",
                (Some(AttributeValue::S(text)), ScalarAttributeType::S) if text.is_empty() => "is empty",
                (Some(AttributeValue::B(blob)), ScalarAttributeType::B) if blob.as_ref().is_empty() => "is empty",
                (Some(AttributeValue::S(_)), ScalarAttributeType::S)
                | (Some(AttributeValue::B(_)), ScalarAttributeType::B)
                | (Some(AttributeValue::N(_)), ScalarAttributeType::N) => continue,
                _ => "has another type than the table wants",
            };
            return Err(SinkError::poison(format!("the key attribute `{name}` {fault}")));
        }
        Ok(())
    }
}

/// Creates a table if there is none of its name, and waits until it can be used. The table that is there is taken as it
/// is: compare its [`TableKey`] where that matters.
///
/// # Errors
/// Those of `CreateTable` and `DescribeTable`; [`ErrorKind::NotFound`] if it is not active within `patience`.
pub async fn ensure_table(
    client: &Client,
    create: CreateTableFluentBuilder,
    patience: Duration,
) -> Result<TableDescription, CallError> {
    let name = create.get_table_name().clone().unwrap_or_default();
    if let Err(error) = create.send().await {
        let is_there = error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception());
        if !is_there {
            return Err(CallError::new("CreateTable", error));
        }
    }
    wait_until_active(client, &name, patience).await
}

/// Waits until a table can be used. One that was created just now may not be known at first, so a missing table is waited
/// for too. A call that fails for a while is made again. One that has no answer is cut off by the timeouts of the client
/// alone: `patience` is asked between calls.
///
/// # Errors
/// Those of `DescribeTable` that do not pass; [`ErrorKind::NotFound`] if it is not active within `patience`.
pub async fn wait_until_active(
    client: &Client,
    table: &str,
    patience: Duration,
) -> Result<TableDescription, CallError> {
    let deadline = Instant::now().checked_add(patience);
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    loop {
        let not_yet = match describe(client, table).await {
            Ok(table) if table.table_status == Some(TableStatus::Active) => return Ok(table),
            Ok(_) => CallError::of_kind(ErrorKind::NotFound, DESCRIBE),
            Err(error) if error.kind() == ErrorKind::NotFound || error.class() == dynacdc_sink::Class::Transient => {
                error
            }
            Err(error) => return Err(error),
        };
        let wait = backoff.next_delay();
        if deadline.is_some_and(|deadline| Instant::now() + wait >= deadline) {
            return Err(not_yet);
        }
        sleep(wait).await;
    }
}

async fn describe(client: &Client, table: &str) -> Result<TableDescription, CallError> {
    let answer = client.describe_table().table_name(table).send().await;
    let answer = answer.map_err(|error| CallError::new(DESCRIBE, error))?;
    answer.table.ok_or_else(|| CallError::of_kind(ErrorKind::Unreadable, DESCRIBE))
}
