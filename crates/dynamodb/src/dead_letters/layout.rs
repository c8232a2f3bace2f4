//! Where a row stands, and what its attributes are called. No name is a word that expressions reserve.

use crate::{
    CallError, ErrorKind,
    rows::{PK, Row, SK, escaped, shortened, text},
};
use aws_sdk_dynamodb::{
    error::BuildError,
    types::{Delete, Put, TransactWriteItem, Update},
};
use dynacdc_record::ItemKey;
use dynacdc_sink::{Letter, SinkError};
use std::sync::Arc;

pub(super) const GENERATION: &str = "generation";
pub(super) const ITEM_KEY: &str = "item_key";
pub(super) const REVISION: &str = "revision";
pub(super) const RECORD: &str = "record_json";
/// How many rows the record takes.
pub(super) const PIECES: &str = "pieces";
/// A part of the record, in a row behind that of its letter.
pub(super) const PIECE: &str = "piece_json";
pub(super) const LANE: &str = "lane";
pub(super) const EPOCH: &str = "epoch";
pub(super) const ERROR: &str = "parked_error";
pub(super) const ATTEMPTS: &str = "attempts";
pub(super) const FIRST_PARKED: &str = "first_parked";
pub(super) const LAST_PARKED: &str = "last_parked";
pub(super) const DISCARDED_AT: &str = "discarded_at";
pub(super) const REASON: &str = "discard_reason";

/// The longest that the text of a consumer, and of a key, may be in a key of the table, which has up to 2,048 bytes for a
/// partition key and 1,024 for a sort key.
const CONSUMER: usize = 512;
const KEY: usize = 1_024;

/// Where the rows of a consumer stand.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    table: Arc<str>,
    consumer: Arc<str>,
}

impl Layout {
    pub(super) fn new(table: Arc<str>, consumer: &str) -> Self {
        Self { table, consumer: shortened(escaped(consumer), CONSUMER).into() }
    }

    pub(super) fn consumer(&self) -> &str {
        &self.consumer
    }

    /// The row of the counter.
    pub(super) fn meta(&self) -> Row {
        row(format!("{}|meta", self.consumer), "meta")
    }

    /// The partition of the parked keys.
    pub(super) fn keys(&self) -> String {
        format!("{}|keys", self.consumer)
    }

    /// The row of a parked key.
    pub(super) fn key(&self, key: &ItemKey) -> Row {
        row(self.keys(), key_text(key))
    }

    /// The partition of the letters of a key.
    pub(super) fn queue(&self, key: &ItemKey) -> String {
        format!("{}|letters|{}", self.consumer, key_text(key))
    }

    /// The place of a letter's row.
    pub(super) fn letter(&self, letter: &Letter) -> Spot {
        Spot { partition: self.queue(&letter.key()), sort: letter.place().to_string() }
    }

    /// The partition of the discarded letters.
    pub(super) fn discarded(&self) -> String {
        format!("{}|discarded", self.consumer)
    }

    pub(super) fn put(&self, item: Row) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&*self.table).set_item(Some(item))
    }

    pub(super) fn update(&self, key: Row) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder().table_name(&*self.table).set_key(Some(key))
    }

    pub(super) fn delete(&self, key: Row) -> aws_sdk_dynamodb::types::builders::DeleteBuilder {
        Delete::builder().table_name(&*self.table).set_key(Some(key))
    }
}

/// Where a letter stands: one row, and those with its further pieces.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) partition: String,
    pub(super) sort: String,
}

impl Spot {
    pub(super) fn head(&self) -> Row {
        row(self.partition.clone(), self.sort.clone())
    }

    /// The row of a piece, of which 0 would be the head. They stand behind it and before all later places, since no place
    /// begins with another one.
    pub(super) fn piece(&self, nth: usize) -> Row {
        row(self.partition.clone(), format!("{}/{nth:02}", self.sort))
    }
}

/// Behind the last piece of a place.
pub(super) fn behind(place: &str) -> String {
    format!("{place}/~")
}

/// The text of a key as keys of the table hold it.
pub(super) fn key_text(key: &ItemKey) -> String {
    shortened(key.to_string(), KEY)
}

fn row(partition: String, sort: impl Into<String>) -> Row {
    Row::from([(PK.to_owned(), text(partition)), (SK.to_owned(), text(sort))])
}

/// A row that somebody else has written.
pub(super) fn damaged(attribute: &str) -> SinkError {
    SinkError::fatal(format!("a row of the table does not read: `{attribute}`"))
}

/// What the SDK builds an action of.
pub(super) trait Action {
    fn action(self) -> Result<TransactWriteItem, SinkError>;
}

impl Action for Result<Put, BuildError> {
    fn action(self) -> Result<TransactWriteItem, SinkError> {
        Ok(TransactWriteItem::builder().put(self.map_err(unsendable)?).build())
    }
}

impl Action for Result<Update, BuildError> {
    fn action(self) -> Result<TransactWriteItem, SinkError> {
        Ok(TransactWriteItem::builder().update(self.map_err(unsendable)?).build())
    }
}

impl Action for Result<Delete, BuildError> {
    fn action(self) -> Result<TransactWriteItem, SinkError> {
        Ok(TransactWriteItem::builder().delete(self.map_err(unsendable)?).build())
    }
}

fn unsendable(_: BuildError) -> SinkError {
    CallError::of_kind(ErrorKind::Unsendable, "TransactWriteItems").into()
}
