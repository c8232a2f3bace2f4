//! Reading the text of a pattern, piece by piece, so that every error has a place and numbers keep their digits.

use super::{PatternError, PatternErrorKind as Kind};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// The whole text of a pattern.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    source: &'a str,
}

/// A piece of the text that is one JSON value.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    json: &'a str,
}

/// The members of an object in the order of the text, repeated ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Text<'a> {
    /// Checks the syntax of all of it at once.
    pub(super) fn new(source: &'a str) -> Result<(Self, Piece<'a>), PatternError> {
        let text = Self { source };
        let whole: &RawValue = serde_json::from_str(source).map_err(|error| {
            let place = (error.line(), error.column());
            PatternError::new(Kind::Json(message(&error)), String::new(), place)
        })?;
        Ok((text, Piece { json: whole.get() }))
    }

    /// Line and column, both from 1, of a piece of this text.
    fn place(self, piece: Piece<'_>) -> (usize, usize) {
        let at = (piece.json.as_ptr() as usize).saturating_sub(self.source.as_ptr() as usize);
        let before = self.source.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, at - line_start + 1)
    }

    pub(super) fn refuse(self, kind: Kind, path: &str, piece: Piece<'_>) -> PatternError {
        PatternError::new(kind, path.to_owned(), self.place(piece))
    }

    pub(super) fn members(self, piece: Piece<'a>, path: &str) -> Result<Vec<(String, Piece<'a>)>, PatternError> {
        let Members(members) = self.read(piece, path)?;
        Ok(members.into_iter().map(|(name, value)| (name, Piece { json: value.get() })).collect())
    }

    pub(super) fn elements(self, piece: Piece<'a>, path: &str) -> Result<Vec<Piece<'a>>, PatternError> {
        let elements: Vec<&RawValue> = self.read(piece, path)?;
        Ok(elements.into_iter().map(|value| Piece { json: value.get() }).collect())
    }

    pub(super) fn string(self, piece: Piece<'a>, path: &str) -> Result<String, PatternError> {
        self.read(piece, path)
    }

    /// The syntax has been checked, so what is left to go wrong are escapes that are half of a character.
    fn read<T: Deserialize<'a>>(self, piece: Piece<'a>, path: &str) -> Result<T, PatternError> {
        serde_json::from_str(piece.json).map_err(|error| self.refuse(Kind::Json(message(&error)), path, piece))
    }
}

impl<'a> Piece<'a> {
    pub(super) fn is_object(self) -> bool {
        self.json.starts_with('{')
    }

    pub(super) fn is_array(self) -> bool {
        self.json.starts_with('[')
    }

    pub(super) fn is_string(self) -> bool {
        self.json.starts_with('"')
    }

    /// The digits, if it is a number.
    pub(super) fn number(self) -> Option<&'a str> {
        self.json.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then_some(self.json)
    }

    /// Whether it is this literal: `true`, `false` or `null`.
    pub(super) fn is(self, literal: &str) -> bool {
        self.json == literal
    }
}

/// The message without its place, which the error holds by itself.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(InOrder).map(Members)
    }
}
