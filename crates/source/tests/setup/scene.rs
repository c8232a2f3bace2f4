//! Short words for what the tests do with a table.

use aws_sdk_dynamodb::types::AttributeValue;
use dynacdc_local::{LocalDynamoDb, ScalarAttributeType, TableSpec};
use dynacdc_source::{SetupError, StreamSetup};
use std::{error::Error, time::Duration};

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) const TABLE: &str = "Orders";

/// Virtual time, except where a test says otherwise: far more than anything needs.
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// An embedded server with a table that has no stream.
pub(crate) async fn orders() -> Fallible<(LocalDynamoDb, StreamSetup)> {
    let db = LocalDynamoDb::builder().start().await?;
    db.create_table_without_stream(TableSpec::new(TABLE, "id", ScalarAttributeType::S)).await?;
    let setup = StreamSetup::new(db.dynamodb(), TABLE).with_patience(HOUR);
    Ok((db, setup))
}

pub(crate) async fn put(db: &LocalDynamoDb, id: &str) -> Fallible {
    db.dynamodb().put_item().table_name(TABLE).item("id", AttributeValue::S(id.to_owned())).send().await?;
    Ok(())
}

/// The error that must be there.
pub(crate) fn refused<T>(outcome: Result<T, SetupError>) -> Fallible<SetupError> {
    outcome.err().ok_or_else(|| "it succeeded".into())
}

/// The error and its causes.
pub(crate) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
