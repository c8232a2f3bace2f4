//! One table as a store uses it: reads that are consistent, and calls that are made again until there is an answer.

use crate::{CallError, CostMeter, ErrorKind, ItemSize, Retries, TableKey, ensure_table, retries::once};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnConsumedCapacity,
        ScalarAttributeType,
    },
};
use dynacdc_sink::SinkError;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt::Write, str::FromStr, sync::Arc, time::Duration};

/// An item, or a key.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// The partition key of the stores' tables.
pub(crate) const PK: &str = "pk";
/// Their sort key, where they have one.
pub(crate) const SK: &str = "sk";

/// One page is at most this many rows.
const PAGE: usize = 1_000;

/// A table, with how its calls are made.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) client: Client,
    pub(crate) table: Arc<str>,
    pub(crate) retries: Retries,
    pub(crate) meter: Arc<CostMeter>,
}

/// Rows of a partition, and where the next page begins.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(crate) next: Option<Row>,
}

impl Rows {
    pub(crate) fn new(client: &Client, table: impl Into<Arc<str>>, retries: Retries) -> Self {
        Self { client: once(client), table: table.into(), retries, meter: Arc::default() }
    }

    /// Makes a call, and makes it again while what stands in its way may pass.
    pub(crate) async fn repeat<T, F>(&self, call: impl FnMut() -> F + Send) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>> + Send,
    {
        self.retries.repeat(call).await
    }

    /// The row of a key.
    pub(crate) async fn get(&self, key: &Row) -> Result<Option<Row>, CallError> {
        let answer = self.repeat(async || {
            self.meter.call(ItemSize::default());
            let get = self.client.get_item().table_name(&*self.table).set_key(Some(key.clone()));
            get.consistent_read(true).send().await.map_err(|error| CallError::new("GetItem", error))
        });
        Ok(answer.await?.item)
    }

    /// The first rows of a partition in ascending order, behind `after`, or where the last page ended.
    pub(crate) async fn query(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        start: Option<&Row>,
    ) -> Result<Page, CallError> {
        let limit = i32::try_from(limit.clamp(1, PAGE)).unwrap_or(1);
        let answer = self.repeat(async || {
            self.meter.call(ItemSize::default());
            let query = self.client.query().table_name(&*self.table).consistent_read(true).limit(limit);
            let query = query.set_exclusive_start_key(start.cloned());
            let query = query.expression_attribute_values(":pk", text(partition));
            let query = match after {
                Some(after) => query
                    .key_condition_expression("pk = :pk AND sk > :after")
                    .expression_attribute_values(":after", text(after)),
                None => query.key_condition_expression("pk = :pk"),
            };
            query.send().await.map_err(|error| CallError::new("Query", error))
        });
        let answer = answer.await?;
        Ok(Page { rows: answer.items.unwrap_or_default(), next: answer.last_evaluated_key })
    }

    /// The sum of what the store's calls have cost.
    pub(crate) fn meter(&self) -> &CostMeter {
        &self.meter
    }

    pub(crate) const fn capacity() -> ReturnConsumedCapacity {
        ReturnConsumedCapacity::Total
    }
}

/// Creates a table of rows, paid by request, whose key attributes are strings of these names, if there is none; and waits
/// until it can be used.
pub(crate) async fn create(client: &Client, table: &str, keys: &[&str], patience: Duration) -> Result<(), SinkError> {
    let unsendable = |_| SinkError::from(CallError::of_kind(ErrorKind::Unsendable, "CreateTable"));
    let mut create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, role) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
        let attribute = AttributeDefinition::builder().attribute_name(*name).attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder().attribute_name(*name).key_type(role);
        create = create.attribute_definitions(attribute.build().map_err(unsendable)?);
        create = create.key_schema(element.build().map_err(unsendable)?);
    }
    let found = TableKey::of(&ensure_table(client, create, patience).await?);
    let sample = keys.iter().map(|name| ((*name).to_owned(), text("a"))).collect();
    if found.names().eq(keys.iter().copied()) && found.check(&sample).is_ok() {
        Ok(())
    } else {
        Err(SinkError::fatal("a table of this name is there, and it has another key"))
    }
}

/// A text of at most `limit` bytes, another one for another text: the beginning and a hash where it is too long.
///
/// Texts in which every `%` is followed by two hex digits, as all are whose escapes are such, are never taken for one that
/// was shortened.
pub(crate) fn shortened(text: String, limit: usize) -> String {
    /// The mark, and 256 bits in hex.
    const TAIL: usize = 2 + 64;
    if text.len() <= limit {
        return text;
    }
    let mut short = text[..text.floor_char_boundary(limit.saturating_sub(TAIL))].to_owned();
    short.push_str("%#");
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string does not fail.
        let _ = write!(short, "{byte:02x}");
    }
    short
}

/// A text without `|`, to be put before one: a `|` is written as `%7C`, a `%` as `%25`.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('|', "%7C")
}

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The text of an attribute.
pub(crate) fn text_of<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name)?.as_s().ok().map(String::as_str)
}

/// The number of an attribute.
pub(crate) fn number_of<T: FromStr>(row: &Row, name: &str) -> Option<T> {
    row.get(name)?.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_shortened_and_stays_apart_from_others() {
        let long = "ä".repeat(600);

        let short = shortened(long.clone(), 1_000);

        assert!(short.len() <= 1_000 && short.len() > 990 && short.starts_with("ää"), "{short}");
        assert_ne!(short, shortened(format!("{long}b"), 1_000), "what is cut off counts");
        assert_ne!(short, shortened(format!("{long}c"), 1_000));
        assert_eq!(shortened("a".repeat(1_000), 1_000), "a".repeat(1_000));
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(shortened("abc".into(), 2), format!("%#{hash}"), "the hash of the standard's example");
    }

    #[test]
    fn an_escaped_text_has_no_bar_and_is_another_one_for_another_text() {
        let texts = ["a", "a|b", "a%7Cb", "a%", "|", "%"].map(escaped);
        assert!(texts.iter().all(|text| !text.contains('|')), "{texts:?}");
        assert_eq!(texts, ["a", "a%7Cb", "a%257Cb", "a%25", "%7C", "%25"]);
    }
}
