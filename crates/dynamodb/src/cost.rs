use crate::ItemSize;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use dynacdc_sink::Cost;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts what writing costs, from any number of calls at once.
///
/// One meter per batch that is written; [`cost`](Self::cost) goes into the report. Write units are those that the service
/// says it consumed. Where it says nothing (a refused condition, a lost answer, a server that does not report) they are
/// reckoned from the size of the item; a call that was throttled consumes none.
///
/// Read units have a sum of their own, [`read_units`](Self::read_units): a unit of one kind is not one of the other.
///
/// A call is a call of the SDK: retries that the SDK makes inside one are not seen here. The writers of this crate switch
/// them off in their client and retry themselves, so that what they count is what was sent.
#[derive(Debug, Default)]
pub struct CostMeter {
    calls: AtomicU64,
    write_units: AtomicU64,
    read_units: AtomicU64,
    bytes: AtomicU64,
    ops_in: AtomicU64,
    ops_out: AtomicU64,
}

impl CostMeter {
    /// At zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// One call, with the size of the items and keys in it.
    pub fn call(&self, size: ItemSize) {
        self.calls.fetch_add(1, Relaxed);
        self.bytes.fetch_add(size.bytes() as u64, Relaxed);
    }

    /// What an answer says was consumed, or, where it says nothing, this many units.
    pub fn consumed<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>, otherwise: u64) {
        let told = capacity.into_iter().filter_map(|table| table.write_capacity_units.or(table.capacity_units));
        self.write_units.fetch_add(units(told, otherwise), Relaxed);
    }

    /// What an answer says was consumed by reading, or, where it says nothing, this many units.
    pub fn read<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>, otherwise: u64) {
        let told = capacity.into_iter().filter_map(|table| table.read_capacity_units.or(table.capacity_units));
        self.read_units.fetch_add(units(told, otherwise), Relaxed);
    }

    /// Read units so far. Only a [`FencedWriter`](crate::FencedWriter) with statements reads.
    pub fn read_units(&self) -> u64 {
        self.read_units.load(Relaxed)
    }

    /// Records that were to be written, and the operations that they became.
    pub fn operations(&self, records: usize, operations: usize) {
        self.ops_in.fetch_add(records as u64, Relaxed);
        self.ops_out.fetch_add(operations as u64, Relaxed);
    }

    /// The sum so far.
    pub fn cost(&self) -> Cost {
        Cost {
            calls: self.calls.load(Relaxed),
            write_units: self.write_units.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            ops_in: self.ops_in.load(Relaxed),
            ops_out: self.ops_out.load(Relaxed),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float as u64 saturates")]
fn units(told: impl Iterator<Item = f64>, otherwise: u64) -> u64 {
    told.reduce(|sum, units| sum + units).map_or(otherwise, |units| units.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity(write: Option<f64>, total: Option<f64>) -> ConsumedCapacity {
        ConsumedCapacity::builder().set_write_capacity_units(write).set_capacity_units(total).build()
    }

    #[test]
    fn what_the_service_says_counts_before_what_was_reckoned() {
        let meter = CostMeter::new();

        meter.consumed([&capacity(None, Some(3.0)), &capacity(Some(2.0), Some(9.0))], 100);
        assert_eq!(meter.cost().write_units, 5);
        meter.consumed([&capacity(None, None)], 10);
        meter.consumed([], 20);
        assert_eq!(meter.cost().write_units, 35);
        meter.read([&capacity(None, Some(1.5))], 9);
        meter.read([], 9);
        assert_eq!((meter.read_units(), meter.cost().write_units), (2 + 9, 35));
    }

    #[test]
    fn a_call_counts_whatever_becomes_of_it() {
        let meter = CostMeter::new();
        let key = [("pk".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("A".into()))].into();

        meter.call(ItemSize::of(&key));
        meter.call(ItemSize::of(&key));
        meter.operations(5, 2);

        assert_eq!(meter.cost(), Cost { calls: 2, write_units: 0, bytes: 6, ops_in: 5, ops_out: 2 });
    }
}
