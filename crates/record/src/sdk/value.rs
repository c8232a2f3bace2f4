//! Values of the Streams API on a tape, with the rules of the JSON decoder.

use super::error::{fault, null, number};
use crate::{
    DecodeErrorKind as Kind,
    decode::{Parsed, Under},
    item::MAX_DEPTH,
    number::validate,
    tape::{Node, Payload, Run, Tag, TapeBuilder},
};
use aws_sdk_dynamodbstreams::types::AttributeValue;
use std::collections::HashMap;

pub(super) type Attributes = HashMap<String, AttributeValue>;

/// By name: a hash map has another order each time, and images whose attributes stand in one order compare faster.
pub(super) fn in_order(map: &Attributes) -> Vec<(&String, &AttributeValue)> {
    let mut attributes: Vec<_> = map.iter().collect();
    attributes.sort_unstable_by_key(|(name, _)| *name);
    attributes
}

impl TapeBuilder {
    /// Copies a map in. `depth` counts the maps and lists around its values.
    pub(super) fn attributes_of(&mut self, map: &Attributes, depth: usize) -> Parsed<Run> {
        let mark = self.open();
        for (name, value) in in_order(map) {
            let payload = self.value_of(value, depth).under(name.as_str())?;
            self.push_named(name, payload)?;
        }
        Ok(self.close(mark)?)
    }

    fn value_of(&mut self, value: &AttributeValue, depth: usize) -> Parsed<Payload> {
        let nested = matches!(value, AttributeValue::L(_) | AttributeValue::M(_));
        if nested && depth >= MAX_DEPTH {
            return fault(Kind::TooDeep(MAX_DEPTH));
        }
        match value {
            AttributeValue::S(text) => self.text_of(Tag::S, text),
            AttributeValue::N(text) => self.number_of(text),
            AttributeValue::B(blob) => self.bytes_of(blob.as_ref()),
            AttributeValue::Bool(value) => Ok(Payload::plain(if *value { Tag::True } else { Tag::False })),
            AttributeValue::Null(is_null) => null(*is_null).map(|()| Payload::plain(Tag::Null)),
            AttributeValue::Ss(set) => self.set_of(Tag::Ss, set, |tape, text| tape.text_of(Tag::S, text)),
            AttributeValue::Ns(set) => self.set_of(Tag::Ns, set, |tape, text| tape.number_of(text)),
            AttributeValue::Bs(set) => self.set_of(Tag::Bs, set, |tape, blob| tape.bytes_of(blob.as_ref())),
            AttributeValue::L(list) => self.elements_of(Tag::L, list, |tape, value| tape.value_of(value, depth + 1)),
            AttributeValue::M(map) => Ok(Payload::run(Tag::M, self.attributes_of(map, depth + 1)?)),
            _ => fault(Kind::UnknownType),
        }
    }

    fn text_of(&mut self, tag: Tag, text: &str) -> Parsed<Payload> {
        Ok(Payload::span(tag, self.text(text)?))
    }

    fn number_of(&mut self, text: &str) -> Parsed<Payload> {
        number(validate(text.as_bytes()))?;
        self.text_of(Tag::N, text)
    }

    fn bytes_of(&mut self, bytes: &[u8]) -> Parsed<Payload> {
        let span = self.binary(bytes.len(), |buffer| -> Parsed<()> {
            buffer.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(Payload::span(Tag::B, span))
    }

    fn set_of<E>(&mut self, tag: Tag, set: &[E], read: impl Fn(&mut Self, &E) -> Parsed<Payload>) -> Parsed<Payload> {
        if set.is_empty() { fault(Kind::EmptySet) } else { self.elements_of(tag, set, read) }
    }

    fn elements_of<E>(
        &mut self,
        tag: Tag,
        elements: &[E],
        read: impl Fn(&mut Self, &E) -> Parsed<Payload>,
    ) -> Parsed<Payload> {
        let mark = self.open();
        for (i, element) in elements.iter().enumerate() {
            let payload = read(self, element).under(i)?;
            self.push(Node::element(payload));
        }
        Ok(self.set(tag, mark)?)
    }
}
