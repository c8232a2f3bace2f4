//! Numbers against `BigDecimal` as the model, over the whole range of DynamoDB.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

mod convert;
mod laws;
mod texts;
