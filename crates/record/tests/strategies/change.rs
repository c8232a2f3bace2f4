//! Changes of items, as plain parts that each test renders in its own format.

use super::{item, key_item, text};
use dynacdc_record::{ChangeRecord, EventName, Item, SequenceNumber, StreamArn, StreamViewType};
use proptest::{option, prelude::*};

/// One change, in parts.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) event_id: String,
    pub(crate) event_name: EventName,
    pub(crate) event_version: Option<String>,
    pub(crate) event_source: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) arn: Option<StreamArn>,
    /// Type and principal.
    pub(crate) identity: Option<(String, String)>,
    /// Seconds, and nanoseconds that are whole hundredths of a millisecond: a model that reads doubles can tell them.
    pub(crate) created: Option<(i64, u32)>,
    pub(crate) keys: Item,
    pub(crate) new_image: Option<Item>,
    pub(crate) old_image: Option<Item>,
    pub(crate) sequence: SequenceNumber,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) view_type: Option<StreamViewType>,
}

impl Change {
    /// The record, built from the parts.
    pub(crate) fn record(&self) -> ChangeRecord {
        let mut builder =
            ChangeRecord::builder(self.event_name, self.keys.clone(), self.sequence).event_id(&self.event_id);
        macro_rules! set {
            ($($field:ident),*) => { $(
                if let Some(value) = self.$field.clone() {
                    builder = builder.$field(value);
                }
            )* };
        }
        set!(event_version, event_source, region, size_bytes, view_type, new_image, old_image);
        if let Some(arn) = self.arn.clone() {
            builder = builder.stream_arn(arn);
        }
        if let Some((kind, principal)) = self.identity.clone() {
            builder = builder.user_identity(kind, principal);
        }
        if let Some((seconds, nanos)) = self.created {
            builder = builder.created_epoch(seconds, nanos);
        }
        builder.build().unwrap()
    }
}

pub(crate) fn event_name() -> impl Strategy<Value = EventName> {
    prop_oneof![Just(EventName::Insert), Just(EventName::Modify), Just(EventName::Remove)]
}

pub(crate) fn sequence_number() -> impl Strategy<Value = SequenceNumber> {
    "[0-9]{1,40}".prop_map(|digits| SequenceNumber::parse(&digits).unwrap())
}

pub(crate) fn stream_arn() -> impl Strategy<Value = StreamArn> {
    let label = "20[0-9]{2}-0[1-9]-1[0-9]T21:21:33\\.[0-9]{3}";
    ("(aws|aws-cn)", "[a-z]{2}-west-1", "[a-zA-Z0-9_.-]{3,8}", label).prop_map(|(partition, region, table, label)| {
        let arn = format!("arn:{partition}:dynamodb:{region}:123456789012:table/{table}/stream/{label}");
        StreamArn::parse(&arn).unwrap()
    })
}

/// Changes with any parts, also such as no stream would put together.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    let view_type = prop::sample::select(&StreamViewType::ALL[..]);
    let created = (-10_000_000_000_i64..10_000_000_000, 0_u32..100_000).prop_map(|(s, parts)| (s, parts * 10_000));
    let head = (
        text(),
        event_name(),
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(stream_arn()),
        option::of((text(), text())),
    );
    let tail = (
        option::of(created),
        key_item(),
        option::of(item()),
        option::of(item()),
        sequence_number(),
        option::of(any::<u64>()),
        option::of(view_type),
    );
    (head, tail).prop_map(|(head, tail)| {
        let (event_id, event_name, event_version, event_source, region, arn, identity) = head;
        let (created, keys, new_image, old_image, sequence, size_bytes, view_type) = tail;
        Change {
            event_id,
            event_name,
            event_version,
            event_source,
            region,
            arn,
            identity,
            created,
            keys,
            new_image,
            old_image,
            sequence,
            size_bytes,
            view_type,
        }
    })
}
