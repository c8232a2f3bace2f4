//! What the tests are about: records of a few keys, outcomes, and a paused clock.

pub(crate) use crate::words::words;

use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_sink::{Class, Lane, Outcome, Reason, SinkError};
use proptest::prelude::*;
use std::future::Future;

pub(crate) fn lane() -> Lane {
    Lane::ordered(None, "shard-1")
}

fn sequence(number: u64) -> SequenceNumber {
    SequenceNumber::parse(&number.to_string()).unwrap()
}

/// The item `key` gets the value `v`.
pub(crate) fn put(key: &str, number: u64, v: i64) -> ChangeRecord {
    ChangeRecord::builder(EventName::Modify, item! { "pk" => key }, sequence(number))
        .old_image(item! { "pk" => key, "v" => v - 1 })
        .new_image(item! { "pk" => key, "v" => v })
        .build()
        .unwrap()
}

/// The item `key` is deleted.
pub(crate) fn remove(key: &str, number: u64) -> ChangeRecord {
    ChangeRecord::builder(EventName::Remove, item! { "pk" => key }, sequence(number))
        .old_image(item! { "pk" => key, "v" => 0 })
        .build()
        .unwrap()
}

/// One record per key, numbered from 1, each with its number as value.
pub(crate) fn records<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Vec<ChangeRecord> {
    (1..).zip(keys).map(|(number, key)| put(key.as_ref(), number, number.cast_signed())).collect()
}

pub(crate) fn key(record: &ChangeRecord) -> String {
    record.keys().get("pk").and_then(|pk| pk.as_str().map(str::to_owned)).unwrap()
}

pub(crate) fn number(record: &ChangeRecord) -> u64 {
    record.sequence_number().as_str().parse().unwrap()
}

/// Everything that can be told of an outcome, since errors do not compare.
pub(crate) fn told(outcome: &Outcome) -> String {
    format!("{outcome:?}")
}

pub(crate) fn all_told(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(told).collect()
}

pub(crate) fn class() -> impl Strategy<Value = Class> {
    prop_oneof![Just(Class::Transient), Just(Class::Poison), Just(Class::Fatal)]
}

/// An outcome of the record at `at`. Now and then it is blocked by an earlier one.
pub(crate) fn outcome(at: usize) -> impl Strategy<Value = Outcome> {
    let error = (class(), any::<bool>(), "[a-d]").prop_map(|(class, whole, context)| {
        let error = SinkError::new(class, context);
        Outcome::Failed(if whole { error.unattributed() } else { error })
    });
    let blocked = (0..at.max(1)).prop_map(move |by| if at == 0 { Outcome::Parked } else { Outcome::Blocked { by } });
    prop_oneof![
        4 => Just(Outcome::Applied),
        1 => Just(Outcome::Parked),
        1 => Just(Outcome::Skipped(Reason::Filtered)),
        1 => Just(Outcome::Skipped(Reason::Duplicate)),
        1 => Just(Outcome::Skipped(Reason::Stale)),
        2 => error,
        2 => blocked,
    ]
}

/// One outcome per record for a batch of `length`.
pub(crate) fn outcomes(length: usize) -> impl Strategy<Value = Vec<Outcome>> {
    (0..length).map(|at| outcome(at).boxed()).collect::<Vec<_>>()
}

/// Keys of a batch: few, so that many records share one.
pub(crate) fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c")], 0..12)
}

/// Runs on a clock that stands still while there is work and jumps to the next timer when there is none.
pub(crate) fn on_paused_clock<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
}
