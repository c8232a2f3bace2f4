use crate::{Arguments, Failure};
use dynacdc_local::LocalDynamoDb;
use std::time::{Duration, SystemTime};

/// How long a server may take for its first answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server that the arguments name, or the embedded one on a clock that starts at `clock` and is moved by the example.
///
/// # Errors
/// [`Failure::Unreachable`] if a server was named and does not answer within ten seconds, [`Failure::Server`] if the
/// embedded one does not start.
pub async fn connect(arguments: &Arguments, clock: SystemTime) -> Result<LocalDynamoDb, Failure> {
    let Some(endpoint) = arguments.endpoint() else {
        return Ok(LocalDynamoDb::builder().virtual_clock(clock).start().await?);
    };
    let db = LocalDynamoDb::builder().endpoint(endpoint).start().await?;
    let unreachable = |cause| Failure::Unreachable { endpoint: endpoint.to_owned(), cause };
    let answer = tokio::time::timeout(PATIENCE, db.dynamodb().list_tables().limit(1).send()).await;
    answer.map_err(|late| unreachable(Box::new(late)))?.map_err(|error| unreachable(Box::new(error)))?;
    Ok(db)
}
