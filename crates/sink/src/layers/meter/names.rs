//! The names of the metrics that [`MeterLayer`](crate::MeterLayer) records, with the facade of the crate `metrics`.
//!
//! Every metric has the label `sink`, the name of the sink. No label holds a key, a stream or a shard, so there are as
//! many series as there are sinks, reasons and classes.
//!
//! | constant | name | kind | unit | more labels |
//! |---|---|---|---|---|
//! | [`RECEIVED`] | `dynacdc_sink_records_received` | counter | records | |
//! | [`APPLIED`] | `dynacdc_sink_records_applied` | counter | records | |
//! | [`SKIPPED`] | `dynacdc_sink_records_skipped` | counter | records | `reason`: `filtered`, `duplicate`, `stale` |
//! | [`PARKED`] | `dynacdc_sink_records_parked` | counter | records | |
//! | [`BLOCKED`] | `dynacdc_sink_records_blocked` | counter | records | |
//! | [`FAILED`] | `dynacdc_sink_records_failed` | counter | records | `class`: `transient`, `poison`, `fatal` |
//! | [`BATCH_RECORDS`] | `dynacdc_sink_batch_records` | histogram | records | |
//! | [`DURATION`] | `dynacdc_sink_write_duration_seconds` | histogram | seconds | |
//! | [`ITERATOR_AGE`] | `dynacdc_sink_iterator_age_seconds` | histogram | seconds | |
//! | [`CALLS`] | `dynacdc_sink_cost_calls` | counter | calls | |
//! | [`WRITE_UNITS`] | `dynacdc_sink_cost_write_units` | counter | write units | |
//! | [`BYTES`] | `dynacdc_sink_cost_bytes` | counter | bytes | |
//! | [`OPS_IN`] | `dynacdc_sink_cost_ops_in` | counter | records | |
//! | [`OPS_OUT`] | `dynacdc_sink_cost_ops_out` | counter | writes | |
//!
//! A record that is delivered again is received again, so `received` is not the number of changes. It is counted before
//! the write and the fates after it: what is missing among them was in writes that were dropped.
//!
//! `ops_out` over `ops_in` is what coalescing leaves: 0.2 means that five changes became one write.

/// Records that were handed in.
pub const RECEIVED: &str = "dynacdc_sink_records_received";
/// Records whose effect is durable.
pub const APPLIED: &str = "dynacdc_sink_records_applied";
/// Records for which there was nothing to do, by [`REASON`].
pub const SKIPPED: &str = "dynacdc_sink_records_skipped";
/// Records that were written to the dead-letter store.
pub const PARKED: &str = "dynacdc_sink_records_parked";
/// Records behind one that is not settled.
pub const BLOCKED: &str = "dynacdc_sink_records_blocked";
/// Records that failed, by [`CLASS`].
pub const FAILED: &str = "dynacdc_sink_records_failed";
/// The sizes of batches.
pub const BATCH_RECORDS: &str = "dynacdc_sink_batch_records";
/// How long writes took.
pub const DURATION: &str = "dynacdc_sink_write_duration_seconds";
/// How old the last record of a batch was when it was handed in.
pub const ITERATOR_AGE: &str = "dynacdc_sink_iterator_age_seconds";
/// [`Cost::calls`](crate::Cost::calls).
pub const CALLS: &str = "dynacdc_sink_cost_calls";
/// [`Cost::write_units`](crate::Cost::write_units).
pub const WRITE_UNITS: &str = "dynacdc_sink_cost_write_units";
/// [`Cost::bytes`](crate::Cost::bytes).
pub const BYTES: &str = "dynacdc_sink_cost_bytes";
/// [`Cost::ops_in`](crate::Cost::ops_in).
pub const OPS_IN: &str = "dynacdc_sink_cost_ops_in";
/// [`Cost::ops_out`](crate::Cost::ops_out).
pub const OPS_OUT: &str = "dynacdc_sink_cost_ops_out";

/// The label with the name of the sink.
pub const SINK: &str = "sink";
/// The label of [`SKIPPED`].
pub const REASON: &str = "reason";
/// The label of [`FAILED`].
pub const CLASS: &str = "class";
