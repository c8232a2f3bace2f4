//! CloudWatch Embedded Metric Format: metrics as lines of JSON in the log, which CloudWatch takes apart.
//!
//! A call of `PutMetricData` from the function lost: it costs time in every invocation, and fails. An exporter in the
//! background lost: a function stands still between invocations.

mod line;
mod name;
mod recorder;
mod unit;

pub use recorder::EmbeddedMetrics;
