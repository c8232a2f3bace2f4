use async_trait::async_trait;
use dynacdc_sink::{Batch, Outcome, Redelivery, Report, Sink, SinkError};

/// Reports every record as applied, and does nothing else: what remains is the contract itself.
#[derive(Debug, Clone, Copy)]
pub struct Bare;

#[async_trait]
impl Sink for Bare {
    fn name(&self) -> &str {
        "bare"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        Ok(Report::all(batch, Outcome::Applied))
    }
}
