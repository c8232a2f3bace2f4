//! From the text of a pattern to combinations of fields, one of which has to be satisfied.
//!
//! As in Amazon's engine: a `$or` multiplies out all that was read before it, a field is known by its names joined with
//! dots, and of a field that is named twice in one combination the last counts. Objects that are named twice are read
//! one after the other, so that different fields of both count.

use super::{
    PatternError, PatternErrorKind as Kind, PatternLimits,
    operator::Alternatives,
    search::Field,
    text::{Piece, Text},
};
use std::{collections::BTreeMap, sync::Arc};

/// What Lambda adds to a record when it makes the event of an invocation.
const ADDED_AFTERWARDS: [&str; 3] = ["awsRegion", "eventSource", "eventSourceARN"];

/// What Amazon's engine keeps for operators of today and tomorrow.
const RESERVED_IN_OR: [&str; 24] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

type Combination = BTreeMap<String, Arc<Alternatives>>;

struct Compiler<'a> {
    text: Text<'a>,
    limits: PatternLimits,
}

/// Where the reader is.
#[derive(Clone)]
struct Place {
    /// The names so far, joined; `$or` is none of them.
    field: String,
    /// For errors: with `$or` and positions.
    path: String,
    inside_or: bool,
}

/// The combinations of a pattern, the fields of each in the order in which Amazon's engine takes them.
pub(super) fn compile(json: &str, limits: PatternLimits) -> Result<Vec<Vec<Field>>, PatternError> {
    if json.chars().count() > limits.characters() {
        let kind = Kind::TooLong { limit: limits.characters() };
        return Err(PatternError::new(kind, String::new(), (1, 1)));
    }
    let (text, whole) = Text::new(json)?;
    if !whole.is_object() {
        return Err(text.refuse(Kind::NoObject, "", whole));
    }
    let mut combinations = Vec::new();
    let start = Place { field: String::new(), path: String::new(), inside_or: false };
    Compiler { text, limits }.object(whole, &start, &mut combinations)?;
    Ok(combinations.into_iter().map(Field::all).collect())
}

impl<'a> Compiler<'a> {
    fn object(&self, piece: Piece<'a>, place: &Place, found: &mut Vec<Combination>) -> Result<(), PatternError> {
        let members = self.text.members(piece, &place.path)?;
        if members.is_empty() {
            return Err(self.text.refuse(Kind::EmptyObject, &place.path, piece));
        }
        for (name, value) in members {
            let place = place.within(&name);
            let refuse = |kind| Err(self.text.refuse(kind, &place.path, value));
            if name == "$or" {
                self.or(value, &place, found)?;
            } else if place.inside_or && RESERVED_IN_OR.contains(&name.as_str()) {
                return refuse(Kind::ReservedName(name));
            } else if value.is_object() {
                self.object(value, &place, found)?;
            } else if value.is_array() {
                self.field(value, &place, found)?;
            } else {
                return refuse(Kind::NoField);
            }
        }
        Ok(())
    }

    fn or(&self, piece: Piece<'a>, place: &Place, found: &mut Vec<Combination>) -> Result<(), PatternError> {
        let refuse = |kind, piece| self.text.refuse(kind, &place.path, piece);
        if !piece.is_array() {
            return Err(refuse(Kind::Or, piece));
        }
        let branches = self.text.elements(piece, &place.path)?;
        if branches.len() < 2 {
            return Err(refuse(Kind::Or, piece));
        }
        let mut before = std::mem::take(found);
        if before.is_empty() {
            before.push(Combination::new());
        }
        for (at, branch) in branches.into_iter().enumerate() {
            if !branch.is_object() {
                return Err(refuse(Kind::Or, branch));
            }
            let mut combinations = before.clone();
            let place = Place { path: format!("{}[{at}]", place.path), inside_or: true, ..place.clone() };
            self.object(branch, &place, &mut combinations)?;
            found.append(&mut combinations);
            if found.len() > self.limits.combinations() {
                return Err(refuse(Kind::TooManyCombinations { limit: self.limits.combinations() }, piece));
            }
        }
        Ok(())
    }

    fn field(&self, piece: Piece<'a>, place: &Place, found: &mut Vec<Combination>) -> Result<(), PatternError> {
        let first = place.field.split('.').next().unwrap_or_default();
        if let Some(name) = ADDED_AFTERWARDS.into_iter().find(|name| *name == first) {
            return Err(self.text.refuse(Kind::AddedAfterFiltering(name), &place.path, piece));
        }
        let alternatives = Arc::new(Alternatives::read(self.text, piece, &place.path)?);
        if found.is_empty() {
            found.push(Combination::new());
        }
        for combination in found {
            combination.insert(place.field.clone(), Arc::clone(&alternatives));
        }
        Ok(())
    }
}

impl Place {
    fn within(&self, name: &str) -> Self {
        let join = |start: &str| if start.is_empty() { name.to_owned() } else { format!("{start}.{name}") };
        let field = if name == "$or" { self.field.clone() } else { join(&self.field) };
        Self { field, path: join(&self.path), inside_or: self.inside_or }
    }
}
