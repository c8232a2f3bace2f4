//! The same function with `aws_lambda_events` and `serde_dynamo`.

use aws_lambda_events::event::{
    dynamodb,
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use dynacdc_lambda_bench::Costs;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;

/// The total as the nearest `f64`: there is no exact type that `serde_dynamo` reads a number into.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what a function has in its type, and does not use in this one")]
struct Order {
    pk: String,
    sk: String,
    customer_id: String,
    status: String,
    currency: String,
    total: f64,
    quantity: i64,
    version: i64,
    paid: bool,
    created_at: String,
}

async fn handle(event: LambdaEvent<dynamodb::Event>) -> Result<DynamoDbEventResponse, Error> {
    let (mut sum, mut answer) = (0.0, DynamoDbEventResponse::default());
    let records = event.payload.records.len();
    for record in event.payload.records {
        match serde_dynamo::from_item::<_, Order>(record.change.new_image) {
            Ok(order) => sum += order.total,
            Err(_) => {
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = record.change.sequence_number;
                answer.batch_item_failures.push(failure);
                break;
            }
        }
    }
    Costs.tell(sum, records)?;
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
