//! One `BatchWriteItem`.

use super::{BatchWriter, in_flight::Held};
use crate::{CallError, ErrorKind, Operation, Write};
use aws_sdk_dynamodb::{
    operation::batch_write_item::BatchWriteItemOutput,
    types::{DeleteRequest, PutRequest, ReturnConsumedCapacity, WriteRequest},
};
use futures_util::future::BoxFuture;
use std::collections::HashSet;

pub(super) const OPERATION: &str = "BatchWriteItem";

/// A call that has an answer, or has none and never will.
pub(super) struct Landed {
    /// The positions of its operations.
    pub(super) positions: Vec<usize>,
    /// Their keys.
    pub(super) held: Vec<Held>,
    pub(super) answer: Result<BatchWriteItemOutput, CallError>,
}

impl BatchWriter {
    /// Sends the operations at these positions. The future that is given back owns all it needs, so that it can go on
    /// alone.
    pub(super) fn send(
        &self,
        operations: &[Operation],
        positions: Vec<usize>,
        held: Vec<Held>,
    ) -> BoxFuture<'static, Landed> {
        let requests = positions.iter().map(|at| request(&operations[*at])).collect::<Result<Vec<_>, _>>();
        let call = self.client.batch_write_item().return_consumed_capacity(ReturnConsumedCapacity::Total);
        let table = self.table.clone();
        let sent = positions.clone();
        let landing = async move {
            let answer = match requests {
                Ok(requests) => call.request_items(table, requests).send().await,
                Err(error) => return Landed { positions, held, answer: Err(error) },
            };
            Landed { positions, held, answer: answer.map_err(|error| CallError::new(OPERATION, error)) }
        };
        if !self.finishes {
            return Box::pin(landing);
        }
        let landing = tokio::spawn(landing);
        Box::pin(async move {
            // The runtime is going down, or the SDK panicked: either way nobody knows what was written.
            let lost = CallError::of_kind(ErrorKind::Unreachable, OPERATION);
            landing.await.unwrap_or_else(|_| Landed { positions: sent, held: Vec::new(), answer: Err(lost) })
        })
    }
}

fn request(operation: &Operation) -> Result<WriteRequest, CallError> {
    let unsendable = |_| CallError::of_kind(ErrorKind::Unsendable, OPERATION);
    let request = WriteRequest::builder();
    Ok(match &operation.write {
        Write::Put(item) => {
            request.put_request(PutRequest::builder().set_item(Some(item.clone())).build().map_err(unsendable)?)
        }
        Write::Delete => {
            let delete = DeleteRequest::builder().set_key(Some(operation.sdk_key()));
            request.delete_request(delete.build().map_err(unsendable)?)
        }
    }
    .build())
}

/// The positions that the service left undone. If one cannot be told, all of them: writing what is written again is no
/// fault while its key is in flight.
pub(super) fn unprocessed(
    answer: &BatchWriteItemOutput,
    operations: &[Operation],
    positions: &[usize],
) -> HashSet<usize> {
    let mut left = HashSet::new();
    for request in answer.unprocessed_items().into_iter().flat_map(|tables| tables.values()).flatten() {
        let attributes =
            request.put_request().map(PutRequest::item).or(request.delete_request().map(DeleteRequest::key));
        let found = attributes.and_then(|attributes| {
            let is_of = |at: &&usize| operations[**at].key_in(attributes).as_ref() == Some(&operations[**at].key);
            positions.iter().find(is_of)
        });
        match found {
            Some(at) => left.insert(*at),
            None => return positions.iter().copied().collect(),
        };
    }
    left
}
