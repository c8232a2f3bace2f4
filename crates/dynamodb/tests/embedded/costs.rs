//! The table of costs in the README.

use crate::scene::{Fallible, n, thing, things};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use dynacdc_dynamodb::{
    BatchWriter, CostMeter, Fence, FencedOperation, FencedOutcome, FencedWriter, Operation, Token, TransactionWriter,
};
use dynacdc_record::{ItemKey, item};
use dynacdc_sink::Outcome;

#[tokio::test]
async fn a_thousand_puts_cost_what_the_readme_says() -> Fallible {
    let db = things().await?;
    let operation = |id: usize| -> Fallible<Operation> {
        let id = id.to_string();
        Ok(Operation::put(ItemKey::try_from(&item! { "id" => id.as_str() })?, thing(&id, &[("x", n(1))])))
    };
    let operations = (0..1_000).map(operation).collect::<Fallible<Vec<_>>>()?;

    let batch = CostMeter::new();
    let outcomes = BatchWriter::new(db.dynamodb(), db.table()).write(&operations, None, &batch).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied)));

    let fenced = CostMeter::new();
    let version = Fence::zero(1)?;
    let versioned: Vec<_> =
        operations.into_iter().map(|operation| FencedOperation { operation, fence: version.clone() }).collect();
    let outcomes = FencedWriter::new(db.dynamodb(), db.table()).write(&versioned, None, &fenced).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, FencedOutcome::Written)));

    let transaction = CostMeter::new();
    let writer = TransactionWriter::new(db.dynamodb());
    for first in (0..1_000).step_by(100) {
        let action = |id: usize| -> Fallible<TransactWriteItem> {
            let put = Put::builder().table_name(db.table()).set_item(Some(thing(&id.to_string(), &[]))).build()?;
            Ok(TransactWriteItem::builder().put(put).build())
        };
        let actions = (first..first + 100).map(action).collect::<Fallible<Vec<_>>>()?;
        writer.write(&actions, &Token::fresh(), None, &transaction).await?;
    }

    let figures = [batch, fenced, transaction].map(|meter| (meter.cost().calls, meter.cost().write_units));
    let transactional = db.behavior().units_of_a_transaction.map_or(2_000, |units| 10 * units);
    assert_eq!(figures, [(40, 1_000), (1_000, 1_000), (10, transactional)]);
    Ok(())
}
