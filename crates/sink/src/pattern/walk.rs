//! From a path of a pattern to the values of a record, without writing the record as JSON.
//!
//! Amazon's engine writes a record as pairs of a path and a value, the names of the path joined with dots. An attribute
//! `a.b` and an attribute `b` in a map `a` have the same path there, and so they have here: a name may end at any dot.
//! Lists add nothing to the path, their elements are all at the path of the list.

use super::{condition::Scalar, search::Chosen};
use base64::{Engine, engine::general_purpose::STANDARD};
use dynacdc_record::{ChangeRecord, Image, List, Map, Value};
use std::borrow::Cow;

/// A decision on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A name ends here in the path.
    Name(usize),
    /// An element of a list.
    Element {
        /// How much of the path lies before it.
        at: usize,
        index: usize,
    },
}

struct Walk<'c, 'p, 'v> {
    path: &'p str,
    chosen: &'c Chosen<'c>,
    steps: Vec<Step>,
    /// Returns whether it has seen enough.
    visit: &'v mut dyn FnMut(Scalar<'_>, &[Step]) -> bool,
}

/// Visits the values at the path, in the elements that have been chosen. The visitor ends it by returning true.
pub(super) fn walk(
    record: &ChangeRecord,
    path: &str,
    chosen: &Chosen<'_>,
    visit: &mut dyn FnMut(Scalar<'_>, &[Step]) -> bool,
) {
    Walk { path, chosen, steps: Vec::new(), visit }.record(record);
}

impl Walk<'_, '_, '_> {
    fn record(&mut self, record: &ChangeRecord) -> bool {
        let (name, rest) = self.path.split_once('.').unwrap_or((self.path, ""));
        let text = match (name, rest) {
            ("eventID", "") => Some(record.event_id()),
            ("eventName", "") => Some(record.event_name().as_str()),
            ("eventVersion", "") => record.event_version(),
            ("userIdentity", "type") => record.user_identity().map(|who| who.kind),
            ("userIdentity", "principalId") => record.user_identity().map(|who| who.principal_id),
            ("dynamodb", _) => return self.stream_record(record, "dynamodb.".len()),
            _ => None,
        };
        // The path of a member and the same with a dot behind it are two.
        text.is_some_and(|text| !self.path.ends_with('.') && self.text(text))
    }

    fn stream_record(&mut self, record: &ChangeRecord, from: usize) -> bool {
        let rest = self.path.get(from..).unwrap_or_default();
        let name = rest.split('.').next().unwrap_or_default();
        let image = match name {
            "Keys" => Some(record.keys()),
            "NewImage" => record.new_image(),
            "OldImage" => record.old_image(),
            _ => None,
        };
        if let Some(image) = image {
            return self.image(image, from + name.len() + 1);
        }
        match rest {
            "SequenceNumber" => self.text(record.sequence_number().as_str()),
            "StreamViewType" => record.view_type().is_some_and(|view_type| self.text(view_type.as_str())),
            "SizeBytes" => record.size_bytes().is_some_and(|size| self.scalar(Scalar::Number(size.to_string()))),
            "ApproximateCreationDateTime" => record
                .created_epoch()
                .is_some_and(|(seconds, nanos)| self.scalar(Scalar::Number(epoch(seconds, nanos)))),
            _ => false,
        }
    }

    fn image(&mut self, image: Image<'_>, from: usize) -> bool {
        from <= self.path.len() && self.map(image, from)
    }

    fn map(&mut self, map: Map<'_>, from: usize) -> bool {
        let path = self.path;
        path[from..].match_indices('.').any(|(length, _)| {
            let end = from + length;
            map.get(&path[from..end]).is_some_and(|value| {
                self.steps.push(Step::Name(end));
                let enough = self.value(value, end + 1);
                self.steps.pop();
                enough
            })
        })
    }

    fn value(&mut self, value: Value<'_>, from: usize) -> bool {
        let rest = &self.path[from..];
        let Some(rest) = rest.strip_prefix(value.type_name()) else { return false };
        let inside = from + value.type_name().len() + 1;
        match (value, rest) {
            (Value::S(text), "") => self.text(text),
            (Value::N(number), "") => self.text(number.as_str()),
            (Value::B(bytes), "") => self.binary(bytes),
            (Value::Bool(value), "") => self.scalar(Scalar::Bool(value)),
            (Value::Null, "") => self.scalar(Scalar::Bool(true)),
            (Value::Ss(set), "") => set.iter().any(|text| self.text(text)),
            (Value::Ns(set), "") => set.iter().any(|number| self.text(number.as_str())),
            (Value::Bs(set), "") => set.iter().any(|bytes| self.binary(bytes)),
            (Value::M(map), _) if rest.starts_with('.') => self.map(map, inside),
            (Value::L(list), _) if rest.starts_with('.') => self.list(list, inside),
            _ => false,
        }
    }

    fn list(&mut self, list: List<'_>, at: usize) -> bool {
        let chosen = self.chosen.element(&self.path[..at], &self.steps);
        let elements = match chosen {
            Some(index) => index..index + 1,
            None => 0..list.len(),
        };
        elements.into_iter().any(|index| {
            list.get(index).is_some_and(|value| {
                self.steps.push(Step::Element { at, index });
                let enough = self.value(value, at);
                self.steps.pop();
                enough
            })
        })
    }

    fn text(&mut self, text: &str) -> bool {
        self.scalar(Scalar::Text(Cow::Borrowed(text)))
    }

    fn binary(&mut self, bytes: &[u8]) -> bool {
        self.scalar(Scalar::Text(Cow::Owned(STANDARD.encode(bytes))))
    }

    fn scalar(&mut self, value: Scalar<'_>) -> bool {
        (self.visit)(value, &self.steps)
    }
}

/// Seconds in decimal notation without zeros at the end.
fn epoch(seconds: i64, nanos: u32) -> String {
    let all = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let sign = if all < 0 { "-" } else { "" };
    let (whole, fraction) = (all.unsigned_abs() / 1_000_000_000, all.unsigned_abs() % 1_000_000_000);
    let text = format!("{sign}{whole}.{fraction:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
