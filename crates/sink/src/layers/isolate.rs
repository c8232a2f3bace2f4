//! Isolation: of a batch that was refused as a whole, the record that is to blame is found.
//!
//! # Place
//! Directly inside of `dead_letter`, around `dedupe` and `retry`.
//!
//! Without it a refused batch stalls its lane, since nothing is parked for an error that is nobody's; and a layer that
//! parked the whole batch instead parked 17,032 records in 10,000 histories where 10,628 were due. Around `dead_letter`
//! every piece would ask its store anew. Inside of `retry` all pieces would share the attempts of one write.

use super::resend::resendable;
use crate::{Batch, Class, Layer, Order, OrderRule, Outcome, Part, Redelivery, Report, Sink, SinkError, Slots};
use async_trait::async_trait;

/// Sends the halves of a batch that failed as a whole with Poison, and the halves of those that fail again, until each
/// refused record stands alone.
///
/// A Poison error for the whole means that at least one record can never succeed, and which one is worth many calls to
/// know. A Transient one says nothing of the records: the target is busy or away, and to send it one batch in ever
/// smaller pieces would load it with up to twice as many calls as there are records, at its worst time. That is left to
/// `retry`, and Fatal to a person.
///
/// # Calls
///
/// For `k` refused records of `n`, at most `1 + 2k⌈log₂ n⌉` calls and never more than `2n - 1`: each half costs two
/// calls, and a refused record is in one half per step. One of 1,000 takes 21 calls. Behind a refused record the rest of
/// its order domain is not sent, so with [`Order::Lane`] it is as if only the first one were there.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct IsolateLayer(());

impl IsolateLayer {
    /// There is nothing to set.
    pub const fn new() -> Self {
        Self(())
    }
}

impl<S: Sink> Layer<S> for IsolateLayer {
    type Sink = Isolate<S>;

    fn layer(self, inner: S) -> Isolate<S> {
        Isolate { inner }
    }
}

/// A sink whose refused batches are taken apart; made by [`IsolateLayer`].
///
/// # Behavior
/// 1. What fails with an unattributed Poison error is sent again in halves, with what it blocked. A record that is
///    refused alone has the error for itself.
/// 2. A later record of an order domain is not sent behind one that is not settled.
/// 3. What is settled is not sent again, and other failures are left as they are.
/// 4. No piece is sent past the deadline. What is left keeps its unattributed error, so nothing is parked for it, and
///    the next delivery goes on with fewer records.
#[derive(Debug)]
#[must_use]
pub struct Isolate<S> {
    inner: S,
}

impl<S> Isolate<S> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, whose refused batches are not taken apart.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

#[async_trait]
impl<S: Sink> Sink for Isolate<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        if batch.is_empty() {
            return Ok(Report::all(batch, Outcome::Applied));
        }
        let report = self.send(batch).await;
        if report.is_settled() {
            return Ok(report);
        }
        let order = self.order();
        let mut open = Vec::new();
        let mut rule = OrderRule::new(order, batch);
        note(&batch.whole(), order, &report, &mut rule, &mut open);
        let mut slots = Slots::new(order, batch);
        slots.place(&batch.whole(), Ok(report));
        // Depth first and from the left, so that all before a piece is decided when it is sent.
        while let Some(piece) = open.pop() {
            if batch.is_past_deadline() {
                break;
            }
            let mut free = Vec::with_capacity(piece.len());
            for at in piece {
                if let Some(by) = rule.blocker(at) {
                    slots.reset(at, Outcome::Blocked { by });
                } else if still_blocked(&slots, at, &free) {
                    rule.unsettled(at);
                } else {
                    free.push(at);
                }
            }
            let part = batch.select(|at, _| free.binary_search(&at).is_ok());
            if part.is_empty() {
                continue;
            }
            slots.clear(&part);
            let report = self.send(part.batch()).await;
            note(&part, order, &report, &mut rule, &mut open);
            slots.place(&part, Ok(report));
        }
        slots.finish()
    }
}

impl<S: Sink> Isolate<S> {
    /// The answer to a piece. Whatever is wrong with a single record is that record's fault.
    async fn send(&self, piece: Batch<'_>) -> Report {
        let report = Report::settle_in(self.order(), piece, self.inner.write(piece).await);
        if piece.len() == 1 { report.map_errors(|error| error.with_unattributed(false)) } else { report }
    }
}

/// Whether the sink said that the record waits for one which is neither settled by now nor sent along: a sink may block
/// wider than the order domain.
fn still_blocked(slots: &Slots<'_>, at: usize, sent: &[usize]) -> bool {
    match slots.get(at) {
        Some(Outcome::Blocked { by }) => {
            sent.binary_search(by).is_err() && slots.get(*by).is_some_and(|outcome| !outcome.is_settled())
        }
        _ => false,
    }
}

/// Notes what of a piece is decided and not settled, and what is to be sent again, in halves.
fn note(part: &Part<'_>, order: Order, report: &Report, rule: &mut OrderRule<'_>, open: &mut Vec<Vec<usize>>) {
    let refused = |error: &SinkError| error.class() == Class::Poison && error.is_unattributed();
    let again = resendable(order, part.batch(), report.outcomes(), refused);
    let mut again: Vec<usize> = again.positions().iter().map(|&at| part.positions()[at]).collect();
    for (outcome, &at) in report.outcomes().iter().zip(part.positions()) {
        if !outcome.is_settled() && again.binary_search(&at).is_err() {
            rule.unsettled(at);
        }
    }
    // A single one goes alone: if it was refused alone already, its error is attributed, and it is not among these.
    let right = again.split_off(again.len().div_ceil(2));
    open.extend([right, again].into_iter().filter(|half| !half.is_empty()));
}
