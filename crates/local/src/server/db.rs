use std::time::{Duration, SystemTime};

use dynacdc_record::StreamArn;

use super::builder::Builder;
use super::client::clients;
use super::clock::VirtualClock;
use super::engine::Engine;
use super::error::LocalError;
use super::table::TableSpec;

/// A DynamoDB with streams: an embedded server, or the endpoint it was pointed at, with clients
/// that are ready to use.
///
/// Dropping it stops the embedded server and waits until its port is closed, at most some seconds
/// when a request is in progress. The server has a thread of its own, so the value may be used
/// from several tokio runtimes, also with a paused clock.
#[derive(Debug)]
pub struct LocalDynamoDb {
    endpoint: String,
    dynamodb: aws_sdk_dynamodb::Client,
    streams: aws_sdk_dynamodbstreams::Client,
    clock: Option<VirtualClock>,
    engine: Option<Engine>,
}

impl LocalDynamoDb {
    /// Starts a server in memory, on a free loopback port and the real clock; or, if the
    /// environment variable [`ENDPOINT_VARIABLE`](crate::ENDPOINT_VARIABLE) holds a URL, starts
    /// none and talks to that server instead.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub async fn start() -> Result<Self, LocalError> {
        Self::builder().endpoint_from_env().start().await
    }

    /// A builder, for a server with a file or a virtual clock. It reads no environment by itself.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn embedded(engine: Engine, clock: Option<VirtualClock>) -> Self {
        let endpoint = format!("http://{}", engine.address());
        Self { clock, engine: Some(engine), ..Self::at(endpoint) }
    }

    pub(super) fn at(endpoint: String) -> Self {
        let (dynamodb, streams) = clients(&endpoint);
        Self { endpoint, dynamodb, streams, clock: None, engine: None }
    }

    /// A client of the DynamoDB API. Cheap to clone.
    #[must_use]
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// A client of the DynamoDB Streams API. Cheap to clone.
    #[must_use]
    pub fn streams(&self) -> &aws_sdk_dynamodbstreams::Client {
        &self.streams
    }

    /// The server's URL, for clients of one's own. Any credentials and region do for the embedded
    /// server.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether the server is the embedded one.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.engine.is_some()
    }

    /// The server's virtual clock.
    ///
    /// # Errors
    ///
    /// [`LocalError::RealClock`] without a virtual clock, [`LocalError::EmbeddedOnly`] when the
    /// server is another one.
    pub fn clock(&self) -> Result<&VirtualClock, LocalError> {
        self.engine("clock")?;
        self.clock.as_ref().ok_or(LocalError::RealClock)
    }

    /// Moves the virtual clock forward and says what time it is then.
    ///
    /// # Errors
    ///
    /// As [`clock`](Self::clock).
    pub fn advance(&self, by: Duration) -> Result<SystemTime, LocalError> {
        let clock = self.clock()?;
        clock.advance(by);
        Ok(clock.now())
    }

    /// Deletes the items whose TTL attribute lies before the current second, in all tables, and
    /// says how many they were. The server never does that by itself. The stream records carry
    /// the user identity of the TTL service.
    ///
    /// Not undone by dropping the future: a sweep that has begun runs to its end.
    ///
    /// # Errors
    ///
    /// [`LocalError::EmbeddedOnly`] when the server is another one, [`LocalError::Storage`] when
    /// the database fails.
    pub async fn sweep_ttl(&self) -> Result<usize, LocalError> {
        self.engine("sweep_ttl")?.sweep_ttl().await
    }

    /// Creates a table with a stream, waits until both can be used (a minute at most), switches
    /// TTL on if the table has such an attribute, and gives the stream's ARN.
    ///
    /// # Errors
    ///
    /// [`LocalError::TableExists`], [`LocalError::TableNotActive`], and [`LocalError::Request`]
    /// for all other refusals; [`LocalError::StreamArn`] if another server's ARN is none.
    pub async fn create_table(&self, table: TableSpec) -> Result<StreamArn, LocalError> {
        let name = table.name().to_owned();
        let arn = table.create(&self.dynamodb, true).await?;
        let arn = arn.ok_or(LocalError::TableNotActive { table: name })?;
        Ok(StreamArn::parse(&arn)?)
    }

    /// As [`create_table`](Self::create_table), without a stream: the table's view type is not
    /// used. For tables that are only written to, which are also much cheaper to write.
    ///
    /// # Errors
    ///
    /// As [`create_table`](Self::create_table).
    pub async fn create_table_without_stream(&self, table: TableSpec) -> Result<(), LocalError> {
        table.create(&self.dynamodb, false).await.map(|_| ())
    }

    /// Stops the embedded server; its port is closed and its file complete when this returns. Of
    /// another server it only lets go.
    ///
    /// # Errors
    ///
    /// [`LocalError::Storage`] when the data of a server with a file and a virtual clock could not
    /// be saved, [`LocalError::Gone`] when the server had ended before.
    pub async fn stop(self) -> Result<(), LocalError> {
        match self.engine {
            Some(engine) => engine.stop().await,
            None => Ok(()),
        }
    }

    fn engine(&self, option: &'static str) -> Result<&Engine, LocalError> {
        self.engine.as_ref().ok_or_else(|| LocalError::EmbeddedOnly { option, endpoint: self.endpoint.clone() })
    }
}
