//! How a record is seen through a filter, a route or a transformation.
//!
//! A layer that hands a record on otherwise than it came must keep what identifies the change, or fences and
//! deduplication behind it break. So a view never alters its origin: it hides an image, or puts other images in front.

use super::{ChangeRecord, Entry, Event, Hidden, Origin};
use crate::{EventName, Item, ItemError, SequenceNumber, tape::TapeBuilder};
use std::{borrow::Cow, sync::Arc};

/// How an item passes a boundary: a filter's, a group's, a route's or a key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// It was outside before the change and is inside after it.
    Enter,
    /// It is where it was.
    Stay,
    /// It goes from one place inside to another.
    Move,
    /// It was inside before the change and is outside after it.
    Leave,
}

impl Transition {
    /// The transition of an item that was at `old` and is at `new`; `None` is outside. An item that is outside before
    /// and after has no transition.
    pub fn between<T: PartialEq>(old: Option<T>, new: Option<T>) -> Option<Self> {
        match (old, new) {
            (None, None) => None,
            (None, Some(_)) => Some(Self::Enter),
            (Some(_), None) => Some(Self::Leave),
            (Some(old), Some(new)) => Some(if old == new { Self::Stay } else { Self::Move }),
        }
    }
}

/// What a fence compares between two changes of one item: stream label, sequence number and part.
///
/// Order is label, then sequence number by its value, then part: a stream that was enabled again has a later label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version<'a> {
    /// The label of the stream, empty where the record names no stream.
    pub label: Cow<'a, str>,
    /// The sequence number of the change.
    pub sequence: SequenceNumber,
    /// 0, or which part when one change became two.
    pub part: u8,
}

impl Version<'_> {
    /// The same version, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Version<'static> {
        Version { label: Cow::Owned(self.label.into_owned()), ..self }
    }
}

impl ChangeRecord {
    /// The same change, seen as an insert: the item was not there for who sees it. The old image is hidden.
    #[must_use]
    pub fn entering(&self) -> Self {
        Self { hidden: Hidden::Old, ..self.clone() }
    }

    /// The same change, seen as a removal: the item is gone for who sees it. The new image is hidden.
    #[must_use]
    pub fn leaving(&self) -> Self {
        Self { hidden: Hidden::New, ..self.clone() }
    }

    /// The same change under another key and with other images. The event name stays as it is seen now.
    ///
    /// # Errors
    /// [`ItemError`] if the key is no key, or an image is nothing that DynamoDB could hold.
    pub fn derive(&self, key: &Item, old: Option<&Item>, new: Option<&Item>) -> Result<Self, ItemError> {
        let mut tape = TapeBuilder::default();
        let keys = tape.key(key)?;
        let old_image = old.map(|item| tape.item(item)).transpose()?;
        let new_image = new.map(|item| tape.item(item)).transpose()?;
        let entry = Entry {
            keys,
            old_image,
            new_image,
            part: self.part,
            origin: Origin::Record(self.origin()),
            ..Entry::new(self.event_name())
        };
        let event = Event { tape: tape.finish(), entries: vec![entry], arns: Vec::new() };
        Ok(Self::new(Arc::new(event), 0, self.part))
    }

    /// The same change, numbered as one of the parts that it was split into.
    #[must_use]
    pub fn with_part(mut self, part: u8) -> Self {
        self.part = part;
        self
    }

    /// Which part of its change this is; 0 unless it was split.
    pub const fn part(&self) -> u8 {
        self.part
    }

    /// The record as received.
    #[must_use]
    pub fn origin(&self) -> Self {
        match &self.entry().origin {
            Origin::Itself => Self::new(Arc::clone(&self.event), self.index, 0),
            Origin::Entry(index) => Self::new(Arc::clone(&self.event), *index, 0),
            Origin::Record(record) => record.clone(),
        }
    }

    /// Whether it is seen otherwise than it was received.
    pub fn is_view(&self) -> bool {
        self.hidden != Hidden::Nothing || self.part != 0 || !matches!(self.entry().origin, Origin::Itself)
    }

    /// How what is seen differs from what was received.
    ///
    /// `Enter`: a `MODIFY` that reads as an `INSERT`. `Leave`: a `MODIFY` that reads as a `REMOVE`. `Move`: it reads as
    /// what it was received as, under another key. `Stay`: anything else.
    pub fn transition(&self) -> Transition {
        match (self.received().1.event_name, self.event_name()) {
            (EventName::Modify, EventName::Insert) => Transition::Enter,
            (EventName::Modify, EventName::Remove) => Transition::Leave,
            _ if self.is_view() && self.key() != self.origin().key() => Transition::Move,
            _ => Transition::Stay,
        }
    }

    /// What a fence compares. It is that of the origin, with the part.
    pub fn version(&self) -> Version<'_> {
        let label = self.stream_arn().map_or("", |arn| arn.label());
        Version { label: Cow::Borrowed(label), sequence: self.sequence_number(), part: self.part }
    }
}
