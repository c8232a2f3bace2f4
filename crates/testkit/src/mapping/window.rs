//! Tumbling windows: a state that goes from invocation to invocation until the window is over.

use super::destination::seconds;
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use serde_json::{Value, json};
use std::time::Duration;

/// A state that is larger ends its window early.
const MOST_STATE: usize = 1024 * 1024;

/// A window that has begun.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) state: Value,
}

impl Window {
    /// The window into which a time falls, without a state.
    pub(super) fn of(at: DateTime<Utc>, length: Duration) -> Self {
        let length = i64::try_from(length.as_secs()).unwrap_or(i64::MAX).max(1);
        let start = at.timestamp() - at.timestamp().rem_euclid(length);
        let start = DateTime::from_timestamp(start, 0).unwrap_or(at);
        Self { start, end: start + TimeDelta::seconds(length), state: json!({}) }
    }

    pub(super) fn has(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.state.to_string().len() > MOST_STATE
    }

    /// The members that stand beside the records.
    pub(super) fn members(&self, stream: &StreamArn, shard: &ShardId, last: bool, early: bool) -> String {
        let members = json!({
            "window": {"start": seconds(self.start), "end": seconds(self.end)},
            "state": self.state,
            "shardId": shard.as_str(),
            "eventSourceARN": stream.as_str(),
            "isFinalInvokeForWindow": last,
            "isWindowTerminatedEarly": early,
        })
        .to_string();
        let inside = members.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        format!(",{}", inside.unwrap_or_default())
    }
}
