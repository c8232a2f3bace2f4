#![cfg_attr(feature = "server", doc = include_str!("../README.md"))]
// The README's examples need the server.
#![cfg_attr(not(feature = "server"), doc = "A seeded order workload. The feature `server` adds an embedded DynamoDB.")]

#[cfg(feature = "server")]
mod server;
pub mod workload;

#[cfg(feature = "server")]
pub use aws_sdk_dynamodb::types::ScalarAttributeType;

#[cfg(feature = "server")]
pub use self::server::{Builder, ENDPOINT_VARIABLE, LocalDynamoDb, LocalError, TableSpec, VirtualClock};
