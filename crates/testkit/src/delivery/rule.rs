//! The check of every report.

use dynacdc_record::{ChangeRecord, KeyRef};
use dynacdc_sink::{Order, Report};
use std::collections::HashMap;

/// Nothing is settled behind an unsettled record of its order domain.
///
/// Layers and sinks make their reports through constructors that see to it. This is the check from outside: the order
/// is that of the whole stack, and the history knows it.
pub(super) fn check(order: Order, records: &[ChangeRecord], report: &Report) -> Result<(), String> {
    if report.outcomes().len() != records.len() {
        return Err(format!("a report of {} outcomes for {} records", report.outcomes().len(), records.len()));
    }
    if report.is_settled() {
        return Ok(());
    }
    let mut first: HashMap<Option<KeyRef<'_>>, usize> = HashMap::new();
    for (at, (record, outcome)) in records.iter().zip(report.outcomes()).enumerate() {
        let domain = match order {
            Order::Key => Some(record.key()),
            Order::Lane => None,
        };
        match first.get(&domain) {
            Some(by) if outcome.is_settled() => {
                let number = record.sequence_number();
                return Err(format!(
                    "order rule: record {at} ({number}) is reported {outcome:?} behind record {by} of its order \
                     domain, which is not settled"
                ));
            }
            None if !outcome.is_settled() => {
                first.insert(domain, at);
            }
            _ => {}
        }
    }
    Ok(())
}
