//! The calls, each made again until there is an answer; a condition that does not hold is one.

use super::{
    super::{Checkpoint, CheckpointError, CheckpointErrorKind, Stamp},
    DynamoDbCheckpoints,
    row::{self, COUNT, Row, TERM, number, text},
};
use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{
        AttributeValue, ConditionCheck, Put, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};
use dynacdc_dynamodb::{ActionFate, CallError, ErrorKind, ItemSize, Token};
use dynacdc_record::StreamArn;
use dynacdc_sink::{Class, ShardId};
use std::collections::HashMap;

/// What became of a conditional call.
pub(super) enum Outcome {
    /// It is done; of an update, the row as it is now.
    Done(Row),
    /// The condition did not hold, and this is the row that is there.
    Refused(Option<Row>),
}

pub(super) fn values<const N: usize>(values: [(&str, AttributeValue); N]) -> Row {
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

impl DynamoDbCheckpoints {
    /// What becomes of the error of a call.
    pub(super) fn failed(&self, what: &str, error: CallError) -> CheckpointError {
        let kind = match error.class() {
            Class::Transient => CheckpointErrorKind::Unavailable,
            _ => CheckpointErrorKind::Refused,
        };
        CheckpointError::new(kind, format!("{what} in the table {}", self.table)).with_source(error)
    }

    pub(super) fn corrupt(&self, stream: &StreamArn, of: Option<&ShardId>, attribute: &str) -> CheckpointError {
        let of = of.map_or_else(|| "the stream".to_owned(), |shard| format!("the shard {shard}"));
        let told = format!("{stream}: the row of {of} in the table {}: `{attribute}`", self.table);
        CheckpointError::new(CheckpointErrorKind::Corrupt, told)
    }

    pub(super) async fn put(&self, row: &Row, condition: &str, values: Row) -> Result<Outcome, CallError> {
        let size = ItemSize::of(row);
        self.retries
            .repeat(async || {
                self.meter.call(size);
                let put = self.client.put_item().table_name(&*self.table).set_item(Some(row.clone()));
                let put = put
                    .condition_expression(condition)
                    .set_expression_attribute_values(Some(values.clone()))
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total);
                let error = match put.send().await {
                    Ok(answer) => {
                        self.meter.consumed(&answer.consumed_capacity, size.write_units());
                        return Ok(Outcome::Done(Row::new()));
                    }
                    Err(error) => error,
                };
                if let Some(PutItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() {
                    return Ok(self.refused(refused.item().cloned()));
                }
                Err(self.call_failed(CallError::new("PutItem", error)))
            })
            .await
    }

    /// `#pk` in the condition stands for the partition key.
    pub(super) async fn update(
        &self,
        key: &Row,
        update: &str,
        condition: &str,
        values: Row,
    ) -> Result<Outcome, CallError> {
        self.retries
            .repeat(async || {
                self.meter.call(ItemSize::of(key));
                let call = self.client.update_item().table_name(&*self.table).set_key(Some(key.clone()));
                let names = condition.contains("#pk").then(|| self.names());
                let call = call
                    .update_expression(update)
                    .condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(Some(values.clone()))
                    .return_values(ReturnValue::AllNew)
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total);
                let error = match call.send().await {
                    Ok(answer) => {
                        self.meter.consumed(&answer.consumed_capacity, 1);
                        return Ok(Outcome::Done(answer.attributes.unwrap_or_default()));
                    }
                    Err(error) => error,
                };
                if let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() {
                    return Ok(self.refused(refused.item().cloned()));
                }
                Err(self.call_failed(CallError::new("UpdateItem", error)))
            })
            .await
    }

    /// Deletes a row of a shard if it is as it was seen.
    pub(super) async fn delete(&self, row: &Row, seen: Stamp, condition: &str) -> Result<(), CallError> {
        let key = self.key_in(row);
        let deleted = self.retries.repeat(async || {
            self.meter.call(ItemSize::of(&key));
            let delete = self.client.delete_item().table_name(&*self.table).set_key(Some(key.clone()));
            let delete = delete
                .condition_expression(condition)
                .expression_attribute_values(":term", number(seen.term))
                .expression_attribute_values(":count", number(seen.count))
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let answer = delete.send().await.map_err(|error| self.call_failed(CallError::new("DeleteItem", error)))?;
            self.meter.consumed(&answer.consumed_capacity, 1);
            Ok(())
        });
        match deleted.await {
            Err(error) if error.kind() != ErrorKind::ConditionFailed => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) async fn get(&self, key: &Row) -> Result<Option<Row>, CallError> {
        let answer = self.retries.repeat(async || {
            self.meter.call(ItemSize::default());
            let get = self.client.get_item().table_name(&*self.table).set_key(Some(key.clone()));
            get.consistent_read(true).send().await.map_err(|error| CallError::new("GetItem", error))
        });
        Ok(answer.await?.item)
    }

    /// All rows of a stream, that of the stream first.
    pub(super) async fn rows(&self, stream: &StreamArn) -> Result<Vec<Row>, CallError> {
        let (mut rows, mut start) = (Vec::new(), None);
        loop {
            let answer = self.retries.repeat(async || {
                self.meter.call(ItemSize::default());
                let query = self.client.query().table_name(&*self.table).consistent_read(true);
                let query = query
                    .key_condition_expression("#pk = :pk")
                    .set_expression_attribute_names(Some(self.names()))
                    .expression_attribute_values(":pk", text(stream.as_str()))
                    .set_exclusive_start_key(start.clone());
                query.send().await.map_err(|error| CallError::new("Query", error))
            });
            let answer = answer.await?;
            rows.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Puts the row of a shard, with or without a position.
    pub(super) async fn write(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        checkpoint: Option<&Checkpoint>,
        stamp: Stamp,
    ) -> Result<(), CheckpointError> {
        let row = self.row(stream, shard, checkpoint, stamp)?;
        let condition = format!("{TERM} = :term AND {COUNT} < :count");
        let stamped = || values([(":term", number(stamp.term)), (":count", number(stamp.count))]);
        match self.put(&row, &condition, stamped()).await.map_err(|error| self.failed("saving a position", error))? {
            Outcome::Done(_) => Ok(()),
            Outcome::Refused(Some(there)) if self.is_done(stream, shard, &there, stamp)? => Ok(()),
            // No row, or one that an earlier owner left where the take-over did not see it.
            Outcome::Refused(_) => self.write_first(stream, shard, row, stamp, stamped()).await,
        }
    }

    async fn write_first(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        row: Row,
        stamp: Stamp,
        stamped: Row,
    ) -> Result<(), CheckpointError> {
        let unsendable =
            |_| self.failed("saving a first position", CallError::of_kind(ErrorKind::Unsendable, "TransactWriteItems"));
        let check = ConditionCheck::builder().table_name(&*self.table).set_key(Some(self.key_of_stream(stream)));
        let check = check
            .condition_expression(format!("{TERM} = :term"))
            .expression_attribute_values(":term", number(stamp.term));
        let put = Put::builder().table_name(&*self.table).set_item(Some(row));
        let put = put
            .condition_expression(format!(
                "attribute_not_exists(#pk) OR {TERM} < :term OR ({TERM} = :term AND {COUNT} < :count)"
            ))
            .set_expression_attribute_names(Some(self.names()))
            .set_expression_attribute_values(Some(stamped))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let actions = [
            TransactWriteItem::builder().condition_check(check.build().map_err(unsendable)?).build(),
            TransactWriteItem::builder().put(put.build().map_err(unsendable)?).build(),
        ];
        let Err(error) = self.writer.write(&actions, &Token::fresh(), None, &self.meter).await else { return Ok(()) };
        match error.fates() {
            [of_stream, _] if of_stream.is_condition_failed() => Err(superseded(shard, stamp)),
            [_, ActionFate::ConditionFailed { item: Some(there) }] if self.is_done(stream, shard, there, stamp)? => {
                Ok(())
            }
            _ => Err(self.failed("saving a first position", error.call().clone())),
        }
    }

    /// Whether the row that refused a write makes it needless.
    fn is_done(&self, stream: &StreamArn, shard: &ShardId, there: &Row, stamp: Stamp) -> Result<bool, CheckpointError> {
        let last = row::stamp(there).ok_or_else(|| self.corrupt(stream, Some(shard), TERM))?;
        if last.term > stamp.term { Err(superseded(shard, stamp)) } else { Ok(last >= stamp) }
    }

    fn refused(&self, there: Option<Row>) -> Outcome {
        let size = there.as_ref().map_or_else(ItemSize::default, ItemSize::of);
        self.meter.consumed([], size.write_units().max(1));
        Outcome::Refused(there)
    }

    fn call_failed(&self, error: CallError) -> CallError {
        if error.may_have_happened() || error.kind() == ErrorKind::ConditionFailed {
            self.meter.consumed([], 1);
        }
        error
    }

    fn names(&self) -> HashMap<String, String> {
        [("#pk".to_owned(), self.partition.to_string())].into()
    }
}

fn superseded(shard: &ShardId, stamp: Stamp) -> CheckpointError {
    let told = format!("{shard}: the call is of term {}", stamp.term);
    CheckpointError::new(CheckpointErrorKind::Superseded, told)
}
