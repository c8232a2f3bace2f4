use dynacdc_record::ChangeRecord;
use std::{
    fmt::{self, Write},
    hash::{Hash, Hasher},
    sync::Arc,
};

/// What names one effect of one change: who wants it, and which change it is.
///
/// The part is in it, since a change that was split into two has two effects; so is the stream's label, since ids of
/// events are not promised to differ between streams. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EffectId {
    /// Who wants the effect. Two branches of a fan-out are two consumers.
    pub consumer: Arc<str>,
    /// The label of the stream, empty where the record names no stream.
    pub label: Arc<str>,
    /// The id of the stream's event.
    pub event_id: Arc<str>,
    /// Which part of the change, 0 unless it was split.
    pub part: u8,
}

impl EffectId {
    /// The effect that a record has for a consumer.
    pub fn of(consumer: &Arc<str>, record: &ChangeRecord) -> Self {
        Self::with_label(consumer, label(record).into(), record)
    }

    /// Those of a batch. Its records are of one stream, whose label they share.
    pub(super) fn of_all(consumer: &Arc<str>, records: &[ChangeRecord]) -> Vec<Self> {
        let mut shared = Arc::from("");
        let of = |record| {
            let label = label(record);
            if *shared != *label {
                shared = label.into();
            }
            Self::with_label(consumer, Arc::clone(&shared), record)
        };
        records.iter().map(of).collect()
    }

    fn with_label(consumer: &Arc<str>, label: Arc<str>, record: &ChangeRecord) -> Self {
        Self { consumer: Arc::clone(consumer), label, event_id: record.event_id().into(), part: record.part() }
    }
}

fn label(record: &ChangeRecord) -> &str {
    record.stream_arn().map_or("", |arn| arn.label())
}

impl Hash for EffectId {
    /// Of what differs: consumers and labels in one map are few, and hashing them is most of the work.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.event_id.hash(state);
        self.part.hash(state);
    }
}

impl fmt::Display for EffectId {
    /// Different for different effects: for keys of stores. A `|` within a field is written as `%7C`, a `%` as `%25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for field in [&*self.consumer, &*self.label, &*self.event_id] {
            for character in field.chars() {
                match character {
                    '|' => f.write_str("%7C")?,
                    '%' => f.write_str("%25")?,
                    other => f.write_char(other)?,
                }
            }
            f.write_char('|')?;
        }
        write!(f, "{}", self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn id(consumer: &str, label: &str, event_id: &str, part: u8) -> EffectId {
        EffectId { consumer: consumer.into(), label: label.into(), event_id: event_id.into(), part }
    }

    #[test]
    fn different_effects_have_different_texts() {
        let ids = [
            id("mail", "2015-05-11T21:21:33.291", "1", 0),
            id("mail", "2015-05-11T21:21:33.291", "1", 1),
            id("mail|", "a", "1", 0),
            id("mail", "|a", "1", 0),
            id("mail", "a|", "1", 0),
            id("mail", "a", "|1", 0),
            id("mail%7C", "a", "1", 0),
            id("", "mail|a", "1", 0),
        ];

        let texts: HashSet<String> = ids.iter().map(ToString::to_string).collect();

        assert_eq!(texts.len(), ids.len(), "{texts:?}");
        assert!(texts.contains("mail|2015-05-11T21:21:33.291|1|1"), "{texts:?}");
    }
}
