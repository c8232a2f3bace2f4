use dynacdc_record::{ChangeRecord, Version};
use std::fmt;

/// Where a letter stands in the queue of its item key: by version, not by the time of parking, since a redelivery may
/// bring an older record later.
///
/// Order is epoch, stream label, sequence number, part. The label alone would do while a stream is only ever enabled
/// again, since labels are times; a fail-over to another Region may lead to an older label, and then the epoch that the
/// pattern counts comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// 0 where nothing counts epochs.
    pub epoch: u64,
    /// The version of the record.
    pub version: Version<'static>,
}

impl Place {
    /// The place of a record.
    pub fn of(record: &ChangeRecord, epoch: u64) -> Self {
        Self { epoch, version: record.version().into_owned() }
    }
}

impl fmt::Display for Place {
    /// A text whose order is that of the places: for keys of stores.
    ///
    /// A label holds no space, and a space is before every character that it can hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version { label, sequence, part } = &self.version;
        write!(f, "{:016x} {label} {} {part:03}", self.epoch, sequence.padded())
    }
}
