//! What the clock says about what the stream still has.

use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::ChangeRecord;

/// How long a stream keeps its records
/// ([AWS: change data capture for DynamoDB Streams](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)).
/// Trimming may happen at any moment after.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// How far clocks may be apart where a loss is to be told from an idle shard.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// From when on the checkpoint of a finished shard tells nothing any more.
const FORGOTTEN: TimeDelta = TimeDelta::hours(25);

/// How far the creation time of a record may lie before the time of this machine at which it was made.
///
/// The service rounds it down to the second, DynamoDB Local to the minute, and no two clocks agree. A record that is
/// wrongly taken for an old one is lost, one that is wrongly taken for a new one only comes too.
pub(super) const CLOCKS: TimeDelta = TimeDelta::seconds(60);

/// How long ago a record must have been made for a shard that gives nothing but empty pages to count as read behind it.
pub(super) const TIP: TimeDelta = TimeDelta::seconds(60);

/// How many empty pages in a row it takes besides.
///
/// An empty page proves nothing: the service gives them in the midst of a shard as well. Two with a long wait between
/// them prove no more, so that a minute alone is not enough.
pub(super) const TIP_PAGES: usize = 20;

/// How much newer a time must be to be saved again though no record was settled.
pub(super) const REFRESH: TimeDelta = TimeDelta::hours(1);

/// Whether nothing made after this time can be trimmed.
pub(super) fn is_kept(as_of: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - as_of < KEPT - MARGIN
}

/// Whether the checkpoint of a finished shard may go.
pub(super) fn is_forgettable(as_of: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - as_of > FORGOTTEN
}

/// When a record was made, where it tells.
pub(super) fn created(record: &ChangeRecord) -> Option<DateTime<Utc>> {
    record.created_epoch().and_then(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos))
}
