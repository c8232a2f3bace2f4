//! Changes as Lambda event JSON, each time in another of the forms that mean the same.

use crate::strategies::Change;
use dynacdc_record::{AttributeValue, Item};
use std::fmt::Write;

/// Decides on white space, order, escapes and additions.
pub(crate) struct Renderer {
    state: u64,
}

impl Renderer {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below `sides` (splitmix64).
    fn roll(&mut self, sides: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    pub(crate) fn event(&mut self, changes: &[Change]) -> String {
        let records: Vec<_> = changes.iter().map(|change| self.record(change)).collect();
        let records = self.list(records);
        self.map(vec![("Records".to_owned(), records)], "[{}]")
    }

    pub(crate) fn record(&mut self, change: &Change) -> String {
        let mut members = vec![
            ("eventID".to_owned(), self.string(&change.event_id)),
            ("eventName".to_owned(), self.string(change.event_name.as_str())),
            ("dynamodb".to_owned(), self.change(change)),
        ];
        for (name, text) in [
            ("eventVersion", change.event_version.as_deref()),
            ("eventSource", change.event_source.as_deref()),
            ("awsRegion", change.region.as_deref()),
            ("eventSourceARN", change.arn.as_ref().map(|arn| arn.as_str())),
        ] {
            if let Some(text) = text {
                members.push((name.to_owned(), self.string(text)));
            } else if self.roll(2) == 0 {
                members.push((name.to_owned(), "null".to_owned()));
            }
        }
        if let Some((kind, principal)) = &change.identity {
            let identity =
                vec![("type".to_owned(), self.string(kind)), ("principalId".to_owned(), self.string(principal))];
            members.push(("userIdentity".to_owned(), self.map(identity, "null")));
        }
        self.map(members, "null")
    }

    fn change(&mut self, change: &Change) -> String {
        let mut members = vec![
            ("Keys".to_owned(), self.item(&change.keys)),
            ("SequenceNumber".to_owned(), self.string(change.sequence.as_str())),
        ];
        for (name, image) in [("NewImage", &change.new_image), ("OldImage", &change.old_image)] {
            if let Some(image) = image {
                members.push((name.to_owned(), self.item(image)));
            }
        }
        if let Some((seconds, nanos)) = change.created {
            members.push(("ApproximateCreationDateTime".to_owned(), self.time(seconds, nanos)));
        }
        if let Some(size) = change.size_bytes {
            members.push(("SizeBytes".to_owned(), size.to_string()));
        }
        if let Some(view_type) = change.view_type {
            members.push(("StreamViewType".to_owned(), self.string(view_type.as_str())));
        }
        self.map(members, "null")
    }

    fn time(&mut self, seconds: i64, nanos: u32) -> String {
        let micros = i128::from(seconds) * 1_000_000 + i128::from(nanos / 1000);
        match self.roll(3) {
            0 => format!("{micros}e-6"),
            1 => format!("{}.0E-8", micros * 100),
            _ => {
                let sign = if micros < 0 { "-" } else { "" };
                format!("{sign}{}.{:06}", micros.abs() / 1_000_000, micros.abs() % 1_000_000)
            }
        }
    }

    fn item(&mut self, item: &Item) -> String {
        let mut members: Vec<(String, String)> =
            item.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
        self.shuffle(&mut members);
        // What an earlier attribute of the same name says does not count.
        if !members.is_empty() && self.roll(4) == 0 {
            let (twice, value) = (self.roll(members.len()), self.roll(members.len()));
            let earlier = (members[twice].0.clone(), members[value].1.clone());
            members.insert(self.roll(twice + 1), earlier);
        }
        self.members(members)
    }

    fn value(&mut self, value: &AttributeValue) -> String {
        let (tag, value) = match value {
            AttributeValue::S(text) => ("S", self.string(text)),
            AttributeValue::N(number) => ("N", self.string(&number.as_str())),
            AttributeValue::B(bytes) => ("B", self.bytes(bytes)),
            AttributeValue::Bool(value) => ("BOOL", value.to_string()),
            AttributeValue::Null => ("NULL", "true".to_owned()),
            AttributeValue::Ss(set) => {
                let set = set.iter().map(|text| self.string(text)).collect();
                ("SS", self.set(set))
            }
            AttributeValue::Ns(set) => {
                let set = set.iter().map(|number| self.string(&number.as_str())).collect();
                ("NS", self.set(set))
            }
            AttributeValue::Bs(set) => {
                let set = set.iter().map(|bytes| self.bytes(bytes)).collect();
                ("BS", self.set(set))
            }
            AttributeValue::L(list) => {
                let list = list.iter().map(|value| self.value(value)).collect();
                ("L", self.list(list))
            }
            AttributeValue::M(map) => ("M", self.item(map)),
        };
        self.members(vec![(tag.to_owned(), value)])
    }

    fn bytes(&mut self, bytes: &[u8]) -> String {
        use base64::{Engine, engine::general_purpose::STANDARD};
        self.string(&STANDARD.encode(bytes))
    }

    fn set(&mut self, mut elements: Vec<String>) -> String {
        self.shuffle(&mut elements);
        self.list(elements)
    }

    fn list(&mut self, elements: Vec<String>) -> String {
        let elements: Vec<_> = elements.into_iter().map(|element| self.spaced(&element)).collect();
        if elements.is_empty() { format!("[{}]", self.space()) } else { format!("[{}]", elements.join(",")) }
    }

    /// Members of which the readers know the names: among them may be others, and earlier ones of the same name.
    fn map(&mut self, mut members: Vec<(String, String)>, earlier: &str) -> String {
        while self.roll(4) == 0 {
            let junk = [r#"{"a":[1,-2.5e3,{}]}"#, "[]", "\"\\u00e9{\"", "0", "null", "false"][self.roll(6)];
            members.push((format!("x{}", self.roll(100)), junk.to_owned()));
        }
        self.shuffle(&mut members);
        if self.roll(4) == 0 {
            let twice = self.roll(members.len());
            members.insert(self.roll(twice + 1), (members[twice].0.clone(), earlier.to_owned()));
        }
        self.members(members)
    }

    fn members(&mut self, members: Vec<(String, String)>) -> String {
        let members: Vec<_> = members
            .into_iter()
            .map(|(name, value)| {
                let name = self.string(&name);
                format!("{}:{}", self.spaced(&name), self.spaced(&value))
            })
            .collect();
        if members.is_empty() { format!("{{{}}}", self.space()) } else { format!("{{{}}}", members.join(",")) }
    }

    fn string(&mut self, text: &str) -> String {
        let mut json = "\"".to_owned();
        let escapes = self.roll(2) == 0;
        for c in text.chars() {
            let short = match c {
                '"' => "\\\"",
                '\\' => "\\\\",
                '/' => "\\/",
                '\u{8}' => "\\b",
                '\u{c}' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => "",
            };
            let must = c < ' ' || c == '"' || c == '\\';
            match self.roll(6) {
                0 if escapes => {
                    c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(json, "\\u{unit:04x}").unwrap())
                }
                1 if escapes => {
                    c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(json, "\\u{unit:04X}").unwrap())
                }
                2 if !short.is_empty() => json.push_str(short),
                _ if must && short.is_empty() => write!(json, "\\u{:04x}", u32::from(c)).unwrap(),
                _ if must => json.push_str(short),
                _ => json.push(c),
            }
        }
        json + "\""
    }

    fn spaced(&mut self, text: &str) -> String {
        format!("{}{text}{}", self.space(), self.space())
    }

    fn space(&mut self) -> &'static str {
        ["", "", "", "", " ", "\n", "\t\r ", "    "][self.roll(8)]
    }

    fn shuffle<T>(&mut self, elements: &mut [T]) {
        for last in (1..elements.len()).rev() {
            elements.swap(last, self.roll(last + 1));
        }
    }
}
