use crate::shuffle::Shuffle;
use base64::{Engine, engine::general_purpose::STANDARD};

/// An attribute value as it goes into an event.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    S(String),
    N(String),
    B(Vec<u8>),
    Bool(bool),
    Null,
    Ss(Vec<String>),
    Ns(Vec<String>),
    Bs(Vec<Vec<u8>>),
    L(Vec<Self>),
    M(Item),
}

/// Attributes by name. No name is there twice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Item(Vec<(String, Value)>);

impl Item {
    pub(crate) fn put(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        match self.get(&name) {
            Some(old) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn get(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub(crate) fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned().collect())
    }

    /// About as DynamoDB counts: names and values in UTF-8, a byte for two digits, and a few for what holds others.
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.size()).sum()
    }

    /// Writes it as Lambda does, without white space, in the order of the shuffle.
    pub(crate) fn write(&self, shuffle: Shuffle, json: &mut String) {
        let mut attributes: Vec<&(String, Value)> = self.0.iter().collect();
        attributes.sort_by_key(|(name, _)| shuffle.place(name));
        json.push('{');
        for (i, (name, value)) in attributes.into_iter().enumerate() {
            json.push_str(if i == 0 { "\"" } else { ",\"" });
            json.push_str(name);
            json.push_str("\":");
            value.write(shuffle, json);
        }
        json.push('}');
    }
}

impl Value {
    fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(text) => text.len().div_ceil(2) + 1,
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::Ss(set) => set.iter().map(String::len).sum(),
            Self::Ns(set) => set.iter().map(|text| text.len().div_ceil(2) + 1).sum(),
            Self::Bs(set) => set.iter().map(Vec::len).sum(),
            Self::L(list) => 3 + list.iter().map(|value| value.size() + 1).sum::<usize>(),
            Self::M(map) => 3 + map.size() + map.0.len(),
        }
    }

    fn write(&self, shuffle: Shuffle, json: &mut String) {
        match self {
            Self::S(text) => tagged("S", json, |json| string(text, shuffle, json)),
            Self::N(text) => tagged("N", json, |json| string(text, shuffle, json)),
            Self::B(bytes) => tagged("B", json, |json| string(&STANDARD.encode(bytes), shuffle, json)),
            Self::Bool(true) => json.push_str(r#"{"BOOL":true}"#),
            Self::Bool(false) => json.push_str(r#"{"BOOL":false}"#),
            Self::Null => json.push_str(r#"{"NULL":true}"#),
            Self::Ss(set) => list("SS", set, json, |text, json| string(text, shuffle, json)),
            Self::Ns(set) => list("NS", set, json, |text, json| string(text, shuffle, json)),
            Self::Bs(set) => list("BS", set, json, |bytes, json| string(&STANDARD.encode(bytes), shuffle, json)),
            Self::L(values) => list("L", values, json, |value, json| value.write(shuffle, json)),
            Self::M(map) => tagged("M", json, |json| map.write(shuffle, json)),
        }
    }
}

fn tagged(tag: &str, json: &mut String, write: impl FnOnce(&mut String)) {
    json.extend(["{\"", tag, "\":"]);
    write(json);
    json.push('}');
}

fn list<T>(tag: &str, elements: &[T], json: &mut String, mut write: impl FnMut(&T, &mut String)) {
    tagged(tag, json, |json| {
        for (i, element) in elements.iter().enumerate() {
            json.push(if i == 0 { '[' } else { ',' });
            write(element, json);
        }
        json.push_str(if elements.is_empty() { "[]" } else { "]" });
    });
}

/// One in eight strings that are not all ASCII has `\u` escapes instead, surrogate pairs among them.
fn string(text: &str, shuffle: Shuffle, json: &mut String) {
    let escape_all = !text.is_ascii() && shuffle.place(text).is_multiple_of(8);
    json.push('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            _ if escape_all && !char.is_ascii() => {
                json.extend(char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            _ => json.push(char),
        }
    }
    json.push('"');
}
