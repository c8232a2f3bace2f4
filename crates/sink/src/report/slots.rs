//! Merging: the answers to parts of a batch become the answer to the batch.
//!
//! Every layer merges through this one type, because positions are where merging goes wrong: a part has its own, a
//! blocked record names one of them, and one record may have been sent in two pieces.

use super::Report;
use crate::{Batch, Cost, Order, Outcome, Part, SinkError};

/// One slot per record of a batch, filled in any order.
///
/// ```
/// use dynacdc_sink::{Batch, Outcome, Reason, Report, Sink, SinkError, Slots};
///
/// async fn without_time_to_live<S: Sink>(inner: &S, batch: Batch<'_>) -> Result<Report, SinkError> {
///     let mut slots = Slots::new(inner.order(), batch);
///     let part = batch.select(|_, record| !record.is_ttl_delete());
///     slots.place(&part, inner.write(part.batch()).await);
///     for at in 0..batch.len() {
///         if slots.get(at).is_none() {
///             slots.put(at, Outcome::Skipped(Reason::Filtered));
///         }
///     }
///     slots.finish()
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Slots<'a> {
    order: Order,
    batch: Batch<'a>,
    outcomes: Vec<Option<Outcome>>,
    cost: Cost,
    /// A position that the batch does not have, where one was filled.
    beyond: Option<usize>,
}

impl<'a> Slots<'a> {
    /// Empty slots. `order` is that of the sink which reports, as [`Sink::order`](crate::Sink::order) gives it.
    pub fn new(order: Order, batch: Batch<'a>) -> Self {
        Self { order, batch, outcomes: vec![None; batch.len()], cost: Cost::default(), beyond: None }
    }

    /// What stands at a position; none while it is empty, and beyond the batch.
    pub fn get(&self, at: usize) -> Option<&Outcome> {
        self.outcomes.get(at)?.as_ref()
    }

    /// Fills a slot. Where one is filled already the worse outcome stays: a record that went to two sinks, or in two
    /// parts, is settled only when both are.
    pub fn put(&mut self, at: usize, outcome: Outcome) {
        let Some(slot) = self.slot(at) else { return };
        *slot = Some(match slot.take() {
            Some(before) => before.worst(outcome),
            None => outcome,
        });
    }

    /// Puts an outcome in place of whatever was there: a failed record has been parked.
    pub fn reset(&mut self, at: usize, outcome: Outcome) {
        if let Some(slot) = self.slot(at) {
            *slot = Some(outcome);
        }
    }

    /// Empties the slots of a part, since it is sent again.
    pub fn clear(&mut self, part: &Part<'_>) {
        for &at in part.positions() {
            if let Some(slot) = self.slot(at) {
                *slot = None;
            }
        }
    }

    /// Puts the answer to a part into the slots of its records, as [`put`](Self::put) does, and adds its cost.
    pub fn place(&mut self, part: &Part<'_>, result: Result<Report, SinkError>) {
        let positions = part.positions();
        let is_whole_error = result.is_err();
        let report = Report::settle(part.batch(), result);
        self.cost += report.cost;
        for (outcome, &at) in report.outcomes.into_iter().zip(positions) {
            let outcome = match outcome {
                // A report names earlier positions only, so there is such a one.
                Outcome::Blocked { by } => Outcome::Blocked { by: positions[by] },
                // Several records that one was made into: whichever is at fault, it is that one.
                Outcome::Failed(error) if is_whole_error && part.is_of_one() => {
                    Outcome::Failed(error.with_unattributed(false))
                }
                outcome => outcome,
            };
            self.put(at, outcome);
        }
    }

    /// Adds what the layer itself spent.
    pub fn add_cost(&mut self, cost: Cost) {
        self.cost += cost;
    }

    /// The cost so far.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// The report of the batch.
    ///
    /// # Errors
    /// Of class Fatal if a slot is empty or a position beyond the batch was filled, which is a mistake of the layer.
    pub fn finish(self) -> Result<Report, SinkError> {
        if let Some(at) = self.beyond {
            let length = self.batch.len();
            return Err(SinkError::fatal(format!("a layer reports on position {at} of a batch of {length}")));
        }
        let reported = |(at, outcome): (usize, Option<Outcome>)| {
            outcome.ok_or_else(|| SinkError::fatal(format!("a layer does not report on record {at}")))
        };
        let outcomes = self.outcomes.into_iter().enumerate().map(reported).collect::<Result<_, _>>()?;
        Report::new(self.order, self.batch, outcomes, self.cost)
    }

    fn slot(&mut self, at: usize) -> Option<&mut Option<Outcome>> {
        let slot = self.outcomes.get_mut(at);
        if slot.is_none() {
            self.beyond = Some(at);
        }
        slot
    }
}
