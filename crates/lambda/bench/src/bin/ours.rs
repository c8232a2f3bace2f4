//! The function with `dynacdc`: sums the totals of the new images.

use async_trait::async_trait;
use dynacdc_lambda::{FunctionError, run};
use dynacdc_lambda_bench::Costs;
use dynacdc_record::{ChangeRecord, Number, from_image};
use dynacdc_sink::{Batch, Cost, Done, Order as Domain, Redelivery, Report, Sink, SinkError};
use serde::Deserialize;

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a function has in its type, and does not use in this one")]
struct Order {
    pk: String,
    sk: String,
    customer_id: String,
    status: String,
    currency: String,
    total: Number,
    quantity: i64,
    version: i64,
    paid: bool,
    created_at: String,
}

struct Totals(Costs);

impl Totals {
    fn total(record: &ChangeRecord) -> Result<Number, SinkError> {
        let image = record.require_new_image().map_err(|error| SinkError::poison("no image").with_source(error))?;
        let order: Order = from_image(image).map_err(|error| SinkError::poison("no order").with_source(error))?;
        Ok(order.total)
    }
}

#[async_trait]
impl Sink for Totals {
    fn name(&self) -> &str {
        "totals"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut sum = Number::from(0);
        let results = batch.records().iter().map(|record| {
            sum = sum
                .checked_add(&Self::total(record)?)
                .map_err(|error| SinkError::poison("no sum").with_source(error))?;
            Ok::<_, SinkError>(Done::Applied)
        });
        let report = Report::from_each(Domain::Key, batch, results, Cost::default())?;
        let sum = sum.as_str().parse().unwrap_or(f64::NAN);
        self.0.tell(sum, batch.len()).map_err(|error| SinkError::fatal("no output").with_source(error))?;
        Ok(report)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), FunctionError> {
    run(Totals(Costs)).await
}
