//! Copies of a table through the writers of the DynamoDB crate, and one through plain calls.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use dynacdc_dynamodb::{BatchWriter, CallError, CostMeter, FencedOperation, FencedWriter, Operation, Write};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Done, Order, Outcome, RecordSink, Redelivery, Report, Sink, SinkError, Slots};

/// By version: of level [`Redelivery::Any`].
#[derive(Debug)]
pub(super) struct Fenced(pub(super) FencedWriter);

#[async_trait]
impl Sink for Fenced {
    fn name(&self) -> &str {
        "fenced"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let fenced = batch
            .records()
            .iter()
            .map(|record| Ok(FencedOperation { operation: Operation::of(record)?, fence: self.0.fence(record)? }));
        let operations = fenced.collect::<Result<Vec<_>, SinkError>>()?;
        let meter = CostMeter::new();
        let outcomes = self.0.write(&operations, batch.deadline(), &meter).await;
        report(batch, outcomes, &meter)
    }
}

/// In bulk: of level [`Redelivery::Continued`].
#[derive(Debug)]
pub(super) struct Bulk(pub(super) BatchWriter);

#[async_trait]
impl Sink for Bulk {
    fn name(&self) -> &str {
        "bulk"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.redelivery().admit(batch.lane())?;
        let operations = batch.records().iter().map(Operation::of).collect::<Result<Vec<_>, _>>()?;
        let meter = CostMeter::new();
        let outcomes = self.0.write(&operations, batch.deadline(), &meter).await;
        report(batch, outcomes, &meter)
    }
}

fn report<O: Into<Outcome>>(batch: Batch<'_>, outcomes: Vec<O>, meter: &CostMeter) -> Result<Report, SinkError> {
    let mut slots = Slots::new(Order::Key, batch);
    for (at, outcome) in outcomes.into_iter().enumerate() {
        slots.put(at, outcome.into());
    }
    slots.add_cost(meter.cost());
    slots.finish()
}

/// Wrong on purpose: plain puts and deletes that claim to stand everything.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) client: Client,
    pub(super) table: String,
}

#[async_trait]
impl RecordSink for Plain {
    fn name(&self) -> &str {
        "plain"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let operation = Operation::of(record)?;
        match operation.write {
            Write::Put(item) => {
                let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
                put.map_err(|error| CallError::new("PutItem", error))?;
            }
            Write::Delete => {
                let key = operation.key.to_item().into();
                let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key)).send().await;
                delete.map_err(|error| CallError::new("DeleteItem", error))?;
            }
        }
        Ok(Done::Applied)
    }
}
