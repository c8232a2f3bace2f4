//! From owned items to the tape of a record.

use super::{AttributeValue, Item};
use crate::{
    Path, Segment,
    tape::{Node, Payload, Run, Tag, TapeBuilder, TooLarge},
};

/// Levels of maps and lists that a record may have. DynamoDB allows 32.
pub(crate) const MAX_DEPTH: usize = 32;

/// An item that DynamoDB could not hold, so no record can be made of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// A set without elements.
    #[error("{path}: a set is empty, which DynamoDB does not allow")]
    EmptySet {
        /// Where it stands.
        path: Path,
    },
    /// More than 32 levels of maps and lists.
    #[error("{path}: more than 32 levels of maps and lists")]
    TooDeep {
        /// Where the limit was passed.
        path: Path,
    },
    /// A name above 64 KB, or more than 2 GiB of data.
    #[error("a name or the item is too large")]
    TooLarge,
    /// A creation time too far from today, or with a billion nanoseconds or more.
    #[error("the creation time is out of range")]
    CreationTime,
    /// Not one or two attributes of type S, N or B.
    #[error("a key is one or two attributes of type S, N or B")]
    NotAKey,
}

impl From<TooLarge> for ItemError {
    fn from(TooLarge: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl ItemError {
    fn under(self, segment: impl FnOnce() -> Segment) -> Self {
        let prefix = |path: Path| std::iter::once(segment()).chain(path.segments().iter().cloned()).collect();
        match self {
            Self::EmptySet { path } => Self::EmptySet { path: prefix(path) },
            Self::TooDeep { path } => Self::TooDeep { path: prefix(path) },
            other => other,
        }
    }
}

impl TapeBuilder {
    /// Copies an item in.
    pub(crate) fn item(&mut self, item: &Item) -> Result<Run, ItemError> {
        self.attributes(item, 0)
    }

    fn attributes(&mut self, item: &Item, depth: usize) -> Result<Run, ItemError> {
        let mark = self.open();
        for (name, value) in item {
            let payload = self.value(value, depth).map_err(|e| e.under(|| name.as_str().into()))?;
            self.push_named(name, payload)?;
        }
        Ok(self.close(mark)?)
    }

    /// `depth`: how many maps and lists stand around the value.
    fn value(&mut self, value: &AttributeValue, depth: usize) -> Result<Payload, ItemError> {
        let nested = matches!(value, AttributeValue::L(_) | AttributeValue::M(_));
        if nested && depth >= MAX_DEPTH {
            return Err(ItemError::TooDeep { path: Path::root() });
        }
        Ok(match value {
            AttributeValue::S(text) => Payload::span(Tag::S, self.text(text)?),
            AttributeValue::N(number) => Payload::span(Tag::N, self.text(&number.as_str())?),
            AttributeValue::B(bytes) => self.bytes_value(bytes)?,
            AttributeValue::Bool(true) => Payload::plain(Tag::True),
            AttributeValue::Bool(false) => Payload::plain(Tag::False),
            AttributeValue::Null => Payload::plain(Tag::Null),
            AttributeValue::Ss(set) => {
                self.elements(Tag::Ss, set, |b, text| Ok(Payload::span(Tag::S, b.text(text)?)))?
            }
            AttributeValue::Ns(set) => {
                self.elements(Tag::Ns, set, |b, number| Ok(Payload::span(Tag::N, b.text(&number.as_str())?)))?
            }
            AttributeValue::Bs(set) => self.elements(Tag::Bs, set, |b, bytes| b.bytes_value(bytes))?,
            AttributeValue::M(item) => Payload::run(Tag::M, self.attributes(item, depth + 1)?),
            AttributeValue::L(list) => {
                let mark = self.open();
                for (i, element) in list.iter().enumerate() {
                    let payload = self.value(element, depth + 1).map_err(|e| e.under(|| i.into()))?;
                    self.push(Node::element(payload));
                }
                Payload::run(Tag::L, self.close(mark)?)
            }
        })
    }

    fn elements<'s, T: 's>(
        &mut self,
        tag: Tag,
        set: impl IntoIterator<Item = &'s T>,
        payload: impl Fn(&mut Self, &T) -> Result<Payload, ItemError>,
    ) -> Result<Payload, ItemError> {
        let mark = self.open();
        for element in set {
            let payload = payload(self, element)?;
            self.push(Node::element(payload));
        }
        if self.len_since(mark) == 0 {
            return Err(ItemError::EmptySet { path: Path::root() });
        }
        Ok(self.set(tag, mark)?)
    }

    pub(crate) fn bytes_value(&mut self, bytes: &[u8]) -> Result<Payload, ItemError> {
        let span = self.binary(bytes.len(), |buffer| {
            buffer.extend_from_slice(bytes);
            Ok::<_, ItemError>(())
        })?;
        Ok(Payload::span(Tag::B, span))
    }
}
