//! How far the order of a sink's effects reaches, and who is blocked by whom.

use crate::Batch;
use dynacdc_record::{ChangeRecord, KeyRef};
use std::{collections::HashMap, fmt};

/// What the order of a sink's effects reaches over: its order domain.
///
/// `Lane` is the wider one and the greater: what several sinks have in common is the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// The item key: changes of different items are independent.
    Key,
    /// The whole lane: one mark or one chain, so nothing may be left out and made up for later.
    Lane,
}

/// The order rule while a batch is written: after a record that is not settled, no later one of its order domain may be.
///
/// [`Report`](crate::Report)s are brought to this rule when they are made. A sink that writes record by record asks
/// beforehand, so as not to write what will be reported as blocked:
///
/// ```
/// use dynacdc_sink::{Batch, Order, OrderRule, Outcome, Report, SinkError};
///
/// # fn put(_: &dynacdc_record::ChangeRecord) -> Result<(), SinkError> { Ok(()) }
/// fn write_all(batch: Batch<'_>) -> Result<Report, SinkError> {
///     let mut rule = OrderRule::new(Order::Key, batch);
///     let mut outcomes = Vec::with_capacity(batch.len());
///     for (at, record) in batch.records().iter().enumerate() {
///         outcomes.push(match rule.blocker(at) {
///             Some(by) => Outcome::Blocked { by },
///             None => put(record).into(),
///         });
///         if !outcomes[at].is_settled() {
///             rule.unsettled(at);
///         }
///     }
///     Report::new(Order::Key, batch, outcomes, Default::default())
/// }
/// ```
pub struct OrderRule<'a> {
    records: &'a [ChangeRecord],
    /// The first unsettled position of each domain.
    first: Domains<'a>,
}

enum Domains<'a> {
    Keys(HashMap<KeyRef<'a>, usize>),
    Lane(Option<usize>),
}

impl<'a> OrderRule<'a> {
    /// With nothing unsettled yet.
    pub fn new(order: Order, batch: Batch<'a>) -> Self {
        let first = match order {
            Order::Key => Domains::Keys(HashMap::new()),
            Order::Lane => Domains::Lane(None),
        };
        Self { records: batch.records(), first }
    }

    /// Notes that the record at this position is not settled. Positions may come in any order; one beyond the batch
    /// is none of its records and changes nothing.
    pub fn unsettled(&mut self, at: usize) {
        let Some(record) = self.records.get(at) else { return };
        match &mut self.first {
            Domains::Keys(first) => {
                first.entry(record.key()).and_modify(|first| *first = at.min(*first)).or_insert(at);
            }
            Domains::Lane(first) => *first = Some(first.map_or(at, |first| at.min(first))),
        }
    }

    /// The first unsettled record of the same order domain before this position: what blocks it.
    pub fn blocker(&self, at: usize) -> Option<usize> {
        let record = self.records.get(at)?;
        let first = match &self.first {
            Domains::Keys(first) => first.get(&record.key()).copied(),
            Domains::Lane(first) => *first,
        };
        first.filter(|first| *first < at)
    }
}

impl fmt::Debug for OrderRule<'_> {
    /// Positions only: keys are values of items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first: Vec<usize> = match &self.first {
            Domains::Keys(first) => first.values().copied().collect(),
            Domains::Lane(first) => first.iter().copied().collect(),
        };
        first.sort_unstable();
        f.debug_struct("OrderRule").field("first", &first).finish_non_exhaustive()
    }
}
