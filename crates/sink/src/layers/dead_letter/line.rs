//! Events as lines of a journal, one JSON object each: `{"op":"park","letter":{...}}`.
//!
//! `jq -r 'select(.op == "park") | .letter.error.message' letters.ndjson` tells why records were parked.

use super::json::{Members, time};
use super::queues::Event;
use super::{Discarded, Generation, Letter, LetterError, Revision};
use dynacdc_record::ItemKey;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The first line of every journal, without its end.
pub(super) const HEADER: &str = r#"{"op":"journal","version":1}"#;

impl Event {
    /// Adds the event and the end of the line.
    pub(super) fn write_line(&self, text: &mut String) {
        // Of a map with text for keys nothing can fail.
        text.push_str(&serde_json::to_string(self).unwrap_or_default());
        text.push('\n');
    }

    pub(super) fn read_line(line: &str) -> Result<Self, LetterError> {
        let members = Members::read(line, "")?;
        let letter = || Letter::from_json(members.raw("letter")?.get());
        let revision = || members.value("revision").map(Revision);
        let event = match members.value::<String>("op")?.as_str() {
            "park" => Self::Parked(letter()?),
            "remove" => Self::Removed { key: key(&members)?, revision: revision()? },
            "discard" => Self::Discarded {
                key: key(&members)?,
                revision: revision()?,
                reason: members.value("reason")?,
                at: members.time("at")?,
            },
            "unpark" => Self::Unparked(key(&members)?),
            "hold" => Self::Held(key(&members)?),
            "discarded" => {
                Self::Gone(Discarded { letter: letter()?, reason: members.value("reason")?, at: members.time("at")? })
            }
            "count" => {
                let generation = members.value("generation").map(Generation)?;
                Self::Counted { generation, revision: revision()? }
            }
            _ => return Err(members.unread("op")),
        };
        Ok(event)
    }
}

fn key(members: &Members<'_>) -> Result<ItemKey, LetterError> {
    members.value::<String>("key")?.parse().map_err(|_| members.unread("key"))
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Parked(letter) => {
                map.serialize_entry("op", "park")?;
                map.serialize_entry("letter", letter)?;
            }
            Self::Removed { key, revision } => {
                map.serialize_entry("op", "remove")?;
                map.serialize_entry("key", &key.to_string())?;
                map.serialize_entry("revision", &revision.0)?;
            }
            Self::Discarded { key, revision, reason, at } => {
                map.serialize_entry("op", "discard")?;
                map.serialize_entry("key", &key.to_string())?;
                map.serialize_entry("revision", &revision.0)?;
                map.serialize_entry("reason", reason)?;
                map.serialize_entry("at", &time(*at))?;
            }
            Self::Unparked(key) => {
                map.serialize_entry("op", "unpark")?;
                map.serialize_entry("key", &key.to_string())?;
            }
            Self::Held(key) => {
                map.serialize_entry("op", "hold")?;
                map.serialize_entry("key", &key.to_string())?;
            }
            Self::Gone(Discarded { letter, reason, at }) => {
                map.serialize_entry("op", "discarded")?;
                map.serialize_entry("letter", letter)?;
                map.serialize_entry("reason", reason)?;
                map.serialize_entry("at", &time(*at))?;
            }
            Self::Counted { generation, revision } => {
                map.serialize_entry("op", "count")?;
                map.serialize_entry("generation", &generation.0)?;
                map.serialize_entry("revision", &revision.0)?;
            }
        }
        map.end()
    }
}
