use crate::{
    FunctionError, event,
    outline::{Outline, without_records},
};
use chrono::{DateTime, Utc};
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The window that an invocation belongs to. There is one per shard at a time, from its first record on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    shard: Option<ShardId>,
    stream: Option<StreamArn>,
    is_final: bool,
    is_terminated_early: bool,
}

impl Window {
    /// When it begins.
    pub const fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// When it ends; this moment is the next one's.
    pub const fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// The shard of the records. A state holds records of this shard only.
    pub const fn shard(&self) -> Option<&ShardId> {
        self.shard.as_ref()
    }

    /// The stream of the records.
    pub const fn stream(&self) -> Option<&StreamArn> {
        self.stream.as_ref()
    }

    /// Whether this is its last invocation.
    pub const fn is_final(&self) -> bool {
        self.is_final
    }

    /// Whether Lambda ends it early, because the state has become too large. The same window goes on with an empty
    /// state, so what is made of the state is a part of the window's.
    pub const fn is_terminated_early(&self) -> bool {
        self.is_terminated_early
    }

    /// Whether Lambda drops the state after this invocation.
    pub(super) const fn is_over(&self) -> bool {
        self.is_final || self.is_terminated_early
    }
}

/// What stands beside the records.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) window: Window,
    /// As JSON.
    pub(super) state: Option<Box<RawValue>>,
}

impl Members {
    pub(super) fn read(payload: &[u8]) -> Result<Self, FunctionError> {
        // A record that is no JSON is one record; it spoils no window.
        let payload = without_records(payload);
        // What is no event of a window is told better by whoever reads its records.
        let Some(text) = event::members::<Text<'_>>(&payload) else { return Err(FunctionError::NotWindowed) };
        let Some(bounds) = text.window else { return Err(FunctionError::NotWindowed) };
        let (Some(start), Some(end)) = (time(&bounds.start), time(&bounds.end)) else {
            return Err(FunctionError::NotWindowed);
        };
        let window = Window {
            start,
            end,
            shard: text.shard_id.map(|shard| ShardId::from(shard.as_ref())),
            stream: text.source_arn.and_then(|arn| StreamArn::parse(&arn).ok()),
            is_final: text.is_final.unwrap_or_default(),
            is_terminated_early: text.is_terminated_early.unwrap_or_default(),
        };
        Ok(Self { window, state: text.state.map(ToOwned::to_owned) })
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(Into::into)
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    window: Option<Bounds<'a>>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow, rename = "shardId")]
    shard_id: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "eventSourceARN")]
    source_arn: Option<Cow<'a, str>>,
    #[serde(rename = "isFinalInvokeForWindow")]
    is_final: Option<bool>,
    #[serde(rename = "isWindowTerminatedEarly")]
    is_terminated_early: Option<bool>,
}

#[derive(Deserialize)]
struct Bounds<'a> {
    #[serde(borrow)]
    start: Cow<'a, str>,
    #[serde(borrow)]
    end: Cow<'a, str>,
}

/// Whether an event has what only events of a window have.
///
/// To look for it means to go over the whole text once more, and nearly every event begins with its records and ends
/// with them: such a one is let through unread. A window whose state comes last and is a list is let through as well,
/// and then Lambda itself fails the answer for want of a state.
pub(crate) fn is_of_window(payload: &[u8]) -> bool {
    if payload.starts_with(br#"{"Records":["#) && payload.ends_with(b"]}") {
        return false;
    }
    let has = |mark: &[u8]| Outline::new(payload).any(|(name, value)| name == mark && payload[value] != *b"null");
    has(b"window") && has(b"isFinalInvokeForWindow")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"Records":[],"window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},
        "state":{"1":282,"2":715},"shardId":"shard123456789012345678",
        "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291",
        "isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}"#;

    #[test]
    fn all_members_of_a_window_are_read() -> Result<(), Box<dyn std::error::Error>> {
        let Members { window, state } = Members::read(EVENT.as_bytes())?;

        assert_eq!(state.ok_or("no state")?.get(), r#"{"1":282,"2":715}"#);
        assert_eq!((window.end() - window.start()).num_minutes(), 5);
        assert_eq!(window.start().to_rfc3339(), "2020-07-30T17:00:00+00:00");
        assert_eq!(window.shard().map(ShardId::as_str), Some("shard123456789012345678"));
        assert_eq!(window.stream().map(StreamArn::table), Some("orders"));
        assert!(window.is_final() && !window.is_terminated_early());
        Ok(())
    }

    #[test]
    fn an_event_of_a_window_is_told_from_others() {
        assert!(is_of_window(EVENT.as_bytes()));
        let reversed = r#" {"isFinalInvokeForWindow":false,"window":{},"Records":[]}"#;
        assert!(is_of_window(reversed.as_bytes()));
        assert!(is_of_window(EVENT.replace("[]", r#"[{"eventID":nonsense}]"#).as_bytes()));
        for plain in [r#"{"Records":[]}"#, r#"{"Records": [ ] }"#, r#"{"Records":[],"window":{}}"#, "no json", "[1, 2]"]
        {
            assert!(!is_of_window(plain.as_bytes()), "{plain}");
            assert!(matches!(Members::read(plain.as_bytes()), Err(FunctionError::NotWindowed)), "{plain}");
        }
    }
}
