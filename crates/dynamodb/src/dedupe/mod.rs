//! Claims and completions in a table.
//!
//! One row per effect, and one conditional write per step. A read before the claim would cost a call more for every record,
//! and what it says may be over when the write lands.

mod row;

use crate::{
    CallError, ErrorKind, ItemSize, Retries,
    rows::{self, Row, Rows},
};
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    operation::put_item::PutItemError,
    types::{ReturnValuesOnConditionCheckFailure, TimeToLiveSpecification, TimeToLiveStatus},
};
use chrono::{DateTime, Utc};
use dynacdc_sink::{Claim, Cost, DedupeStore, EffectId, Lease, Owner, SinkError};
use row::{DONE, ENDS, EXPIRES, HOLDER};
use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

/// Claims and completions in a DynamoDB table.
///
/// One table may serve any number of consumers, streams and processes: each effect has its row.
///
/// # Layout
/// The partition key `pk`, a string, is the text of the [`EffectId`], with its end as a SHA-256 if it has more than 1,024
/// bytes. There is no sort key. Attributes:
///
/// | attribute | |
/// |---|---|
/// | `holder` | the owner that claimed it, or completed it |
/// | `ends` | the end of the lease, or of a completion's retention: nanoseconds since 1970, all of them |
/// | `is_done` | true, if it is a completion |
/// | `effect_result` | what was kept with it, if anything |
/// | `expires_at` | an hour behind `ends`, in seconds: for the table's TTL |
///
/// Whether a row has expired is told by `ends` and the caller's clock alone, never by whether TTL has deleted it: that may
/// take days. The hour is for the clocks of callers that are behind that of the service.
///
/// # Cost
/// Of a row of up to 1 KB, without retries, in calls and write units: [`claim`](DedupeStore::claim) 1 and 1, also where it is
/// refused, since the refusal brings the row along; [`complete`](DedupeStore::complete) 1 and 1;
/// [`release`](DedupeStore::release) 2 and 1. So an effect that happens costs two calls and two units. A result adds a unit for
/// each KB, to the completion and to every refused claim behind it.
///
/// # Errors
/// Throttles and lost answers are met with the same call again; what stands longer than that is Transient. A claim whose
/// answer was lost is the owner's already, and granted.
///
/// Cancellation safety: a call that is dropped has happened or has not, and may still happen for as long as it travels. A
/// release that lands late does not give up a later claim.
#[derive(Clone)]
#[must_use]
pub struct DynamoDbDedupe {
    rows: Rows,
}

impl DynamoDbDedupe {
    /// The claims in a table of this layout. The retries of the SDK are switched off in the store's copy of the client.
    ///
    /// A call is tried four times: who waits for a claim is a lane, and who completes tries again by itself.
    pub fn new(client: &Client, table: impl Into<Arc<str>>) -> Self {
        let retries = Retries::new(4, Duration::from_millis(50), Duration::from_secs(1));
        Self { rows: Rows::new(client, table, retries) }
    }

