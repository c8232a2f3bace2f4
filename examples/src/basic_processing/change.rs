//! A write on the left, its record on the right.

use crate::{
    tail::Arrival,
    values::{self, FieldChange},
};
use dynacdc_examples::{DIM, Failure, Scene, Screen, WIDTH, event, fit, paint};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, Write as TableWrite};
use dynacdc_record::{EventName, Item};
use serde::Serialize;
use std::io::{self, Write};

const ITEM: usize = 15;
const SHARD: usize = 5;
/// Digits of a sequence number that are shown: its beginning is the same for a long time.
const DIGITS: usize = 8;
/// What the columns before it leave for the change.
const CHANGE: usize = WIDTH - 3 - 7 - (ITEM + 1) - 2 - 9 - (SHARD + 1) - (DIGITS + 2) - 7;

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "change")]
pub(crate) struct Change {
    /// None where DynamoDB itself has deleted the item.
    write: Option<Written>,
    record: Shown,
    #[serde(skip)]
    item: String,
    #[serde(skip)]
    summary: String,
}

#[derive(Debug, Serialize)]
struct Written {
    operation: &'static str,
}

/// What is shown of a record. Its event id is left out: it is random, and one seed must give one output.
#[derive(Debug, Serialize)]
struct Shown {
    time: Option<String>,
    shard: Option<String>,
    sequence_number: String,
    #[serde(serialize_with = "name")]
    event_name: EventName,
    by: &'static str,
    customer: Option<String>,
    entry: Option<String>,
    changes: Vec<FieldChange>,
}

fn name<S: serde::Serializer>(name: &EventName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_str())
}

impl Change {
    pub(crate) fn new(write: Option<&TableWrite>, arrival: &Arrival) -> Result<Self, Failure> {
        let record = &arrival.record;
        let key = record.item_key().to_item();
        let part = |name| key.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let shown = Shown {
            time: record.created_at().map(|time| time.to_rfc3339()),
            shard: arrival.shard.as_ref().map(ToString::to_string),
            sequence_number: record.sequence_number().to_string(),
            event_name: record.event_name(),
            by: if record.is_ttl_delete() { "time to live" } else { "user" },
            customer: part(PARTITION_KEY),
            entry: part(SORT_KEY),
            changes: values::changes(record)?,
        };
        Ok(Self {
            write: write.map(|write| Written { operation: operation(write) }),
            record: shown,
            item: item(&write.map_or(key, TableWrite::key)),
            summary: values::summary(record, CHANGE)?,
        })
    }
}

/// The headings of the columns.
pub(crate) fn headings(screen: &mut Screen) -> io::Result<()> {
    let left = fit("write", 7 + ITEM);
    let sequence = fit("sequence", DIGITS + 1);
    let line = format!("   {left} │ {} {} {sequence} {} change", fit("time", 8), fit("shard", SHARD), fit("event", 6));
    screen.line(&paint(DIM, &line))
}

impl Scene for Change {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let record = &self.record;
        let operation = self.write.as_ref().map_or("ttl", |write| write.operation);
        let time = record.time.as_deref().and_then(|time| time.get(11..19)).unwrap_or("");
        let shard = record.shard.as_deref().map(short_shard).unwrap_or_default();
        let number = &record.sequence_number;
        let tail = number.get(number.len().saturating_sub(DIGITS)..).unwrap_or(number);
        writeln!(
            out,
            "   {} {} {} {} {} {} {} {}",
            fit(operation, 6),
            fit(&self.item, ITEM),
            paint(DIM, "│"),
            fit(time, 8),
            paint(DIM, &fit(&shard, SHARD)),
            paint(DIM, &fit(&format!("…{tail}"), DIGITS + 1)),
            paint(event(record.event_name), &fit(record.event_name.as_str(), 6)),
            self.summary,
        )
    }
}

const fn operation(write: &TableWrite) -> &'static str {
    match write {
        TableWrite::Put(_) => "put",
        TableWrite::Update { .. } => "update",
        TableWrite::Delete { .. } => "delete",
    }
}

/// Customer and entry without their leading zeros: `3 order#12`.
pub(crate) fn item(key: &Item) -> String {
    let part = |name| key.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let (customer, entry) = (part(PARTITION_KEY), part(SORT_KEY));
    let customer = customer.strip_prefix("customer#").unwrap_or(customer);
    match entry.split_once('#') {
        Some((kind, number)) => format!("{customer} {kind}#{}", number.trim_start_matches('0')),
        None => format!("{customer} {entry}"),
    }
}

/// The last digits of the number in a shard id, `shardId-00000001414562045508-2bac9cd2`: its other parts hardly differ, or
/// say nothing.
fn short_shard(shard: &str) -> String {
    let number = shard.split('-').nth(1).unwrap_or(shard);
    let skipped = number.chars().count().saturating_sub(SHARD);
    number.chars().skip(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::item as make;

    #[test]
    fn an_item_is_named_in_short() {
        let key = make! { PARTITION_KEY => "customer#0003", SORT_KEY => "order#00000012" };
        assert_eq!(item(&key), "0003 order#12");
        let key = make! { PARTITION_KEY => "customer#0003", SORT_KEY => "cart" };
        assert_eq!(item(&key), "0003 cart");
    }

    #[test]
    fn a_shard_is_named_by_the_end_of_its_number() {
        assert_eq!(short_shard("shardId-00000001414562045508-2bac9cd2"), "45508");
        assert_eq!(short_shard("shardId-00000001-Orders"), "00001");
        assert_eq!(short_shard("odd"), "odd");
    }
}
