//! One change, as received and as seen.

mod build;
mod detach;
mod entry;
mod equal;
mod image;
mod view;

pub use build::RecordBuilder;
pub use image::MissingImage;
pub use view::{Transition, Version};

pub(crate) use entry::{Created, Entry, Event, Identity, Origin};

use crate::{EventName, Image, ItemKey, KeyRef, SequenceNumber, StreamArn, StreamViewType, UserIdentity, tape::Span};
use std::{fmt, sync::Arc};

/// One change of one item: a record of a DynamoDB stream.
///
/// Cloning it counts a reference. All records of one decoded event share one buffer, so a clone keeps the buffer of
/// its whole event alive; [`detach`](Self::detach) copies one record out.
///
/// A record can be *seen* otherwise than it was received, without copying it: a filter shows a change that enters it
/// as an insert ([`entering`](Self::entering)), a transformation gives it other images ([`derive`](Self::derive)).
/// [`origin`](Self::origin) always gives the record as received, and [`version`](Self::version) stays that of the origin.
///
/// Equality is by meaning, over everything that the record holds: images as [`Value`](crate::Value)s compare.
#[derive(Clone)]
pub struct ChangeRecord {
    event: Arc<Event>,
    index: u32,
    hidden: Hidden,
    part: u8,
}

/// Which image a view does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    Nothing,
    Old,
    New,
}

impl ChangeRecord {
    pub(crate) const fn new(event: Arc<Event>, index: u32, part: u8) -> Self {
        Self { event, index, hidden: Hidden::Nothing, part }
    }

    /// The records of an event, in order.
    pub(crate) fn all(event: Event) -> Vec<Self> {
        let event = Arc::new(event);
        let mut records = Vec::with_capacity(event.entries.len());
        let entries = (0..).zip(&event.entries).filter(|(_, entry)| !entry.is_origin);
        records.extend(entries.map(|(index, entry)| Self::new(Arc::clone(&event), index, entry.part)));
        records
    }

    fn entry(&self) -> &Entry {
        &self.event.entries[self.index as usize]
    }

    /// The event and entry as received, which hold what no view changes.
    fn received(&self) -> (&Event, &Entry) {
        let entry = self.entry();
        match &entry.origin {
            Origin::Itself => (&self.event, entry),
            Origin::Entry(index) => (&self.event, &self.event.entries[*index as usize]),
            Origin::Record(record) => record.received(),
        }
    }

    fn received_str(&self, span: impl FnOnce(&Entry) -> Option<Span>) -> Option<&str> {
        let (event, entry) = self.received();
        span(entry).map(|span| event.tape.str(span))
    }

    /// The id of the event: opaque, and unique in its stream.
    pub fn event_id(&self) -> &str {
        self.received_str(|entry| Some(entry.event_id)).unwrap_or_default()
    }

    /// What happened to the item, as this record shows it.
    pub fn event_name(&self) -> EventName {
        match self.hidden {
            Hidden::Old => EventName::Insert,
            Hidden::New => EventName::Remove,
            Hidden::Nothing => self.entry().event_name,
        }
    }

    /// The version of the record format. AWS writes `1.1` today and may count on: not to be compared.
    pub fn event_version(&self) -> Option<&str> {
        self.received_str(|entry| entry.event_version)
    }

    /// The service that the record came from, `aws:dynamodb`.
    pub fn event_source(&self) -> Option<&str> {
        self.received_str(|entry| entry.event_source)
    }

    /// The Region where the record was made, such as `eu-central-1`.
    pub fn region(&self) -> Option<&str> {
        self.received_str(|entry| entry.region)
    }

    /// The text of `eventSourceARN`, whatever it is. Test events of some tools hold a placeholder there.
    pub fn source_arn(&self) -> Option<&str> {
        self.received_str(|entry| entry.source_arn)
    }

    /// The stream that the record came from; none where [`source_arn`](Self::source_arn) is absent or no stream ARN.
    pub fn stream_arn(&self) -> Option<&StreamArn> {
        let (event, entry) = self.received();
        event.arns.get(entry.arn? as usize)
    }

    /// The place of the change in the order of its item.
    ///
    /// Its order holds for the changes of one item in one stream; other items, shards and streams count on their own.
    pub fn sequence_number(&self) -> SequenceNumber {
        let (event, entry) = self.received();
        SequenceNumber::trusted(event.tape.str(entry.sequence))
    }

    /// When the change was made, as the stream tells it.
    ///
    /// DynamoDB Streams rounds it down to the second, so it is no order of changes. It may be absent.
    #[cfg(feature = "chrono")]
    pub fn created_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.received().1.created.and_then(|at| chrono::DateTime::from_timestamp(at.seconds, at.nanos))
    }

    /// When the change was made, as seconds and nanoseconds since 1970, UTC. It may be absent.
    pub fn created_epoch(&self) -> Option<(i64, u32)> {
        self.received().1.created.map(|at| (at.seconds, at.nanos))
    }

    /// The size of the record in bytes as DynamoDB counts it: keys and images.
    pub fn size_bytes(&self) -> Option<u64> {
        self.received().1.size_bytes
    }

    /// Which images the stream carries.
    pub fn view_type(&self) -> Option<StreamViewType> {
        self.received().1.view_type
    }

    /// Who made the change, where the stream tells it: only for changes that DynamoDB made itself.
    pub fn user_identity(&self) -> Option<UserIdentity<'_>> {
        let (event, entry) = self.received();
        entry.identity.map(|identity| UserIdentity {
            kind: event.tape.str(identity.kind),
            principal_id: event.tape.str(identity.principal),
        })
    }

    /// Whether time to live deleted the item: a `REMOVE` by the service principal `dynamodb.amazonaws.com`.
    ///
    /// In a global table only the Region where the item expired says so; the replicated delete in the others looks
    /// like any other ([AWS: DynamoDB Streams and Time to Live][ttl]).
    ///
    /// [ttl]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
    pub fn is_ttl_delete(&self) -> bool {
        self.received().1.event_name == EventName::Remove
            && self
                .user_identity()
                .is_some_and(|who| who.kind == "Service" && who.principal_id == "dynamodb.amazonaws.com")
    }

    /// The key attributes of the item, as this record shows it.
    pub fn keys(&self) -> Image<'_> {
        Image::new(&self.event.tape, self.entry().keys)
    }

    /// The item key, borrowed: for comparing and hashing.
    pub fn key(&self) -> KeyRef<'_> {
        KeyRef::new(self.keys())
    }

    /// The item key, owned.
    pub fn item_key(&self) -> ItemKey {
        self.key().to_key()
    }
}

impl fmt::Debug for ChangeRecord {
    /// Names the record without showing its item: images may hold what must not stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeRecord")
            .field("event_name", &self.event_name())
            .field("event_id", &self.event_id())
            .field("sequence_number", &self.sequence_number())
            .field("part", &self.part)
            .field("seen", &self.is_view())
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<ChangeRecord>();
};
