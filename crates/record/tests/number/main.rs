//! Numbers against `BigDecimal` as the model, over the whole range of DynamoDB.

mod convert;
mod laws;
mod texts;
