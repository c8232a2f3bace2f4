use super::DecodeError;
use crate::{ItemKey, SequenceNumber};
use std::fmt;

/// A record that could not be decoded, in the place where it stood.
///
/// It holds what can be known of it, so that it can be parked and found again; its neighbours are not touched.
#[derive(Clone, PartialEq, Eq)]
pub struct Malformed {
    pub(crate) position: usize,
    pub(crate) sequence_number: Option<SequenceNumber>,
    pub(crate) event_id: Option<String>,
    pub(crate) key: Option<ItemKey>,
    pub(crate) raw: Box<[u8]>,
    pub(crate) error: DecodeError,
}

impl Malformed {
    /// Its position among all records of its event, counted from 0.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The sequence number, where it could be read. Without it a Lambda function cannot name the record as failed.
    pub const fn sequence_number(&self) -> Option<SequenceNumber> {
        self.sequence_number
    }

    /// The event id, where it could be read.
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// The item key, where it could be read: with it, later changes of the same item can be held back.
    pub const fn key(&self) -> Option<&ItemKey> {
        self.key.as_ref()
    }

    /// The bytes of the record as they came, which need not be UTF-8. A record of the Streams API, which comes as no
    /// bytes, stands here in the form of an element of a Lambda event.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What is wrong with it, and where.
    pub const fn error(&self) -> &DecodeError {
        &self.error
    }
}

impl fmt::Debug for Malformed {
    /// Names the record without showing its item: key and bytes may hold what must not stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Malformed")
            .field("position", &self.position)
            .field("event_id", &self.event_id)
            .field("sequence_number", &self.sequence_number)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
