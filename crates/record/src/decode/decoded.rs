use super::Malformed;
use crate::ChangeRecord;

/// The records of one event, page or file line, in order: those that could be decoded, and those that could not, each
/// with its place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    records: Vec<ChangeRecord>,
    malformed: Vec<Malformed>,
}

impl Decoded {
    pub(crate) const fn new(records: Vec<ChangeRecord>, malformed: Vec<Malformed>) -> Self {
        Self { records, malformed }
    }

    /// How many records the event holds, malformed ones counted.
    pub const fn len(&self) -> usize {
        self.records.len() + self.malformed.len()
    }

    /// Whether the event holds no record.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records that could be decoded, in order.
    pub fn records(&self) -> &[ChangeRecord] {
        &self.records
    }

    /// The records that could not be decoded, in order.
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// All of them in the order of the event.
    pub fn iter(&self) -> impl Iterator<Item = Result<&ChangeRecord, &Malformed>> {
        let (mut records, mut malformed) = (self.records.iter(), self.malformed.iter().peekable());
        (0..self.len()).filter_map(move |at| match malformed.next_if(|malformed| malformed.position == at) {
            Some(malformed) => Some(Err(malformed)),
            None => records.next().map(Ok),
        })
    }

    /// The records and the malformed ones, owned.
    pub fn into_parts(self) -> (Vec<ChangeRecord>, Vec<Malformed>) {
        (self.records, self.malformed)
    }
}
