//! Records and letters of a few keys, and a server with the tables of the stores.

use crate::server::Server;
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_dynamodb::{DynamoDbDeadLetters, DynamoDbDedupe};
use dynacdc_local::LocalError;
use dynacdc_record::{ChangeRecord, EventName, Item, ItemKey, SequenceNumber, StreamArn, item};
use dynacdc_sink::{Class, DeadLetterStore, Lane, Letter, NewLetter, ParkedError};
use std::{error::Error, ops::Deref, time::Duration};

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) const LABELS: [&str; 2] = ["2026-01-01T00:00:00.000", "2026-02-01T00:00:00.000"];

/// A server and the names of the stores' tables on it.
#[derive(Debug)]
pub(crate) struct Stores {
    server: Server,
    letters: String,
    claims: String,
}

/// With both tables.
pub(crate) async fn server() -> Fallible<Stores> {
    let db = Stores::start().await?;
    DynamoDbDeadLetters::create_table(db.dynamodb(), db.letters(), Duration::from_secs(5)).await?;
    DynamoDbDedupe::create_table(db.dynamodb(), db.claims(), Duration::from_secs(5)).await?;
    Ok(db)
}

impl Stores {
    /// Without a table.
    pub(crate) async fn start() -> Result<Self, LocalError> {
        let server = Server::start().await?;
        let (letters, claims) = (server.table_name("Letters"), server.table_name("Claims"));
        Ok(Self { server, letters, claims })
    }

    pub(crate) fn letters(&self) -> &str {
        &self.letters
    }

    pub(crate) fn claims(&self) -> &str {
        &self.claims
    }
}

impl Deref for Stores {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// The letters of the consumer `mail`; each call makes another handle, as another process would.
pub(crate) fn letters(db: &Stores) -> DynamoDbDeadLetters {
    DynamoDbDeadLetters::new(db.dynamodb(), db.letters(), "mail")
}

pub(crate) fn lane() -> Lane {
    Lane::ordered(None, "shard-1")
}

pub(crate) fn put(key: &str, number: u64) -> ChangeRecord {
    put_item(item! { "pk" => key, "v" => number }, number)
}

pub(crate) fn put_item(item: Item, number: u64) -> ChangeRecord {
    let key: Item = item.iter().filter(|(name, _)| *name == "pk").map(|(name, value)| (name, value.clone())).collect();
    let sequence = SequenceNumber::parse(&number.to_string()).unwrap();
    let record = ChangeRecord::builder(EventName::Modify, key, sequence).event_id(number.to_string());
    record.old_image(item.clone()).new_image(item).build().unwrap()
}

/// A record of a stream with this label.
pub(crate) fn put_of(label: &str, key: &str, number: u64) -> ChangeRecord {
    let arn = format!("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/{label}");
    let sequence = SequenceNumber::parse(&number.to_string()).unwrap();
    let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => key }, sequence);
    record.stream_arn(StreamArn::parse(&arn).unwrap()).new_image(item! { "pk" => key }).build().unwrap()
}

pub(crate) fn key(pk: &str) -> ItemKey {
    ItemKey::try_from(&item! { "pk" => pk }).unwrap()
}

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 123_456_789).unwrap() + TimeDelta::seconds(second)
}

pub(crate) fn behind(record: ChangeRecord, second: i64) -> NewLetter {
    NewLetter { record, lane: lane(), epoch: 0, error: None, at: at(second) }
}

pub(crate) fn failed(record: ChangeRecord, second: i64, message: &str) -> NewLetter {
    let error = ParkedError { class: Class::Poison, message: message.to_owned() };
    NewLetter { error: Some(error), ..behind(record, second) }
}

pub(crate) async fn first(store: &impl DeadLetterStore, pk: &str) -> Fallible<Letter> {
    Ok(store.letters(&key(pk), None, 1).await?.pop().ok_or("no letter")?)
}

pub(crate) fn number(record: &ChangeRecord) -> u64 {
    record.sequence_number().as_str().parse().unwrap()
}

pub(crate) fn numbers(letters: &[Letter]) -> Vec<u64> {
    letters.iter().map(|letter| number(&letter.record)).collect()
}

/// How many rows a table has.
pub(crate) async fn rows(db: &Stores, table: &str) -> Fallible<usize> {
    let mut pages = db.dynamodb().scan().table_name(table).into_paginator().items().send();
    let mut count = 0;
    while let Some(row) = pages.next().await {
        row?;
        count += 1;
    }
    Ok(count)
}
