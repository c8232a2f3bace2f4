#![doc = include_str!("../README.md")]

#[cfg(feature = "server")]
mod server;
pub mod workload;

#[cfg(feature = "server")]
pub use aws_sdk_dynamodb::types::ScalarAttributeType;

#[cfg(feature = "server")]
pub use self::server::{Builder, ENDPOINT_VARIABLE, LocalDynamoDb, LocalError, TableSpec, VirtualClock};
