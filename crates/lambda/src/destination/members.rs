use super::{FailureMessageError, FailureMessageErrorKind as Kind};
use chrono::{DateTime, Utc};
use dynacdc_record::{Path, Segment};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The members of an object, each still JSON, and the way to the object.
#[derive(Debug)]
pub(super) struct Members<'j> {
    path: Path,
    members: BTreeMap<String, &'j RawValue>,
}

impl<'j> Members<'j> {
    /// The members of `json`, which was read as JSON before.
    pub(super) fn of(json: &'j RawValue, path: Path) -> Result<Self, FailureMessageError> {
        match serde_json::from_str(json.get()) {
            Ok(members) => Ok(Self { path, members }),
            Err(_) => Err(FailureMessageError::new(path, Kind::Expected("an object"))),
        }
    }

    pub(super) const fn path(&self) -> &Path {
        &self.path
    }

    /// A member that is there and not null.
    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        self.members.get(name).copied().filter(|json| json.get() != "null")
    }

    pub(super) fn fail(&self, name: &str, kind: Kind) -> FailureMessageError {
        kind.at(&self.path, name)
    }

    pub(super) fn object(&self, name: &str) -> Result<Self, FailureMessageError> {
        self.optional_object(name)?.ok_or_else(|| self.fail(name, Kind::Missing))
    }

    pub(super) fn optional_object(&self, name: &str) -> Result<Option<Self>, FailureMessageError> {
        self.get(name).map(|json| Self::of(json, self.path.join(Segment::from(name)))).transpose()
    }

    pub(super) fn list(&self, name: &str) -> Result<Vec<&'j RawValue>, FailureMessageError> {
        let json = self.get(name).ok_or_else(|| self.fail(name, Kind::Missing))?;
        serde_json::from_str(json.get()).map_err(|_| self.fail(name, Kind::Expected("a list")))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, FailureMessageError> {
        self.value(name, "a text")
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, FailureMessageError> {
        self.optional_value(name, "a text")
    }

    pub(super) fn value<T: DeserializeOwned>(&self, name: &str, what: &'static str) -> Result<T, FailureMessageError> {
        self.optional_value(name, what)?.ok_or_else(|| self.fail(name, Kind::Missing))
    }

    fn optional_value<T>(&self, name: &str, what: &'static str) -> Result<Option<T>, FailureMessageError>
    where
        T: DeserializeOwned,
    {
        let read = |json: &RawValue| serde_json::from_str(json.get());
        self.get(name).map(read).transpose().map_err(|_| self.fail(name, Kind::Expected(what)))
    }

    pub(super) fn time(&self, name: &str) -> Result<DateTime<Utc>, FailureMessageError> {
        self.optional_time(name)?.ok_or_else(|| self.fail(name, Kind::Missing))
    }

    pub(super) fn optional_time(&self, name: &str) -> Result<Option<DateTime<Utc>>, FailureMessageError> {
        let Some(text) = self.optional_text(name)? else { return Ok(None) };
        let time = DateTime::parse_from_rfc3339(&text);
        time.map(|time| Some(time.to_utc())).map_err(|_| self.fail(name, Kind::Expected("a time by RFC 3339")))
    }
}
