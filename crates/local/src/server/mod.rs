//! The embedded server: one thread that runs a DynamoDB engine and, before it, a forwarder that
//! puts its answers right.

mod answer;
mod builder;
mod client;
mod clock;
mod db;
mod engine;
mod error;
mod front;
mod table;

pub use self::builder::{Builder, ENDPOINT_VARIABLE};
pub use self::clock::VirtualClock;
pub use self::db::LocalDynamoDb;
pub use self::error::LocalError;
pub use self::table::TableSpec;
