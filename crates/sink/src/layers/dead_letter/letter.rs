use super::{Place, Revision};
use crate::{Class, Lane, SinkError};
use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, ItemKey};

/// What a layer hands to a store to be parked.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// The record as the layer saw it. [`ChangeRecord::origin`] gives it as received.
    pub record: ChangeRecord,
    /// The lane that the record was first delivered on.
    pub lane: Lane,
    /// The epoch of the record, 0 where nothing counts epochs.
    pub epoch: u64,
    /// Why the record failed; none if it only waits behind another one of its key.
    pub error: Option<ParkedError>,
    /// The time of parking.
    pub at: DateTime<Utc>,
}

/// A parked record.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The record as the layer saw it. [`ChangeRecord::origin`] gives it as received.
    pub record: ChangeRecord,
    /// The lane that the record was first delivered on.
    pub lane: Lane,
    /// The epoch of the record, 0 where nothing counts epochs.
    pub epoch: u64,
    /// Why the record failed last; none if it only waits behind another one of its key.
    pub error: Option<ParkedError>,
    /// How often it was parked: once, and again for every delivery that brought it here once more.
    pub attempts: u32,
    /// When it was parked first.
    pub first_parked: DateTime<Utc>,
    /// When it was parked last.
    pub last_parked: DateTime<Utc>,
    /// Another one with every parking.
    pub revision: Revision,
}

/// A letter that was thrown away by somebody, with the reason that was given.
#[derive(Debug, Clone)]
pub struct Discarded {
    /// The letter as it was.
    pub letter: Letter,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The error that a record was parked for, as text: what a store can keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedError {
    /// The class of the error.
    pub class: Class,
    /// The error and all sources behind it.
    pub message: String,
}

/// A stored letter does not read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("not a letter: {reason}")]
#[non_exhaustive]
pub struct LetterError {
    /// What is wrong, without values of the item.
    pub reason: String,
}

impl NewLetter {
    /// The item key whose queue the letter belongs to.
    pub fn key(&self) -> ItemKey {
        self.record.item_key()
    }

    /// The place in that queue.
    pub fn place(&self) -> Place {
        Place::of(&self.record, self.epoch)
    }
}

impl Letter {
    /// The item key whose queue the letter is in.
    pub fn key(&self) -> ItemKey {
        self.record.item_key()
    }

    /// The place in that queue.
    pub fn place(&self) -> Place {
        Place::of(&self.record, self.epoch)
    }
}

impl From<&SinkError> for ParkedError {
    fn from(error: &SinkError) -> Self {
        Self { class: error.class(), message: format!("{error:#}") }
    }
}
