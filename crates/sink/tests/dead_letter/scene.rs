//! What the tests are about: records of a few keys, letters of them, and a wall clock that stands still.

use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::{ChangeRecord, EventName, ItemKey, SequenceNumber, StreamArn, item};
use dynacdc_sink::{Class, Clock, Lane, Letter, NewLetter, ParkedError, Report};
use std::error::Error;

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) const LABELS: [&str; 2] = ["2026-01-01T00:00:00.000", "2026-02-01T00:00:00.000"];

pub(crate) fn lane() -> Lane {
    Lane::ordered(None, "shard-1")
}

pub(crate) fn stream(label: &str) -> StreamArn {
    StreamArn::parse(&format!("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/{label}")).unwrap()
}

/// The item `key` gets its sequence number as value. It was made at the second `number` of the test's time.
pub(crate) fn put(key: &str, number: u64) -> ChangeRecord {
    ChangeRecord::builder(EventName::Modify, item! { "pk" => key }, sequence(number))
        .event_id(number.to_string())
        .created_epoch(start().timestamp() + number.cast_signed(), 0)
        .old_image(item! { "pk" => key, "v" => number - 1 })
        .new_image(item! { "pk" => key, "v" => number })
        .build()
        .unwrap()
}

/// The same of a stream with this label.
pub(crate) fn put_of(label: &str, key: &str, number: u64) -> ChangeRecord {
    ChangeRecord::builder(EventName::Insert, item! { "pk" => key }, sequence(number))
        .stream_arn(stream(label))
        .new_image(item! { "pk" => key, "v" => number })
        .build()
        .unwrap()
}

fn sequence(number: u64) -> SequenceNumber {
    SequenceNumber::parse(&number.to_string()).unwrap()
}

pub(crate) fn key(pk: &str) -> ItemKey {
    ItemKey::try_from(&item! { "pk" => pk }).unwrap()
}

pub(crate) fn pk(record: &ChangeRecord) -> String {
    record.keys().get("pk").and_then(|pk| pk.as_str().map(str::to_owned)).unwrap()
}

pub(crate) fn number(record: &ChangeRecord) -> u64 {
    record.sequence_number().as_str().parse().unwrap()
}

pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(second)
}

/// A clock that shows [`start`] and moves with tokio's.
pub(crate) fn clock() -> Clock {
    Clock::from(start())
}

pub(crate) fn behind(record: ChangeRecord, second: i64) -> NewLetter {
    NewLetter { record, lane: lane(), epoch: 0, error: None, at: at(second) }
}

pub(crate) fn failed(record: ChangeRecord, second: i64, message: &str) -> NewLetter {
    let error = ParkedError { class: Class::Poison, message: message.to_owned() };
    NewLetter { error: Some(error), ..behind(record, second) }
}

pub(crate) fn numbers(letters: &[Letter]) -> Vec<u64> {
    letters.iter().map(|letter| number(&letter.record)).collect()
}

/// A word per outcome.
pub(crate) fn words(report: &Report) -> Vec<String> {
    crate::words::words(report.outcomes())
}

/// Everything that a letter holds, since lanes and records compare but errors of stores do not.
pub(crate) fn same(one: &Letter, other: &Letter) -> bool {
    one.record == other.record
        && one.lane == other.lane
        && one.epoch == other.epoch
        && one.error == other.error
        && one.attempts == other.attempts
        && one.first_parked == other.first_parked
        && one.last_parked == other.last_parked
        && one.revision == other.revision
}
