//! Letters as JSON, for stores and for people.
//!
//! The record is nested as an object, so that a letter reads with any JSON tool. Errors name the member and never quote
//! it: the messages of `serde_json` do, and a letter is full of values of an item.

use super::{Letter, LetterError, ParkedError, Revision};
use crate::{Class, Lane, SubLane};
use chrono::{DateTime, SecondsFormat, Utc};
use dynacdc_record::{StreamArn, decode_record};
use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

impl Letter {
    /// The letter as a JSON object on one line. [`from_json`](Self::from_json) gives back an equal letter.
    ///
    /// Members: `record` as [`ChangeRecord::to_json`](dynacdc_record::ChangeRecord::to_json) writes it, `lane`, `epoch`,
    /// `error` where there is one, `attempts`, `first_parked` and `last_parked` as RFC 3339, `revision`. Of a lane that is
    /// a redrive the one behind it is written.
    pub fn to_json(&self) -> String {
        // Of a map with text for keys nothing can fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote, whatever the order and spacing. Members that are not known are
    /// passed over.
    ///
    /// # Errors
    /// [`LetterError`] naming the member that is missing or does not read.
    pub fn from_json(json: &str) -> Result<Self, LetterError> {
        let members = Members::read(json, "")?;
        let record = decode_record(members.raw("record")?.get())
            .map_err(|error| LetterError { reason: format!("`record` does not read: {error}") })?;
        Ok(Self {
            record,
            lane: lane(&Members::read(members.raw("lane")?.get(), "lane.")?)?,
            epoch: members.value("epoch")?,
            error: members.find("error").map(parked_error).transpose()?,
            attempts: members.value("attempts")?,
            first_parked: members.time("first_parked")?,
            last_parked: members.time("last_parked")?,
            revision: Revision(members.value("revision")?),
        })
    }
}

impl Serialize for Letter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = RawValue::from_string(self.record.to_json()).map_err(serde::ser::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", &record)?;
        map.serialize_entry("lane", &WrittenLane(self.lane.first()))?;
        map.serialize_entry("epoch", &self.epoch)?;
        if let Some(ParkedError { class, message }) = &self.error {
            map.serialize_entry("error", &BTreeMap::from([("class", class.as_str()), ("message", message.as_str())]))?;
        }
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("first_parked", &time(self.first_parked))?;
        map.serialize_entry("last_parked", &time(self.last_parked))?;
        map.serialize_entry("revision", &self.revision.0)?;
        map.end()
    }
}

struct WrittenLane<'a>(&'a Lane);

impl Serialize for WrittenLane<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", if self.0.is_ordered() { "ordered" } else { "unordered" })?;
        if let Some(stream) = self.0.stream() {
            map.serialize_entry("stream", stream.as_str())?;
        }
        if let Lane::Ordered { shard, part, .. } = self.0 {
            map.serialize_entry("shard", shard.as_str())?;
            map.serialize_entry("part", &part.part())?;
            map.serialize_entry("of", &part.of())?;
        }
        map.end()
    }
}

fn lane(members: &Members<'_>) -> Result<Lane, LetterError> {
    let stream = match members.find("stream") {
        Some(_) => {
            let text: String = members.value("stream")?;
            Some(StreamArn::parse(&text).map_err(|_| members.unread("stream"))?)
        }
        None => None,
    };
    match members.value::<String>("kind")?.as_str() {
        "unordered" => Ok(Lane::unordered(stream)),
        "ordered" => {
            let part = SubLane::new(members.value("part")?, members.value("of")?);
            let part = part.map_err(|_| members.unread("part"))?;
            Ok(Lane::ordered_part(stream, members.value::<String>("shard")?, part))
        }
        _ => Err(members.unread("kind")),
    }
}

fn parked_error(raw: &RawValue) -> Result<ParkedError, LetterError> {
    let members = Members::read(raw.get(), "error.")?;
    let class = match members.value::<String>("class")?.as_str() {
        "transient" => Class::Transient,
        "poison" => Class::Poison,
        "fatal" => Class::Fatal,
        _ => return Err(members.unread("class")),
    };
    Ok(ParkedError { class, message: members.value("message")? })
}

/// A time that reads back as exactly this one.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The members of an object.
pub(super) struct Members<'a> {
    /// The way to the object, with a `.` behind it.
    way: &'static str,
    members: BTreeMap<String, &'a RawValue>,
}

impl<'a> Members<'a> {
    pub(super) fn read(json: &'a str, way: &'static str) -> Result<Self, LetterError> {
        let members = serde_json::from_str(json).map_err(|error| {
            let name = if way.is_empty() { "it" } else { way.trim_end_matches('.') };
            LetterError { reason: format!("{name} is no JSON object, at column {}", error.column()) }
        })?;
        Ok(Self { way, members })
    }

    /// Null is as good as absent.
    pub(super) fn find(&self, name: &str) -> Option<&'a RawValue> {
        self.members.get(name).copied().filter(|raw| raw.get() != "null")
    }

    pub(super) fn raw(&self, name: &str) -> Result<&'a RawValue, LetterError> {
        self.find(name).ok_or_else(|| LetterError { reason: format!("`{}{name}` is missing", self.way) })
    }

    pub(super) fn value<T: Deserialize<'a>>(&self, name: &str) -> Result<T, LetterError> {
        serde_json::from_str(self.raw(name)?.get()).map_err(|_| self.unread(name))
    }

    pub(super) fn time(&self, name: &str) -> Result<DateTime<Utc>, LetterError> {
        let text: String = self.value(name)?;
        DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc()).map_err(|_| self.unread(name))
    }

    pub(super) fn unread(&self, name: &str) -> LetterError {
        LetterError { reason: format!("`{}{name}` does not read", self.way) }
    }
}
