//! What is kept of each record of one decoded event.

use crate::{
    ChangeRecord, EventName, StreamArn, StreamViewType,
    tape::{Run, Span, Tape},
};

/// One decoded event: the records of a Lambda invocation, of a page of the Streams API, or a single one.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) tape: Tape,
    pub(crate) entries: Vec<Entry>,
    /// The stream ARNs that occur, each once in a row: all records of a real event have the same.
    pub(crate) arns: Vec<StreamArn>,
}

/// One record: spans and runs of the event's tape.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) event_id: Span,
    pub(crate) event_name: EventName,
    pub(crate) event_version: Option<Span>,
    pub(crate) event_source: Option<Span>,
    pub(crate) region: Option<Span>,
    pub(crate) source_arn: Option<Span>,
    /// Position in the event's ARNs; none where there is no ARN or its text is no stream ARN.
    pub(crate) arn: Option<u32>,
    pub(crate) identity: Option<Identity>,
    pub(crate) created: Option<Created>,
    pub(crate) sequence: Span,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) view_type: Option<StreamViewType>,
    pub(crate) keys: Run,
    pub(crate) new_image: Option<Run>,
    pub(crate) old_image: Option<Run>,
    pub(crate) part: u8,
    /// It is only there as the origin of another one, not a record of the event by itself.
    pub(crate) is_origin: bool,
    /// The record as received, where this one is a view of it.
    pub(crate) origin: Origin,
}

impl Entry {
    /// A record of which nothing but the event name is known.
    pub(crate) fn new(event_name: EventName) -> Self {
        Self {
            event_id: Span::default(),
            event_name,
            event_version: None,
            event_source: None,
            region: None,
            source_arn: None,
            arn: None,
            identity: None,
            created: None,
            sequence: Span::default(),
            size_bytes: None,
            view_type: None,
            keys: Run::default(),
            new_image: None,
            old_image: None,
            part: 0,
            is_origin: false,
            origin: Origin::Itself,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) kind: Span,
    pub(crate) principal: Span,
}

/// A point in time since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Created {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

impl Created {
    /// None for what is no time of a change: years beyond 9999 before or after 1970, which are numbers in another
    /// unit, and a billion nanoseconds or more.
    pub(crate) fn new(seconds: i64, nanos: u32) -> Option<Self> {
        (seconds.unsigned_abs() <= MAX_SECONDS && nanos < 1_000_000_000).then_some(Self { seconds, nanos })
    }
}

/// The last second of the year 9999.
const MAX_SECONDS: u64 = 253_402_300_799;

#[derive(Debug, Default)]
pub(crate) enum Origin {
    /// It is the record as received.
    #[default]
    Itself,
    /// Another entry of the same event.
    Entry(u32),
    /// A record of another event.
    Record(ChangeRecord),
}
