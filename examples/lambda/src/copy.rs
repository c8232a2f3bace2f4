use async_trait::async_trait;
use dynacdc_dynamodb::{CostMeter, FencedOperation, FencedWriter, Operation};
use dynacdc_sink::{Batch, Order, Redelivery, Report, Sink, SinkError};

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
        let fenced = batch
            .records()
            .iter()
            .map(|record| Ok(FencedOperation { operation: Operation::of(record)?, fence: self.writer.fence(record)? }));
        let operations = fenced.collect::<Result<Vec<_>, SinkError>>()?;
        let meter = CostMeter::new();
        let outcomes = self.writer.write(&operations, batch.deadline(), &meter).await;
        Report::from_each(Order::Key, batch, outcomes, meter.cost())
    }
}
