//! What makes the row that was read the row that is wanted, as one statement.
//!
//! A statement cannot replace a row. It sets every attribute that is wanted, also those that look the same (so nothing is
//! compared that the service might compare otherwise), removes what the row has beside them, and holds only while the row
//! has the very version that was read: a version stands for one content, so what is not in the row that was read is not
//! in the row. Where a condition of that kind cannot be made, or the text would be read otherwise by another parser, there
//! is no statement, and the single put does it.

use super::{Attributes, Fence, FencedOperation, FencedOutcome, FencedWriter};
use crate::{ItemSize, Limits};
use aws_sdk_dynamodb::types::AttributeValue;
use std::fmt::Write;

/// What is to be done about an operation whose row is known.
pub(super) enum Plan {
    /// Nothing more.
    Settled(FencedOutcome),
    Statement(Statement),
    /// The single call.
    Single,
}

pub(super) struct Statement {
    pub(super) text: String,
    pub(super) parameters: Vec<AttributeValue>,
    /// Of what is sent.
    pub(super) size: ItemSize,
    /// What it consumes at most.
    pub(super) units: u64,
}

impl FencedWriter {
    /// Whether the table can be named in a statement: not one that is given by its ARN.
    pub(super) fn has_statements(&self) -> bool {
        !self.table.is_empty() && self.table.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    }

    /// By the row that was found, if there is one. `wanted` is none for a real delete.
    pub(super) fn plan(
        &self,
        fenced: &FencedOperation,
        wanted: Option<&Attributes>,
        found: Option<&Attributes>,
        is_lost: bool,
    ) -> Plan {
        let statement = match (found, wanted) {
            (None, None) => return Plan::Settled(FencedOutcome::Written),
            (None, Some(wanted)) => self.insert(fenced, wanted),
            (Some(found), wanted) => {
                let version = found.get(&self.attribute);
                let parsed = version.and_then(|version| version.as_s().ok()?.parse::<Fence>().ok());
                match (version, parsed) {
                    // Nothing tells whether such a row is still as it was read.
                    (None, _) | (_, None) => return Plan::Single,
                    (_, Some(there)) if there >= fenced.fence => {
                        return Plan::Settled(self.refused(fenced, Some(found.clone()), is_lost));
                    }
                    (Some(version), _) => match wanted {
                        Some(wanted) => self.update(fenced, wanted, found, version),
                        None => self.delete(fenced, found, version),
                    },
                }
            }
        };
        match statement {
            Some(statement) if statement.text.len() <= Limits::AWS.statement_characters => Plan::Statement(statement),
            _ => Plan::Single,
        }
    }

    fn insert(&self, fenced: &FencedOperation, wanted: &Attributes) -> Option<Statement> {
        let mut text = format!("INSERT INTO \"{}\" VALUE {{", self.table);
        let mut parameters = Vec::with_capacity(wanted.len());
        for (at, (name, value)) in sorted(fenced, wanted)?.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(text, "{comma}'{name}': ?").ok()?;
            parameters.push(value.clone());
        }
        text.push('}');
        let size = ItemSize::of(wanted);
        Some(Statement { text, parameters, size, units: size.write_units() })
    }

    fn update(
        &self,
        fenced: &FencedOperation,
        wanted: &Attributes,
        found: &Attributes,
        version: &AttributeValue,
    ) -> Option<Statement> {
        let mut text = format!("UPDATE \"{}\"", self.table);
        let mut parameters = Vec::with_capacity(wanted.len() + 2);
        for (name, value) in sorted(fenced, wanted)? {
            if fenced.operation.key.get(name).is_none() {
                write!(text, " SET \"{name}\" = ?").ok()?;
                parameters.push(value.clone());
            }
        }
        let mut gone: Vec<_> = found.keys().filter(|name| !wanted.contains_key(*name)).collect();
        gone.sort_unstable();
        for name in gone {
            write!(text, " REMOVE \"{}\"", quotable(name)?).ok()?;
        }
        self.push_condition(fenced, version, &mut text, &mut parameters)?;
        let size = ItemSize::of(wanted);
        Some(Statement { text, parameters, size, units: size.max(ItemSize::of(found)).write_units() })
    }

    fn delete(&self, fenced: &FencedOperation, found: &Attributes, version: &AttributeValue) -> Option<Statement> {
        let mut text = format!("DELETE FROM \"{}\"", self.table);
        let mut parameters = Vec::new();
        self.push_condition(fenced, version, &mut text, &mut parameters)?;
        let size = ItemSize::of(&fenced.operation.sdk_key());
        Some(Statement { text, parameters, size, units: ItemSize::of(found).write_units() })
    }

    fn push_condition(
        &self,
        fenced: &FencedOperation,
        version: &AttributeValue,
        text: &mut String,
        parameters: &mut Vec<AttributeValue>,
    ) -> Option<()> {
        let mut key: Vec<_> = fenced.operation.sdk_key().into_iter().collect();
        key.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        text.push_str(" WHERE ");
        for (name, value) in key {
            write!(text, "\"{}\" = ? AND ", quotable(&name)?).ok()?;
            parameters.push(value);
        }
        write!(text, "\"{}\" = ?", quotable(&self.attribute)?).ok()?;
        parameters.push(version.clone());
        Some(())
    }
}

/// The attributes by name, if all of them can stand in a statement and the key is that of the operation.
fn sorted<'a>(fenced: &FencedOperation, wanted: &'a Attributes) -> Option<Vec<(&'a str, &'a AttributeValue)>> {
    if fenced.operation.key_in(wanted).as_ref() != Some(&fenced.operation.key) {
        return None;
    }
    let named =
        |(name, value): (&'a String, &'a AttributeValue)| Some((quotable(name)?, value)).filter(|_| is_known(value));
    let mut attributes = wanted.iter().map(named).collect::<Option<Vec<_>>>()?;
    attributes.sort_unstable_by_key(|(name, _)| *name);
    Some(attributes)
}

/// The name, if no parser can take it for anything else between quotes, single or double: no quotes, no backslash, and no
/// dot, which is a path to some.
fn quotable(name: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-:#".contains(c);
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

/// Whether the SDK knows all of the value: it cannot send what it does not know.
fn is_known(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::L(list) => list.iter().all(is_known),
        AttributeValue::M(map) => map.values().all(is_known),
        value => !value.is_unknown(),
    }
}
