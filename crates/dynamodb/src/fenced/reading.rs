//! The rows as they stand, many in a call.

use super::{Attributes, FencedOperation, FencedWriter, Run};
use crate::{CallError, ErrorKind, ItemSize};
use aws_sdk_dynamodb::{
    operation::batch_get_item::BatchGetItemOutput,
    types::{KeysAndAttributes, ReturnConsumedCapacity},
};
use dynacdc_record::ItemKey;
use std::collections::{HashMap, HashSet};

pub(super) const OPERATION: &str = "BatchGetItem";

/// What a read has told.
pub(super) struct Reading {
    /// Each position that was read, with its row if there is one.
    pub(super) found: Vec<(usize, Option<Attributes>)>,
    /// What the service left for another call: for want of capacity, or because the answer was full.
    pub(super) left: Vec<usize>,
}

impl FencedWriter {
    /// Reads the rows of the operations at these positions, which have different keys.
    pub(super) async fn read(
        &self,
        operations: &[FencedOperation],
        positions: &[usize],
        run: &Run<'_>,
    ) -> Result<Reading, CallError> {
        let keys: Vec<_> = positions.iter().map(|at| operations[*at].operation.sdk_key()).collect();
        run.meter.call(keys.iter().map(ItemSize::of).sum());
        // Consistent, so that what a row says of an operation is what a put would have met.
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let keys = keys.map_err(|_| CallError::of_kind(ErrorKind::Unsendable, OPERATION))?;
        let call = self.client.batch_get_item().request_items(&self.table, keys);
        let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total).send();
        let call = Box::pin(async { call.await.map_err(|error| CallError::new(OPERATION, error)) });
        let answer = run.in_time(OPERATION, call).await;
        if answer.as_ref().is_err_and(CallError::may_have_happened) {
            run.meter.read([], positions.len() as u64);
        }
        let answer = answer?;
        let capacity = answer.consumed_capacity.clone().unwrap_or_default();
        let reading = reading(answer, operations, positions);
        let units =
            |(_, row): &(usize, Option<Attributes>)| row.as_ref().map(ItemSize::of).unwrap_or_default().read_units();
        run.meter.read(&capacity, reading.found.iter().map(units).sum());
        Ok(reading)
    }
}

fn reading(answer: BatchGetItemOutput, operations: &[FencedOperation], positions: &[usize]) -> Reading {
    // All have the key attributes of the one table. One that has not finds no row here, so that it is taken for absent, and
    // its INSERT is refused.
    let key = |row: &Attributes| operations[*positions.first()?].operation.key_in(row);
    let tables = answer.unprocessed_keys.into_iter().flat_map(HashMap::into_values);
    let unread: HashSet<ItemKey> = tables.flat_map(|table| table.keys).filter_map(|row| key(&row)).collect();
    let rows = answer.responses.into_iter().flat_map(HashMap::into_values).flatten();
    let mut rows: HashMap<ItemKey, Attributes> = rows.filter_map(|row| Some((key(&row)?, row))).collect();
    let (left, read): (Vec<usize>, Vec<usize>) =
        positions.iter().copied().partition(|at| unread.contains(&operations[*at].operation.key));
    let found = read.into_iter().map(|at| (at, rows.remove(&operations[at].operation.key))).collect();
    Reading { found, left }
}