    /// Creates the table if there is none of its name, paid by request, waits until it can be used, and switches on TTL.
    ///
    /// # Errors
    /// Those of `CreateTable`, `DescribeTable`, `DescribeTimeToLive` and `UpdateTimeToLive`; of class Fatal if it is not active
    /// within `patience`, or the table that is there has another key.
    pub async fn create_table(client: &Client, table: &str, patience: Duration) -> Result<(), SinkError> {
        rows::create(client, table, &[rows::PK], patience).await?;
        let told = client.describe_time_to_live().table_name(table).send().await;
        let told = told.map_err(|error| CallError::new("DescribeTimeToLive", error))?;
        let status = told.time_to_live_description.and_then(|ttl| ttl.time_to_live_status);
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES).build();
        let ttl = ttl.map_err(|_| CallError::of_kind(ErrorKind::Unsendable, "UpdateTimeToLive"))?;
        let update = client.update_time_to_live().table_name(table).time_to_live_specification(ttl).send().await;
        update.map_err(|error| CallError::new("UpdateTimeToLive", error))?;
        Ok(())
    }

    /// With other retries.
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { rows: Rows { retries, ..self.rows } }
    }

    /// What the calls of this handle and its clones have cost so far.
    pub fn cost(&self) -> Cost {
        self.rows.meter().cost()
    }

    /// Puts a row if the condition holds; otherwise gives the row that is there.
    async fn put(&self, row: &Row, condition: &str, values: Row) -> Result<Put, CallError> {
        let size = ItemSize::of(row);
        self.rows
            .repeat(async || {
                self.rows.meter().call(size);
                let put = self.rows.client.put_item().table_name(&*self.rows.table).set_item(Some(row.clone()));
                let put = put
                    .condition_expression(condition)
                    .set_expression_attribute_values(Some(values.clone()))
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                    .return_consumed_capacity(Rows::capacity());
                let error = match put.send().await {
                    Ok(answer) => {
                        self.rows.meter().consumed(&answer.consumed_capacity, size.write_units());
                        return Ok(Put::Written);
                    }
                    Err(error) => error,
                };
                if let Some(PutItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() {
                    let there = refused.item().cloned();
                    let old = there.as_ref().map_or_else(ItemSize::default, ItemSize::of);
                    self.rows.meter().consumed([], old.max(size).write_units());
                    return Ok(Put::Refused(there));
                }
                Err(self.failed("PutItem", error, size))
            })
            .await
    }

    fn failed<E>(
        &self,
        operation: &'static str,
        error: aws_sdk_dynamodb::error::SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>,
        size: ItemSize,
    ) -> CallError
    where
        E: aws_sdk_dynamodb::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let error = CallError::new(operation, error);
        if error.may_have_happened() || error.kind() == ErrorKind::ConditionFailed {
            self.rows.meter().consumed([], size.write_units());
        }
        error
    }
}

/// What became of a conditional put.
enum Put {
    Written,
    Refused(Option<Row>),
}

#[async_trait]
impl DedupeStore for DynamoDbDedupe {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        let row = row::claimed(id, lease);
        let condition = format!(
            "attribute_not_exists(pk) OR {ENDS} <= :now OR ({HOLDER} = :owner AND attribute_not_exists({DONE}))"
        );
        let values = HashMap::from([
            (":now".to_owned(), row::nanos(lease.now)),
            (":owner".to_owned(), rows::text(&*lease.owner.0)),
        ]);
        match self.put(&row, &condition, values).await? {
            Put::Written => Ok(Claim::Granted),
            Put::Refused(Some(row)) => row::answer(&row),
            Put::Refused(None) => Err(SinkError::transient("a claim was refused, and not by which row")),
        }
    }

    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        let row = row::completed(id, owner, result, keep_until);
        let values = HashMap::from([(":now".to_owned(), row::nanos(now))]);
        // Refused by a completion, whose result stays.
        self.put(&row, &format!("attribute_not_exists({DONE}) OR {ENDS} <= :now"), values).await?;
        Ok(())
    }

    /// It reads the row first, and deletes that claim only: one of the same owner that was made since is another one, and a
    /// delete whose answer was lost must not find it.
    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        let key = row::key(id);
        let Some(row) = self.rows.get(&key).await? else { return Ok(()) };
        let is_mine = rows::text_of(&row, HOLDER) == Some(&*owner.0) && !row.contains_key(DONE);
        let (true, Some(ends)) = (is_mine, row.get(ENDS)) else { return Ok(()) };
        let size = ItemSize::of(&row);
        let deleted = self.rows.repeat(async || {
            self.rows.meter().call(ItemSize::of(&key));
            let delete = self.rows.client.delete_item().table_name(&*self.rows.table).set_key(Some(key.clone()));
            let delete = delete
                .condition_expression(format!("{HOLDER} = :owner AND {ENDS} = :ends AND attribute_not_exists({DONE})"))
                .expression_attribute_values(":owner", rows::text(&*owner.0))
                .expression_attribute_values(":ends", ends.clone())
                .return_consumed_capacity(Rows::capacity());
            match delete.send().await {
                Ok(answer) => {
                    self.rows.meter().consumed(&answer.consumed_capacity, size.write_units());
                    Ok(())
                }
                Err(error) => Err(self.failed("DeleteItem", error, size)),
            }
        });
        match deleted.await {
            Err(error) if error.kind() != ErrorKind::ConditionFailed => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for DynamoDbDedupe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows } = self;
        f.debug_struct("DynamoDbDedupe").field("table", &rows.table).field("cost", &self.cost()).finish_non_exhaustive()
    }
}
