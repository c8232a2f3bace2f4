use dynacdc_record::ChangeRecord;
use std::{fmt, sync::Arc};

/// What names one effect of one change: who wants it, and which change it is.
///
/// The part is in it, since a change that was split into two has two effects; so is the stream's label, since ids of
/// events are not promised to differ between streams.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId {
    /// Who wants the effect. Two branches of a fan-out are two consumers.
    pub consumer: Arc<str>,
    /// The label of the stream, empty where the record names no stream.
    pub label: Box<str>,
    /// The id of the stream's event.
    pub event_id: Box<str>,
    /// Which part of the change, 0 unless it was split.
    pub part: u8,
}

impl EffectId {
    /// The effect that a record has for a consumer.
    pub fn of(consumer: &Arc<str>, record: &ChangeRecord) -> Self {
        Self {
            consumer: Arc::clone(consumer),
            label: record.stream_arn().map_or("", |arn| arn.label()).into(),
            event_id: record.event_id().into(),
            part: record.part(),
        }
    }
}

impl fmt::Display for EffectId {
    /// Different for different effects as long as no consumer's name, label or event id holds a `|`: for keys of stores.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}|{}", self.consumer, self.label, self.event_id, self.part)
    }
}
