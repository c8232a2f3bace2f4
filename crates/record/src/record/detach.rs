//! Copying one record out of the buffer of its event.

use super::{ChangeRecord, Entry, Event, Identity, Origin};
use crate::{
    ItemError, Map, Value,
    tape::{Node, Payload, Run, Span, Tag, TapeBuilder},
};
use std::sync::Arc;

impl ChangeRecord {
    /// A copy with a buffer of its own, so that keeping it does not keep the buffer of its whole event alive.
    #[must_use]
    pub fn detach(&self) -> Self {
        // A record that exists fits into a tape, so the copy does too.
        self.copied().unwrap_or_else(|_| self.clone())
    }

    fn copied(&self) -> Result<Self, ItemError> {
        let mut tape = TapeBuilder::default();
        let mut entries = vec![self.origin().copy_received(&mut tape)?];
        if !matches!(self.entry().origin, Origin::Itself) {
            let seen = Entry { part: self.part, origin: Origin::Entry(0), ..self.copy_images(&mut tape)? };
            entries.push(seen);
        }
        let index = if entries.len() == 1 { 0 } else { 1 };
        let arns = self.stream_arn().cloned().into_iter().collect();
        let event = Event { tape: tape.finish(), entries, arns };
        Ok(Self { hidden: self.hidden, ..Self::new(Arc::new(event), index, self.part) })
    }

    fn copy_received(&self, tape: &mut TapeBuilder) -> Result<Entry, ItemError> {
        let mut copy = |text: Option<&str>| text.map(|text| tape.text(text)).transpose();
        let identity = match self.user_identity() {
            Some(who) => Some((copy(Some(who.kind))?, copy(Some(who.principal_id))?)),
            None => None,
        };
        let received = Entry {
            event_id: copy(Some(self.event_id()))?.unwrap_or_default(),
            event_version: copy(self.event_version())?,
            event_source: copy(self.event_source())?,
            region: copy(self.region())?,
            source_arn: copy(self.source_arn())?,
            arn: self.stream_arn().map(|_| 0),
            identity: identity.map(|(kind, principal)| Identity {
                kind: kind.unwrap_or_default(),
                principal: principal.unwrap_or_default(),
            }),
            created: self.received().1.created,
            sequence: copy(Some(self.sequence_number().as_str()))?.unwrap_or_default(),
            size_bytes: self.size_bytes(),
            view_type: self.view_type(),
            ..self.copy_images(tape)?
        };
        Ok(received)
    }

    /// An entry with event name, key and images alone.
    fn copy_images(&self, tape: &mut TapeBuilder) -> Result<Entry, ItemError> {
        let entry = self.entry();
        let event = &self.event;
        let mut copy = |run: Option<Run>| run.map(|run| tape.map(Map::new(&event.tape, run))).transpose();
        Ok(Entry {
            keys: copy(Some(entry.keys))?.unwrap_or_default(),
            new_image: copy(entry.new_image)?,
            old_image: copy(entry.old_image)?,
            ..Entry::new(entry.event_name)
        })
    }
}

impl TapeBuilder {
    /// Copies a map of another tape in.
    pub(crate) fn map(&mut self, map: Map<'_>) -> Result<Run, ItemError> {
        let mark = self.open();
        for (name, value) in map {
            let payload = self.borrowed(value)?;
            self.push_named(name, payload)?;
        }
        Ok(self.close(mark)?)
    }

    fn borrowed(&mut self, value: Value<'_>) -> Result<Payload, ItemError> {
        let payload = |tag, span: Span| Payload::span(tag, span);
        Ok(match value {
            Value::S(text) => payload(Tag::S, self.text(text)?),
            Value::N(number) => payload(Tag::N, self.text(number.as_str())?),
            Value::B(bytes) => self.bytes_value(bytes)?,
            Value::Bool(true) => Payload::plain(Tag::True),
            Value::Bool(false) => Payload::plain(Tag::False),
            Value::Null => Payload::plain(Tag::Null),
            Value::Ss(set) => self.copies(Tag::Ss, set.iter().map(Value::S))?,
            Value::Ns(set) => self.copies(Tag::Ns, set.iter().map(Value::N))?,
            Value::Bs(set) => self.copies(Tag::Bs, set.iter().map(Value::B))?,
            Value::L(list) => self.copies(Tag::L, list.iter())?,
            Value::M(map) => Payload::run(Tag::M, self.map(map)?),
        })
    }

    fn copies<'v>(&mut self, tag: Tag, elements: impl Iterator<Item = Value<'v>>) -> Result<Payload, ItemError> {
        let mark = self.open();
        for element in elements {
            let payload = self.borrowed(element)?;
            self.push(Node::element(payload));
        }
        Ok(self.set(tag, mark)?)
    }
}
