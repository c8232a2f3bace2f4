//! Whether a record has values that satisfy all fields of a combination at once.
//!
//! Values inside a list belong to one of its elements. Amazon's engine holds the fields of a pattern together: all that
//! reach through the same list must be satisfied by the same element, and once a field has chosen an element, a later
//! one that must be absent has to be absent there only. "Later" is the order of the fields' paths as Java sorts texts.
//! So this goes through the fields in that order and keeps every set of elements that could have been chosen, as far
//! as a later field reaches through the same lists; everything else is forgotten, which keeps the sets few.

use super::{
    operator::Alternatives,
    walk::{Step, walk},
};
use dynacdc_record::ChangeRecord;
use std::{collections::BTreeMap, sync::Arc};

/// A field of a pattern and what it may be.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The names on the way to it, joined with dots.
    path: String,
    alternatives: Arc<Alternatives>,
    /// How many bytes of the path a later field has in common with it, at the most.
    shared: usize,
    /// No list can lie within those bytes, so that the first value that will do is as good as any.
    is_free: bool,
}

/// The elements that have been chosen of lists which later fields reach through too.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chosen<'p>(Vec<Choice<'p>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Choice<'p> {
    /// The path up to the element.
    path: &'p str,
    /// The way to the element, which is the last step.
    steps: Vec<Step>,
}

impl Field {
    /// The fields of a combination, in order.
    pub(super) fn all(combination: BTreeMap<String, Arc<Alternatives>>) -> Vec<Self> {
        let field = |(path, alternatives)| Self { path, alternatives, shared: 0, is_free: true };
        let mut fields: Vec<Self> = combination.into_iter().map(field).collect();
        fields.sort_by(|a, b| a.path.encode_utf16().cmp(b.path.encode_utf16()));
        for at in 0..fields.len() {
            let shared = shared(&fields[at].path, &fields[at + 1..]);
            let within = fields[at].path.as_bytes().get(..shared).unwrap_or_default();
            fields[at].is_free = !within.windows(3).any(|bytes| bytes == b".L.");
            fields[at].shared = shared;
        }
        fields
    }
}

/// How many bytes of a path one of the fields begins with, at the most.
fn shared(path: &str, fields: &[Field]) -> usize {
    let common = |field: &Field| path.bytes().zip(field.path.bytes()).take_while(|(a, b)| a == b).count();
    fields.iter().map(common).max().unwrap_or(0)
}

/// Whether the record satisfies all fields.
pub(super) fn satisfied(fields: &[Field], record: &ChangeRecord) -> bool {
    let mut states = vec![Chosen::default()];
    for (at, field) in fields.iter().enumerate() {
        let mut next = Vec::new();
        for state in &states {
            let mut found = false;
            walk(record, &field.path, state, &mut |value, steps| {
                found = true;
                if !field.alternatives.conditions.iter().any(|condition| condition.accepts(&value)) {
                    return false;
                }
                next.push(state.with(Choice::new(&field.path, steps, field.shared)));
                field.is_free
            });
            if !found && field.alternatives.absence {
                next.push(state.clone());
            }
        }
        states = next.into_iter().map(|state| state.within(&fields[at + 1..])).collect();
        states.sort_unstable();
        states.dedup();
        if states.is_empty() {
            return false;
        }
    }
    true
}

impl<'p> Chosen<'p> {
    /// Which element of a list has been chosen.
    pub(super) fn element(&self, path: &str, steps: &[Step]) -> Option<usize> {
        self.0.iter().find_map(|choice| {
            let rest = choice.steps.strip_prefix(steps)?;
            match rest.first() {
                Some(Step::Element { index, .. }) if choice.path.starts_with(path) => Some(*index),
                _ => None,
            }
        })
    }

    fn with(&self, choice: Option<Choice<'p>>) -> Self {
        let mut chosen = self.clone();
        if let Some(choice) = choice.filter(|choice| !self.0.iter().any(|other| other.implies(choice))) {
            chosen.0.retain(|other| !choice.implies(other));
            chosen.0.push(choice);
            chosen.0.sort_unstable();
        }
        chosen
    }

    /// What of it these fields can meet again.
    fn within(self, later: &[Field]) -> Self {
        self.0.into_iter().fold(Self::default(), |kept, choice| {
            kept.with(Choice::new(choice.path, &choice.steps, shared(choice.path, later)))
        })
    }
}

impl<'p> Choice<'p> {
    /// The innermost element on the way that lies within the first bytes of the path.
    fn new(path: &'p str, steps: &[Step], within: usize) -> Option<Self> {
        let inside = |step: &Step| match step {
            Step::Element { at, .. } if *at <= within => Some(*at),
            _ => None,
        };
        let (last, at) = steps.iter().enumerate().rev().find_map(|(last, step)| Some((last, inside(step)?)))?;
        Some(Self { path: path.get(..at)?, steps: steps.get(..=last)?.to_vec() })
    }

    /// Whether the other choice has been made where this one has.
    fn implies(&self, other: &Self) -> bool {
        self.path.starts_with(other.path) && self.steps.starts_with(&other.steps)
    }
}
