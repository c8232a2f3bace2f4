//! Puts and deletes in bulk, for owners who need no fence.
//!
//! A `BatchWriteItem` takes 25 operations for the price of 25 calls in write units, but in one round trip. It has no
//! conditions, so the order of calls is all that keeps a newer item from being replaced by an older one. Hence the one rule
//! that everything here serves: **a key is in flight until its fate is known**, and nothing else is sent for it meanwhile.

mod call;
mod in_flight;
mod run;
mod wire;

use self::{in_flight::InFlight, run::Run};
use crate::{CostMeter, Limits, Operation, Retries, retries::once};
use aws_sdk_dynamodb::Client;
use dynacdc_sink::Outcome;
use std::sync::Arc;
use tokio::time::Instant;

/// Writes puts and deletes to one table, 25 in a call.
///
/// # Behavior
/// 1. Of one key one operation is in flight, in the order given, and never two in one call. That holds across all `write`s
///    of the writer and its clones.
/// 2. What the service leaves unprocessed is sent again, after a wait and within the attempts; so is a call that failed for
///    a Transient reason. Meanwhile the key stays in flight.
/// 3. A call that is refused for what it holds is halved until the operation at fault is alone: the others are written.
/// 4. After an operation that failed the later ones of its key are not sent, but reported as blocked by it. After a Fatal
///    error nothing is begun.
/// 5. What cannot be begun before the deadline is not begun. Calls in flight are awaited, also past it, for as long as
///    the timeouts of the client let them: to leave one would free its key too soon. In
///    [finishing](Self::with_finishing) mode `write` returns at the deadline.
///
/// # Cancellation safety
/// A `write` that is dropped may have written any of its operations. Its calls in flight are cut off, which the service may
/// not notice in time: such a call can still land, even after a later `write` of the same key, and then an older item
/// stands. In [finishing](Self::with_finishing) mode the calls go on by themselves, and their keys stay in flight until
/// they end. What no mode can wait for is a call whose answer was lost or timed out on the way: whoever must stand that
/// takes a [`FencedWriter`](crate::FencedWriter).
#[derive(Debug, Clone)]
pub struct BatchWriter {
    client: Client,
    table: String,
    limits: Limits,
    retries: Retries,
    calls: usize,
    finishes: bool,
    in_flight: Arc<InFlight>,
}

impl BatchWriter {
    /// A writer to a table with the limits of DynamoDB and at most 8 calls in flight per `write`. The retries of the SDK are
    /// switched off in its copy of the client.
    pub fn new(client: &Client, table: impl Into<String>) -> Self {
        Self {
            client: once(client),
            table: table.into(),
            limits: Limits::AWS,
            retries: Retries::default(),
            calls: 8,
            finishes: false,
            in_flight: Arc::default(),
        }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// With other retries. Each operation counts its own attempts.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// With at most so many calls in flight, at least one.
    #[must_use]
    pub fn with_in_flight(self, calls: usize) -> Self {
        Self { calls: calls.max(1), ..self }
    }

    /// Whether each call runs in a task of its own, on the runtime of the caller, so that it ends by itself when `write` is
    /// dropped or its deadline passes, and its keys stay in flight until then.
    #[must_use]
    pub fn with_finishing(self, finishes: bool) -> Self {
        Self { finishes, ..self }
    }

    /// Writes the operations and says what became of each, in their order: `Applied`, `Failed`, or `Blocked` by the
    /// position of another one.
    pub async fn write(&self, operations: &[Operation], deadline: Option<Instant>, meter: &CostMeter) -> Vec<Outcome> {
        meter.operations(0, operations.len());
        Run::new(self, operations, deadline, meter).finish().await
    }
}
