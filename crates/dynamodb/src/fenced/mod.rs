//! Writes that an older change cannot undo.
//!
//! Each write is one conditional put: it happens if the row is absent or has a lower version. Nothing is read first, so no
//! other writer can come between, and a refusal is final: a newer change is there. Several conditional writes cannot go in
//! one call but in a transaction, which costs twice the write units and fails as a whole; so there are many calls at once.
//! Statements of PartiQL can, and are what [`with_statements`](FencedWriter::with_statements) turns on: they cannot replace a
//! row without reading it, so they are not the rule, and all that is awkward goes by the single put.

mod difference;
mod fence;
mod outcome;
mod reading;
mod sending;
mod settings;
mod statements;

pub use fence::{Fence, FenceError};
pub use outcome::FencedOutcome;
pub use settings::Deletes;

use self::{settings::Epochs, statements::Statements};
use crate::{CallError, CostMeter, ErrorKind, ItemSize, Operation, Retries, Write, retries::Attempts};
use aws_sdk_dynamodb::{
    Client,
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure::AllOld},
};
use dynacdc_record::{ChangeRecord, ItemKey};
use dynacdc_sink::{Class, Clock, SinkError};
use futures_util::{StreamExt, stream};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::OnceLock,
};
use tokio::time::{Instant, timeout_at};

type Attributes = HashMap<String, AttributeValue>;

const CONDITION: &str = "attribute_not_exists(#v) OR #v < :v";

/// An operation with the version of the change that it is made for.
#[derive(Debug, Clone, PartialEq)]
pub struct FencedOperation {
    /// The put or delete.
    pub operation: Operation,
    /// The version.
    pub fence: Fence,
}

/// Puts and deletes by version: an older change never replaces a newer one.
///
/// # Behavior
/// 1. A put or delete happens if there is no row, one without the version attribute, or one of a lower version.
/// 2. Of one key one call is in flight, in the order given; of different keys many, up to a bound.
/// 3. An operation whose answer was lost is tried again, and is [`FencedOutcome::Written`] when its version is found.
/// 4. After an operation that failed the later ones of its key are not tried. After a Fatal error nothing is begun.
/// 5. What cannot be begun before the deadline is not begun; what is in flight then is given up, and may still land. That
///    does no harm: the fence holds for late calls too.
///
/// Cancellation safety: dropping `write` gives up the calls in flight, as the deadline does.
#[derive(Debug, Clone)]
pub struct FencedWriter {
    client: Client,
    table: String,
    attribute: String,
    deletes: Deletes,
    in_flight: usize,
    retries: Retries,
    clock: Clock,
    epochs: Epochs,
    by_statements: bool,
}

/// What the operations of one `write` have in common.
struct Run<'a> {
    deadline: Option<Instant>,
    meter: &'a CostMeter,
    fatal: OnceLock<SinkError>,
}

/// How far an operation has come.
struct Progress {
    attempts: Attempts,
    /// Whether it may have been written by an attempt that has no answer.
    is_lost: bool,
    /// Whether it was sent at all.
    is_begun: bool,
}

/// Below so many keys there are as many calls with statements as without: one read, one of statements.
const FEW: usize = 2;

/// A row refused a call.
enum Failure {
    Refused(Option<Attributes>),
    Call(CallError),
}

impl FencedWriter {
    /// The version of a record, under its epoch.
    ///
    /// # Errors
    /// That of the epochs; Poison for a label that makes no fence.
    pub fn fence(&self, record: &ChangeRecord) -> Result<Fence, SinkError> {
        let epoch = (self.epochs.0)(record)?;
        Fence::new(epoch, &record.version())
            .map_err(|error| SinkError::poison("the label of the stream").with_source(error))
    }

    /// Whether a row of the table is a tombstone.
    pub fn is_tombstone(&self, row: &Attributes) -> bool {
        matches!(&self.deletes, Deletes::Tombstone { mark, .. } if row.contains_key(mark))
    }

