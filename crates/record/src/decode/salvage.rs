//! What can be known of a malformed record.

use super::{Parsed, value::Reader};
use crate::{
    AttributeValue, Item, ItemKey, Number, SequenceNumber,
    tape::{Run, Tag},
};

/// The parts of a malformed record that could be read.
#[derive(Debug, Default)]
pub(super) struct Salvaged {
    pub(super) event_id: Option<String>,
    pub(super) sequence_number: Option<SequenceNumber>,
    pub(super) key: Option<ItemKey>,
}

impl Reader<'_> {
    /// Reads the record at the cursor once more, and goes over whatever is wrong in it.
    pub(super) fn salvage(&mut self) -> Salvaged {
        let mut found = Salvaged::default();
        // Where even brackets and quotes do not close, what was found so far is all there is.
        let _ = self.loose_members(|reader, name| match name {
            "eventID" => found.event_id = reader.attempt(Self::optional_text).map(|id| reader.str(id).to_owned()),
            "dynamodb" => {
                // Of two the last counts, and it may lack what the first has.
                (found.sequence_number, found.key) = (None, None);
                let _ = reader.loose_members(|reader, name| match name {
                    "SequenceNumber" => {
                        let span = reader.attempt(Self::sequence);
                        found.sequence_number = span.map(|span| SequenceNumber::trusted(reader.str(span)));
                    }
                    "Keys" => found.key = reader.attempt(Self::keys).and_then(|run| reader.item_key(run)),
                    _ => {}
                });
            }
            _ => {}
        });
        found
    }

    /// Lets `read` look at the value of each member of a map, then goes over the value, however wrong it is.
    fn loose_members(&mut self, mut read: impl FnMut(&mut Self, &str)) -> Parsed<()> {
        self.scan.expect(b'{', "a map")?;
        while self.scan.peek() == Some(b'"') {
            let start = self.scan.at();
            let name = self.scan.string().ok().and_then(|token| self.plain(token).ok());
            self.scan.go_to(start);
            self.scan.skip_loosely()?;
            self.scan.expect(b':', "a colon")?;
            let value = self.scan.at();
            read(self, name.as_deref().unwrap_or_default());
            self.scan.go_to(value);
            self.scan.skip_loosely()?;
            self.scan.take(b',');
        }
        Ok(())
    }

    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<Option<T>>) -> Option<T> {
        read(self).ok().flatten()
    }

    fn item_key(&self, run: Run) -> Option<ItemKey> {
        let attributes = self.tape.nodes(run).iter().map(|node| {
            let text = || self.str(node.span());
            let value = match node.tag() {
                Tag::N => AttributeValue::N(Number::parse(text()).ok()?),
                Tag::B => AttributeValue::B(self.tape.bytes(node.span()).to_vec()),
                _ => AttributeValue::S(text().to_owned()),
            };
            Some((self.str(node.name()), value))
        });
        ItemKey::try_from(&attributes.collect::<Option<Item>>()?).ok()
    }
}
