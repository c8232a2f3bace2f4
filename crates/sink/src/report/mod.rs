//! What a sink answers, brought to the order rule where it is made.
//!
//! A report is checked by its constructors and not by who reads it, so that a layer need not think of the rule: of each
//! order domain only the first unsettled record is `Failed`, and everything behind it `Blocked`. Retrying each failed
//! record on its own is safe only then. A sink that goes on after a failure and reports a later record of the domain as
//! settled breaks the contract; that record is made `Blocked` too, which is true (a blocked record may have taken
//! effect) and has it delivered again. To refuse such a report as an error lost: one sloppy sink would stop its lane,
//! where another delivery repairs it.

mod counts;
mod slots;

pub use counts::Counts;
pub use slots::Slots;

use crate::{Batch, Cost, Order, OrderRule, Outcome, SinkError};

/// What became of each record of a batch, and what it cost.
///
/// Every constructor keeps these invariants:
///
/// - There is one outcome per record.
/// - No record of an order domain is settled after one that is not, and of the unsettled ones only the first can be
///   `Failed`.
/// - `Blocked { by }` names an earlier record that is not settled. So the first unsettled record of all is `Failed`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Report {
    outcomes: Vec<Outcome>,
    cost: Cost,
}

impl Report {
    /// A report of one outcome per record, brought to the order rule.
    ///
    /// What is behind an unsettled record of its order domain becomes `Blocked` by it, settled or not. A record that
    /// is blocked by one that is settled becomes `Failed` with a Transient error: nothing stands in its way any more.
    ///
    /// # Errors
    /// Of class Fatal if there are more or fewer outcomes than records, or one is blocked by a record that is not
    /// before it.
    pub fn new(order: Order, batch: Batch<'_>, mut outcomes: Vec<Outcome>, cost: Cost) -> Result<Self, SinkError> {
        if outcomes.len() != batch.len() {
            return Err(wrong_length(outcomes.len(), batch));
        }
        let is_ahead = |(at, outcome): (usize, &Outcome)| matches!(outcome, Outcome::Blocked { by } if *by >= at);
        if let Some(at) = outcomes.iter().enumerate().position(is_ahead) {
            return Err(SinkError::fatal(format!("record {at} is reported as blocked by one that is not before it")));
        }
        keep_order(order, batch, &mut outcomes);
        Ok(Self { outcomes, cost })
    }

    /// A report of one result per record, as a bulk call answers item by item: `Ok(())`, [`Done`](crate::Done) or an
    /// error.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_each(
        order: Order,
        batch: Batch<'_>,
        results: impl IntoIterator<Item = impl Into<Outcome>>,
        cost: Cost,
    ) -> Result<Self, SinkError> {
        Self::new(order, batch, results.into_iter().map(Into::into).collect(), cost)
    }

    /// The same outcome for every record, at no cost. An outcome that is not settled is the first of its item key;
    /// later records of the key are blocked.
    pub fn all(batch: Batch<'_>, outcome: Outcome) -> Self {
        let mut outcomes = vec![outcome; batch.len()];
        keep_order(Order::Key, batch, &mut outcomes);
        Self { outcomes, cost: Cost::default() }
    }

    /// A report of whatever `write` gave back. This is the only place where an `Err`, or a report of the wrong length,
    /// becomes outcomes.
    ///
    /// An `Err` fails every record, and is unattributed where there are more than one. So does a report of the wrong
    /// length, with a Fatal error.
    pub fn settle(batch: Batch<'_>, result: Result<Self, SinkError>) -> Self {
        let (error, cost) = match result {
            Ok(report) if report.outcomes.len() == batch.len() => return report,
            Ok(report) => (wrong_length(report.outcomes.len(), batch), report.cost),
            Err(error) => (error, Cost::default()),
        };
        let error = error.with_unattributed(batch.len() > 1);
        Self::all(batch, Outcome::Failed(error)).with_cost(cost)
    }

    /// As [`settle`](Self::settle), in the order domain of the sink: where that is the lane, an `Err` fails its first
    /// record, and the others are blocked by it.
    pub(crate) fn settle_in(order: Order, batch: Batch<'_>, result: Result<Self, SinkError>) -> Self {
        let mut report = Self::settle(batch, result);
        keep_order(order, batch, &mut report.outcomes);
        report
    }

    /// With another cost.
    pub fn with_cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    /// The outcomes, in the order of the records.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// What it cost.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// How many records at the start are settled: the checkpoint may go behind the last of them, and no further.
    pub fn settled_prefix(&self) -> usize {
        self.first_unsettled().map_or(self.outcomes.len(), |(at, _)| at)
    }

    /// The first record that is not settled, and why. It is always a failed one.
    pub fn first_unsettled(&self) -> Option<(usize, &SinkError)> {
        self.outcomes.iter().enumerate().find_map(|(at, outcome)| Some((at, outcome.error()?)))
    }

    /// Whether every record is settled.
    pub fn is_settled(&self) -> bool {
        self.outcomes.iter().all(Outcome::is_settled)
    }

    /// How many records had which fate.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.outcomes)
    }

    /// With each error changed. The class must stay, since the order of fates rests on it.
    pub(crate) fn map_errors(mut self, mut change: impl FnMut(SinkError) -> SinkError) -> Self {
        for outcome in &mut self.outcomes {
            if let Outcome::Failed(error) = outcome {
                *error = change(error.clone());
            }
        }
        self
    }
}

fn wrong_length(length: usize, batch: Batch<'_>) -> SinkError {
    SinkError::fatal(format!("a report of {length} outcomes for {} records", batch.len()))
}

/// Brings outcomes to the invariants of a [`Report`].
fn keep_order(order: Order, batch: Batch<'_>, outcomes: &mut [Outcome]) {
    // The usual case, without hashing a key.
    if outcomes.iter().all(Outcome::is_settled) {
        return;
    }
    let mut rule = OrderRule::new(order, batch);
    for at in 0..outcomes.len() {
        let blocked_by = match outcomes[at] {
            Outcome::Blocked { by } => Some(by),
            _ => None,
        };
        // A sink may know of more than the order domain, such as a group of items, so its own blocker stays.
        let stays = blocked_by.is_some_and(|by| by < at && !outcomes[by].is_settled());
        match rule.blocker(at) {
            _ if stays => {}
            Some(by) => outcomes[at] = Outcome::Blocked { by },
            None if blocked_by.is_some() => {
                outcomes[at] = Outcome::Failed(SinkError::transient("the record that blocked it is settled by now"));
            }
            None => {}
        }
        if !outcomes[at].is_settled() {
            rule.unsettled(at);
        }
    }
}
