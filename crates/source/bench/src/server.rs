use crate::{Fallible, Front, Order};
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use aws_sdk_dynamodbstreams::Client;
use chrono::Utc;
use dynacdc_local::{LocalDynamoDb, ScalarAttributeType, TableSpec};
use dynacdc_record::{StreamArn, StreamViewType};
use dynacdc_source::{SdkStreams, StreamSetup};
use dynacdc_testkit::StreamSimulator;
use std::{fmt, time::SystemTime};

const TABLE: &str = "Orders";

/// A stream that is read, and a client for its server.
#[derive(Debug, Clone)]
pub struct Stream {
    client: Client,
    arn: StreamArn,
}

impl Stream {
    /// A client of the Streams API.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Which stream.
    pub const fn arn(&self) -> &StreamArn {
        &self.arn
    }
}

/// Where the stream is: at a real server, or simulated.
#[derive(Debug)]
pub enum Server {
    /// A server that was given, such as DynamoDB Local.
    Given {
        /// Its clients.
        db: LocalDynamoDb,
        /// The table, which is deleted at the end.
        table: String,
    },
    /// The simulator of the testkit behind HTTP.
    Simulated {
        /// The server.
        front: Front,
        /// Its clients.
        db: LocalDynamoDb,
    },
}

impl Server {
    /// The server at `endpoint`, or without one the simulator; with a table of orders and so many changes in its stream.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn with_changes(endpoint: Option<&str>, changes: usize) -> Fallible<(Self, Stream)> {
        match endpoint {
            Some(endpoint) => Self::given(endpoint, changes).await,
            None => Self::simulated(changes).await,
        }
    }

    async fn simulated(changes: usize) -> Fallible<(Self, Stream)> {
        let simulator = StreamSimulator::builder(TABLE).starting_at(Utc::now()).build()?;
        for nth in 0..changes {
            simulator.put(Order::item(nth))?;
        }
        let arn = simulator.arn();
        let front = Front::start(simulator)?;
        let db = LocalDynamoDb::builder().endpoint(front.endpoint()).start().await?;
        let stream = Stream { client: db.streams().clone(), arn };
        Ok((Self::Simulated { front, db }, stream))
    }

    async fn given(endpoint: &str, changes: usize) -> Fallible<(Self, Stream)> {
        let db = LocalDynamoDb::builder().endpoint(endpoint).start().await?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let table = format!("dynacdc-bench-{now}");
        db.create_table_without_stream(TableSpec::new(&table, "pk", ScalarAttributeType::S)).await?;
        let setup = StreamSetup::new(db.dynamodb(), table.as_str());
        setup.enable(StreamViewType::NewAndOldImages).await?;
        let arn = setup.wait_until_usable(&SdkStreams::new(db.streams().clone())).await?;
        let numbers: Vec<usize> = (0..changes).collect();
        for numbers in numbers.chunks(25) {
            let mut left: Vec<WriteRequest> = Vec::with_capacity(numbers.len());
            for nth in numbers {
                let put = PutRequest::builder().set_item(Some(Order::sdk_item(*nth))).build()?;
                left.push(WriteRequest::builder().put_request(put).build());
            }
            while !left.is_empty() {
                let answer = db.dynamodb().batch_write_item().request_items(&table, left).send().await?;
                left = answer.unprocessed_items.and_then(|mut left| left.remove(&table)).unwrap_or_default();
            }
        }
        let stream = Stream { client: db.streams().clone(), arn };
        Ok((Self::Given { db, table }, stream))
    }

    /// Leaves nothing behind.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn end(self) -> Fallible {
        match self {
            Self::Given { db, table } => drop(db.dynamodb().delete_table().table_name(table).send().await?),
            Self::Simulated { front, db } => drop((db, front)),
        }
        Ok(())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given { db, .. } => write!(f, "the server at {}", db.endpoint()),
            Self::Simulated { .. } => f.write_str("the simulator behind HTTP"),
        }
    }
}
