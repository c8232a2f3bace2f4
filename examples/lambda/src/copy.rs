use async_trait::async_trait;
use dynacdc_dynamodb::{CostMeter, FencedOperation, FencedWriter, Operation};
use dynacdc_sink::{Batch, OrderRule, Outcome, Redelivery, Report, Sink, SinkError, Slots};

/// Writes each change by its version, so that an older one never replaces a newer one.
#[derive(Debug)]
pub struct Copy {
    writer: FencedWriter,
}

impl Copy {
    /// To the table of this writer.
    pub const fn new(writer: FencedWriter) -> Self {
        Self { writer }
    }
}

#[async_trait]
impl Sink for Copy {
    fn name(&self) -> &str {
        "copy"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let (mut slots, mut rule) = (Slots::new(self.order(), batch), OrderRule::new(self.order(), batch));
        let mut operations = Vec::with_capacity(batch.len());
        for (at, record) in batch.records().iter().enumerate() {
            // Of a record that cannot be written only later changes of its item must wait.
            if let Some(by) = rule.blocker(at) {
                slots.put(at, Outcome::Blocked { by });
                continue;
            }
            let fence = self.writer.fence(record);
            match Operation::of(record).and_then(|operation| Ok(FencedOperation { operation, fence: fence? })) {
                Ok(operation) => operations.push(operation),
                Err(error) => {
                    slots.put(at, Outcome::Failed(error));
                    rule.unsettled(at);
                }
            }
        }
        let part = batch.select(|at, _| slots.get(at).is_none());
        let meter = CostMeter::new();
        let outcomes = self.writer.write(&operations, batch.deadline(), &meter).await;
        slots.place(&part, Report::from_each(self.order(), part.batch(), outcomes, meter.cost()));
        slots.finish()
    }
}
