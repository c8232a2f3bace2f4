//! The names of the metrics that a [`Poller`](crate::Poller) records, with the facade of the crate `metrics`.
//!
//! Every metric has the label `table`, the name of the table whose stream is read. No label holds a key or a stream, and
//! only [`SHARD_RECORD_AGE`] one of a shard, so the number of series does not grow with time.
//!
//! | constant | name | kind | unit | more labels |
//! |---|---|---|---|---|
//! | [`CALLS`] | `dynacdc_source_calls` | counter | calls | `call`: `list`, `children`, `iterator`, `records`, `write`, `park`, `save`, `forget`, `mend` |
//! | [`CALLS_FAILED`] | `dynacdc_source_calls_failed` | counter | calls | `call` |
//! | [`PAGES`] | `dynacdc_source_pages` | counter | pages | `page`: `empty`, `full` |
//! | [`RECORDS_READ`] | `dynacdc_source_records_read` | counter | records | |
//! | [`RECORDS_SETTLED`] | `dynacdc_source_records_settled` | counter | records | |
//! | [`GAPS`] | `dynacdc_source_gaps` | counter | gaps | |
//! | [`ALARMS`] | `dynacdc_source_alarms` | counter | shards | |
//! | [`SHARDS`] | `dynacdc_source_shards` | gauge | shards | `state`: as in [`ShardState`](crate::ShardState) |
//! | [`UNSETTLED_RECORDS`] | `dynacdc_source_unsettled_records` | gauge | records | |
//! | [`UNSETTLED_BYTES`] | `dynacdc_source_unsettled_bytes` | gauge | bytes | |
//! | [`RECORD_AGE`] | `dynacdc_source_record_age_seconds` | gauge | seconds | |
//! | [`SHARD_RECORD_AGE`] | `dynacdc_source_shard_record_age_seconds` | gauge | seconds | `shard` |
//! | [`POLLED_TIME`] | `dynacdc_source_polled_timestamp_seconds` | gauge | seconds since 1970 | |
//!
//! A call is counted when it is answered. A call of `list` or `children` is one `DescribeStream`, `iterator` one
//! `GetShardIterator`, `records` one `GetRecords`; a failed `write` is one after which a record is not settled.
//!
//! Ages and times are set once a second at most, and only while the poller gets to it: an alarm on [`POLLED_TIME`] that
//! compares it with the present also fires when the poller hangs, where one on [`RECORD_AGE`] does not.

/// Calls by [`CALL`].
pub const CALLS: &str = "dynacdc_source_calls";
/// Calls that failed, by [`CALL`].
pub const CALLS_FAILED: &str = "dynacdc_source_calls_failed";
/// Pages of records that were read, by [`PAGE`].
pub const PAGES: &str = "dynacdc_source_pages";
/// Records that were read, malformed ones counted. What is read again is counted again.
pub const RECORDS_READ: &str = "dynacdc_source_records_read";
/// Records that are settled, parked malformed ones counted.
pub const RECORDS_SETTLED: &str = "dynacdc_source_records_settled";
/// Gaps that were found.
pub const GAPS: &str = "dynacdc_source_gaps";
/// Shards that begin at or below the last number of their parent.
pub const ALARMS: &str = "dynacdc_source_alarms";
/// The shards that are known, by [`STATE`].
pub const SHARDS: &str = "dynacdc_source_shards";
/// Records that were read and are not settled.
pub const UNSETTLED_RECORDS: &str = "dynacdc_source_unsettled_records";
/// Their size, as the byte budget counts it.
pub const UNSETTLED_BYTES: &str = "dynacdc_source_unsettled_bytes";
/// How far the shard that is furthest behind is behind: the age of the oldest record that was read and is not settled, or of
/// the stored position where nothing was read yet. 0 where every shard was read to its newest record and all is settled.
pub const RECORD_AGE: &str = "dynacdc_source_record_age_seconds";
/// The same by [`SHARD`]. Only [where it is asked for](crate::PollerBuilder::shard_metrics).
pub const SHARD_RECORD_AGE: &str = "dynacdc_source_shard_record_age_seconds";
/// When the shard that was not polled for longest was last polled with success, of those that are being read.
pub const POLLED_TIME: &str = "dynacdc_source_polled_timestamp_seconds";

/// The label with the name of the table.
pub const TABLE: &str = "table";
/// The label of [`CALLS`] and [`CALLS_FAILED`].
pub const CALL: &str = "call";
/// The label of [`PAGES`].
pub const PAGE: &str = "page";
/// The label of [`SHARDS`].
pub const STATE: &str = "state";
/// The label of [`SHARD_RECORD_AGE`].
pub const SHARD: &str = "shard";