    /// Writes the operations and says what became of each, in their order.
    pub async fn write(
        &self,
        operations: &[FencedOperation],
        deadline: Option<Instant>,
        meter: &CostMeter,
    ) -> Vec<FencedOutcome> {
        let run = Run { deadline, meter, fatal: OnceLock::new() };
        let chains = chains(operations);
        meter.operations(0, operations.len());
        if self.by_statements && chains.len() > FEW && self.has_statements() {
            return Statements::new(self, operations, chains, &run).finish().await;
        }
        let chains = stream::iter(chains).map(|chain| self.write_chain(operations, chain, &run));
        let mut outcomes: Vec<_> = chains.buffer_unordered(self.in_flight).concat().await;
        outcomes.sort_unstable_by_key(|(at, _)| *at);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// The operations of one key, one after the other.
    async fn write_chain(
        &self,
        operations: &[FencedOperation],
        chain: Vec<usize>,
        run: &Run<'_>,
    ) -> Vec<(usize, FencedOutcome)> {
        let mut outcomes = Vec::with_capacity(chain.len());
        let mut failed = None;
        for at in chain {
            if let Some(by) = failed {
                outcomes.push((at, FencedOutcome::Blocked { by }));
                continue;
            }
            let outcome = self.write_one(&operations[at], run).await;
            if let FencedOutcome::Failed(error) = &outcome {
                failed = Some(at);
                if error.class() == Class::Fatal {
                    run.fatal.get_or_init(|| error.clone());
                }
            }
            outcomes.push((at, outcome));
        }
        outcomes
    }

    async fn write_one(&self, fenced: &FencedOperation, run: &Run<'_>) -> FencedOutcome {
        match self.row(fenced) {
            Ok(row) => self.write_row(fenced, row.as_ref(), self.progress(), run).await,
            Err(error) => FencedOutcome::Failed(error),
        }
    }

    const fn progress(&self) -> Progress {
        Progress { attempts: self.retries.start(), is_lost: false, is_begun: false }
    }

    async fn write_row(
        &self,
        fenced: &FencedOperation,
        row: Option<&Attributes>,
        progress: Progress,
        run: &Run<'_>,
    ) -> FencedOutcome {
        let Progress { mut attempts, mut is_lost, mut is_begun } = progress;
        loop {
            if let Some(error) = run.fatal.get() {
                return FencedOutcome::Failed(error.clone());
            }
            if run.is_late() {
                return FencedOutcome::Failed(late(is_begun));
            }
            is_begun = true;
            let error = match self.attempt(fenced, row, run).await {
                Ok(()) => return FencedOutcome::Written,
                Err(Failure::Refused(old)) => return self.refused(fenced, old, is_lost),
                Err(Failure::Call(error)) => error,
            };
            is_lost |= error.may_have_happened();
            if !attempts.wait(&error, run.deadline).await {
                return FencedOutcome::Failed(error.into());
            }
        }
    }

    /// The row that is put; none for a real delete.
    fn row(&self, fenced: &FencedOperation) -> Result<Option<Attributes>, SinkError> {
        let (mark, ttl) = match &self.deletes {
            Deletes::Tombstone { mark, ttl, .. } => (Some(mark), Some(ttl)),
            Deletes::Real => (None, None),
        };
        let mut key = fenced.operation.key.iter().map(|(name, _)| name);
        if let Some(name) = key.find(|name| [Some(&self.attribute), mark, ttl].contains(&Some(&(*name).to_owned()))) {
            // A tombstone would be written over its own key.
            let text = format!("the key attribute `{name}` has the name of an attribute that the fence needs");
            return Err(SinkError::fatal(text));
        }
        let mut row = match (&fenced.operation.write, &self.deletes) {
            (Write::Put(item), _) => {
                if let Some(name) =
                    [Some(&self.attribute), mark].into_iter().flatten().find(|name| item.contains_key(*name))
                {
                    let text = format!("the item has an attribute `{name}` of its own, which the fence needs");
                    return Err(SinkError::poison(text));
                }
                item.clone()
            }
            (Write::Delete, Deletes::Tombstone { mark, ttl, keep }) => {
                let until = self.clock.now().timestamp().saturating_add_unsigned(keep.as_secs());
                let mut row = fenced.operation.sdk_key();
                row.insert(mark.clone(), AttributeValue::Bool(true));
                row.insert(ttl.clone(), AttributeValue::N(until.to_string()));
                row
            }
            (Write::Delete, Deletes::Real) => return Ok(None),
        };
        row.insert(self.attribute.clone(), AttributeValue::S(fenced.fence.to_string()));
        Ok(Some(row))
    }

    async fn attempt(&self, fenced: &FencedOperation, row: Option<&Attributes>, run: &Run<'_>) -> Result<(), Failure> {
        let key = fenced.operation.sdk_key();
        let size = ItemSize::of(row.unwrap_or(&key));
        run.meter.call(size);
        let operation = if row.is_some() { "PutItem" } else { "DeleteItem" };
        let call = self.call(fenced, row, key);
        let answer = match run.deadline {
            Some(deadline) => timeout_at(deadline, call).await,
            None => Ok(call.await),
        };
        let answer = answer.unwrap_or_else(|_| Err(Failure::Call(CallError::of_kind(ErrorKind::TimedOut, operation))));
        match &answer {
            Ok(capacity) => run.meter.consumed(capacity, size.write_units()),
            // A refused write is metered by the larger of the row that is there and the one that was to be.
            Err(Failure::Refused(old)) => {
                let old = old.as_ref().map(ItemSize::of).unwrap_or_default();
                run.meter.consumed([], old.max(size).write_units());
            }
            Err(Failure::Call(error)) if error.may_have_happened() => run.meter.consumed([], size.write_units()),
            Err(Failure::Call(_)) => {}
        }
        answer.map(|_| ())
    }

    async fn call(
        &self,
        fenced: &FencedOperation,
        row: Option<&Attributes>,
        key: Attributes,
    ) -> Result<Option<ConsumedCapacity>, Failure> {
        let fence = AttributeValue::S(fenced.fence.to_string());
        if let Some(row) = row {
            let put = self.client.put_item().table_name(&self.table).set_item(Some(row.clone()));
            let put = put.condition_expression(CONDITION).expression_attribute_names("#v", &self.attribute);
            let put = put.expression_attribute_values(":v", fence).return_values_on_condition_check_failure(AllOld);
            let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            return match answer {
                Ok(answer) => Ok(answer.consumed_capacity),
                Err(error) => Err(match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                        Failure::Refused(refused.item.clone())
                    }
                    _ => Failure::Call(CallError::new("PutItem", error)),
                }),
            };
        }
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        let delete = delete.condition_expression(CONDITION).expression_attribute_names("#v", &self.attribute);
        let delete = delete.expression_attribute_values(":v", fence).return_values_on_condition_check_failure(AllOld);
        match delete.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(answer) => Ok(answer.consumed_capacity),
            Err(error) => Err(match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(refused)) => {
                    Failure::Refused(refused.item.clone())
                }
                _ => Failure::Call(CallError::new("DeleteItem", error)),
            }),
        }
    }

    /// What a refusal means, by the version of the row that refused.
    fn refused(&self, fenced: &FencedOperation, old: Option<Attributes>, is_lost: bool) -> FencedOutcome {
        let version = old.as_ref().and_then(|row| row.get(&self.attribute));
        let found = match version.map(|version| version.as_s().map(|text| text.parse::<Fence>())) {
            // The row is not given back: whatever it holds, it is not lower.
            None => return FencedOutcome::Stale { old },
            Some(Ok(Ok(found))) => found,
            Some(_) => {
                let text = format!("the row has an attribute `{}` that is no version", self.attribute);
                return FencedOutcome::Failed(SinkError::poison(text));
            }
        };
        match found == fenced.fence {
            true if is_lost => FencedOutcome::Written,
            true => FencedOutcome::Duplicate,
            false => FencedOutcome::Stale { old },
        }
    }
}

impl Run<'_> {
    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// The answer of a call, which is given up at the deadline.
    async fn in_time<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, CallError>> + Send,
    ) -> Result<T, CallError> {
        match self.deadline {
            Some(deadline) => timeout_at(deadline, call)
                .await
                .unwrap_or_else(|_| Err(CallError::of_kind(ErrorKind::TimedOut, operation))),
            None => call.await,
        }
    }
}

/// The error of an operation that finds the deadline passed.
fn late(is_begun: bool) -> SinkError {
    if is_begun { SinkError::transient("no time is left before the deadline") } else { SinkError::not_begun() }
}

/// The positions of each key, in order.
fn chains(operations: &[FencedOperation]) -> Vec<Vec<usize>> {
    let mut chains: Vec<Vec<usize>> = Vec::new();
    let mut of_key: HashMap<&ItemKey, usize> = HashMap::new();
    for (at, fenced) in operations.iter().enumerate() {
        match of_key.entry(&fenced.operation.key) {
            Entry::Occupied(chain) => chains[*chain.get()].push(at),
            Entry::Vacant(new) => {
                new.insert(chains.len());
                chains.push(vec![at]);
            }
        }
    }
    chains
}
