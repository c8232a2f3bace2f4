//! One sequence of bytes per meaning, for hashing.
//!
//! A format of our own, small enough to be written in another language from its table. JSON lost: it has no bytes and
//! no sets, and its canonical form (RFC 8785) reads numbers as `f64`. DynamoDB's own encoding lost because it keeps
//! the notation of numbers and the order of attributes and sets.

use crate::{AttributeValue, Image, Item, Number, Value};
use std::fmt::Write;

/// The first byte. Another number would mean other hashes for the same items, so it changes with a major release only.
const VERSION: u8 = 1;

impl Image<'_> {
    /// The same bytes for images that mean the same, other bytes for others: what to hash or sign.
    ///
    /// Two images that are equal have equal canonical bytes, whatever the order of attributes and sets and the notation
    /// of numbers. The format is fixed: later releases write the same bytes under the same first byte.
    ///
    /// | part | bytes |
    /// |---|---|
    /// | image | the byte 1, which is the version of the format; a map |
    /// | map | a count; for each attribute, in the order of the UTF-8 bytes of the names, its name as a text, its value |
    /// | value | a letter for the type, then what the letter stands for |
    /// | `S` | a text |
    /// | `N` | a text: the [canonical text](crate::Number) of the number |
    /// | `B` | a text: the bytes themselves |
    /// | `T`, `F` | nothing: the booleans true and false |
    /// | `0` | nothing: the null value |
    /// | `s`, `n`, `b` | a set of strings, numbers or binary values: a count; the elements as texts as above, in the order of their bytes, each once |
    /// | `L` | a count; the values of a list in order |
    /// | `M` | a map |
    /// | text | a count of bytes; the bytes |
    /// | count | an unsigned LEB128 number in its shortest form |
    ///
    /// ```
    /// use dynacdc_record::{Number, item};
    ///
    /// let item = item! { "total" => Number::parse("1.50")?, "pk" => "A" };
    /// assert_eq!(item.canonical(), b"\x01\x02\x02pkS\x01A\x05totalN\x031.5");
    /// # Ok::<_, dynacdc_record::NumberError>(())
    /// ```
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_canonical(&mut bytes);
        bytes
    }

    /// Appends the [canonical](Self::canonical) bytes, to reuse memory or to hash more than the image.
    pub fn write_canonical(&self, bytes: &mut Vec<u8>) {
        bytes.push(VERSION);
        Writer::to(bytes).map(*self);
    }
}

impl Item {
    /// The same bytes as those of an image that means the same: see [`Image::canonical`](crate::Map::canonical).
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_canonical(&mut bytes);
        bytes
    }

    /// Appends the [canonical](Self::canonical) bytes, to reuse memory or to hash more than the item.
    pub fn write_canonical(&self, bytes: &mut Vec<u8>) {
        bytes.push(VERSION);
        Writer::to(bytes).item(self);
    }
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// The text of a number, whose length stands before it.
    digits: String,
}

impl<'o> Writer<'o> {
    const fn to(out: &'o mut Vec<u8>) -> Self {
        Self { out, digits: String::new() }
    }

    fn map(&mut self, map: Image<'_>) {
        let mut attributes: Vec<_> = map.iter().collect();
        attributes.sort_unstable_by_key(|(name, _)| *name);
        self.count(attributes.len());
        for (name, value) in attributes {
            self.text(name.as_bytes());
            self.value(value);
        }
    }

    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::S(text) => self.tagged(b'S', text.as_bytes()),
            Value::N(number) => self.number(&number.exact()),
            Value::B(bytes) => self.tagged(b'B', bytes),
            Value::Bool(true) => self.out.push(b'T'),
            Value::Bool(false) => self.out.push(b'F'),
            Value::Null => self.out.push(b'0'),
            Value::Ss(set) => self.set(b's', set.iter()),
            Value::Ns(set) => self.set(b'n', set.iter().map(|number| number.exact().to_string())),
            Value::Bs(set) => self.set(b'b', set.iter()),
            Value::L(list) => {
                self.out.push(b'L');
                self.count(list.len());
                list.iter().for_each(|element| self.value(element));
            }
            Value::M(map) => {
                self.out.push(b'M');
                self.map(map);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        // An item has its names in the order of their bytes already.
        self.count(item.len());
        for (name, value) in item {
            self.text(name.as_bytes());
            self.owned(value);
        }
    }

    fn owned(&mut self, value: &AttributeValue) {
        match value {
            AttributeValue::S(text) => self.tagged(b'S', text.as_bytes()),
            AttributeValue::N(number) => self.number(&number.canonical()),
            AttributeValue::B(bytes) => self.tagged(b'B', bytes),
            AttributeValue::Bool(true) => self.out.push(b'T'),
            AttributeValue::Bool(false) => self.out.push(b'F'),
            AttributeValue::Null => self.out.push(b'0'),
            AttributeValue::Ss(set) => self.set(b's', set.iter()),
            AttributeValue::Ns(set) => self.set(b'n', set.iter().map(|number| number.canonical().to_string())),
            AttributeValue::Bs(set) => self.set(b'b', set.iter()),
            AttributeValue::L(list) => {
                self.out.push(b'L');
                self.count(list.len());
                list.iter().for_each(|element| self.owned(element));
            }
            AttributeValue::M(item) => {
                self.out.push(b'M');
                self.item(item);
            }
        }
    }

    /// `number` has no text of its own, so that it prints its canonical text.
    fn number(&mut self, number: &Number) {
        self.digits.clear();
        // A `String` takes any text.
        let _ = write!(self.digits, "{number}");
        self.out.push(b'N');
        self.count(self.digits.len());
        self.out.extend_from_slice(self.digits.as_bytes());
    }

    fn set<T: AsRef<[u8]> + Ord>(&mut self, letter: u8, elements: impl Iterator<Item = T>) {
        // The order of strings is that of their bytes.
        let mut elements: Vec<T> = elements.collect();
        elements.sort_unstable();
        elements.dedup();
        self.out.push(letter);
        self.count(elements.len());
        elements.iter().for_each(|element| self.text(element.as_ref()));
    }

    fn tagged(&mut self, letter: u8, bytes: &[u8]) {
        self.out.push(letter);
        self.text(bytes);
    }

    fn text(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are meant")]
    fn count(&mut self, mut count: usize) {
        while count >= 0x80 {
            self.out.push(count as u8 | 0x80);
            count >>= 7;
        }
        self.out.push(count as u8);
    }
}
