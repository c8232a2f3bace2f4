//! Transactions that are sent again until there is an answer.

mod carried;
mod error;
mod token;

pub use error::{ActionFate, TransactionError};
pub use token::Token;

use self::carried::carried;
use crate::{CallError, CostMeter, ErrorKind, ItemSize, Limits, Retries, retries::once};
use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{ReturnConsumedCapacity, TransactWriteItem},
};
use tokio::time::{Instant, timeout_at};

const OPERATION: &str = "TransactWriteItems";

/// Writes transactions of up to 100 actions and 4 MB.
///
/// A conflict with another transaction, a throttle and a lost answer are met with the same call again, under the same
/// [`Token`], so that a transaction that was done already is not done twice.
///
/// Cancellation safety: a `write` that is dropped, or whose deadline passes while an answer is awaited, was done or was
/// not, and may still be done for as long as the call travels. With the same token it can be repeated.
#[derive(Debug, Clone)]
pub struct TransactionWriter {
    client: Client,
    limits: Limits,
    retries: Retries,
}

impl TransactionWriter {
    /// A writer with the limits of DynamoDB. The retries of the SDK are switched off in its copy of the client.
    pub fn new(client: &Client) -> Self {
        Self { client: once(client), limits: Limits::AWS, retries: Retries::default() }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// With other retries.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// Does all actions or none. Without actions it does nothing.
    ///
    /// # Errors
    /// [`TransactionError::Canceled`] with the fate of each action if a reason stands that does not pass by itself, or
    /// the attempts are over. [`ErrorKind::BadRequest`] for more actions or bytes than a transaction takes (of an update
    /// its key and what it sets, which may be less than what the service finds), and
    /// [`ErrorKind::TimedOut`] when the deadline has passed, before anything is sent.
    pub async fn write(
        &self,
        actions: &[TransactWriteItem],
        token: &Token,
        deadline: Option<Instant>,
        meter: &CostMeter,
    ) -> Result<(), TransactionError> {
        if actions.is_empty() {
            return Ok(());
        }
        let size: ItemSize = actions.iter().map(carried).sum();
        if actions.len() > self.limits.transaction_actions || size.bytes() > self.limits.transaction_bytes {
            return Err(TransactionError::Failed(CallError::of_kind(ErrorKind::BadRequest, OPERATION)));
        }
        let mut attempts = self.retries.start();
        loop {
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(TransactionError::Failed(CallError::of_kind(ErrorKind::TimedOut, OPERATION)));
            }
            let error = match self.attempt(actions, token, size, deadline, meter).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if !attempts.wait(error.call(), deadline).await {
                return Err(error);
            }
        }
    }

    async fn attempt(
        &self,
        actions: &[TransactWriteItem],
        token: &Token,
        size: ItemSize,
        deadline: Option<Instant>,
        meter: &CostMeter,
    ) -> Result<(), TransactionError> {
        let units = actions.iter().map(|action| carried(action).transactional_write_units()).sum();
        meter.call(size);
        let call = self
            .client
            .transact_write_items()
            .set_transact_items(Some(actions.to_vec()))
            .client_request_token(token.as_str())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let answer = match deadline {
            Some(deadline) => timeout_at(deadline, call).await,
            None => Ok(call.await),
        };
        match answer {
            Ok(Ok(answer)) => {
                meter.consumed(answer.consumed_capacity(), units);
                Ok(())
            }
            Ok(Err(error)) => {
                let fates = error.as_service_error().map(fates);
                let error = CallError::new(OPERATION, error);
                // A transaction that its conditions cancel is paid for like one that is done.
                if error.may_have_happened() || error.kind() == ErrorKind::ConditionFailed {
                    meter.consumed([], units);
                }
                Err(match fates.flatten() {
                    Some(fates) => TransactionError::Canceled { fates, error },
                    None => TransactionError::Failed(error),
                })
            }
            Err(_) => {
                meter.consumed([], units);
                Err(TransactionError::Failed(CallError::of_kind(ErrorKind::TimedOut, OPERATION)))
            }
        }
    }
}

fn fates(error: &TransactWriteItemsError) -> Option<Vec<ActionFate>> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(canceled) => {
            Some(canceled.cancellation_reasons().iter().map(ActionFate::of).collect())
        }
        _ => None,
    }
}
