//! The conditions of a field: values and operators.

use super::{
    PatternError, PatternErrorKind as Kind,
    case::Caseless,
    condition::Condition,
    number,
    text::{Piece, Text},
};
use std::ops::Bound;

/// What a field may be. One of the conditions is enough.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alternatives {
    pub(super) conditions: Vec<Condition>,
    /// The field may be absent.
    pub(super) absence: bool,
}

impl Alternatives {
    /// Reads the array of a field.
    pub(super) fn read(text: Text<'_>, array: Piece<'_>, path: &str) -> Result<Self, PatternError> {
        let mut read = Self { conditions: Vec::new(), absence: false };
        let elements = text.elements(array, path)?;
        if elements.is_empty() {
            return Err(text.refuse(Kind::EmptyArray, path, array));
        }
        for (at, element) in elements.into_iter().enumerate() {
            let path = format!("{path}[{at}]");
            match condition(text, element, &path)? {
                Some(condition) => read.conditions.push(condition),
                None => read.absence = true,
            }
        }
        Ok(read)
    }
}

/// None for `exists: false`.
fn condition(text: Text<'_>, piece: Piece<'_>, path: &str) -> Result<Option<Condition>, PatternError> {
    if piece.is_object() {
        return operator(text, piece, path);
    }
    let condition = if piece.is_string() {
        Condition::text(text.string(piece, path)?)
    } else if let Some(digits) = piece.number() {
        Condition::Number(digits.to_owned())
    } else if piece.is("true") || piece.is("false") {
        Condition::Bool(piece.is("true"))
    } else if piece.is("null") {
        Condition::Null
    } else {
        return Err(text.refuse(Kind::NoCondition, path, piece));
    };
    Ok(Some(condition))
}

fn operator(text: Text<'_>, piece: Piece<'_>, path: &str) -> Result<Option<Condition>, PatternError> {
    let (name, operand) = only_member(text, piece, path)?;
    let path = format!("{path}.{name}");
    let refuse = |kind| text.refuse(kind, &path, operand);
    let condition = match name.as_str() {
        "exists" if operand.is("false") => return Ok(None),
        "exists" if operand.is("true") => Condition::Exists,
        "exists" => return Err(refuse(Kind::Operand { operator: "exists", takes: "true or false" })),
        "prefix" => match string_or_caseless(text, operand, "prefix", &path)? {
            Ok(prefix) => Condition::Prefix(prefix),
            Err(prefix) => Condition::PrefixIgnoreCase(prefix),
        },
        "suffix" => match string_or_caseless(text, operand, "suffix", &path)? {
            Ok(suffix) => Condition::Suffix(suffix),
            Err(suffix) => Condition::SuffixIgnoreCase(suffix),
        },
        "equals-ignore-case" => Condition::EqualsIgnoreCase(caseless(text, operand, &path)?),
        "anything-but" => anything_but(text, operand, &path)?,
        "numeric" => numeric(text, operand, &path)?,
        "wildcard" | "cidr" | "exactly" => return Err(refuse(Kind::NotInLambda(name))),
        _ => return Err(refuse(Kind::UnknownOperator(name))),
    };
    Ok(Some(condition))
}

fn only_member<'a>(text: Text<'a>, piece: Piece<'a>, path: &str) -> Result<(String, Piece<'a>), PatternError> {
    let members: Result<[_; 1], _> = text.members(piece, path)?.try_into();
    match members {
        Ok([member]) => Ok(member),
        Err(_) => Err(text.refuse(Kind::OneOperator, path, piece)),
    }
}

/// A text, or `{"equals-ignore-case": text}`.
fn string_or_caseless(
    text: Text<'_>,
    operand: Piece<'_>,
    operator: &'static str,
    path: &str,
) -> Result<Result<String, Caseless>, PatternError> {
    if operand.is_string() {
        return text.string(operand, path).map(Ok);
    }
    let takes = "a string, or an object with equals-ignore-case";
    if !operand.is_object() {
        return Err(text.refuse(Kind::Operand { operator, takes }, path, operand));
    }
    let (name, operand) = only_member(text, operand, path)?;
    if name != "equals-ignore-case" {
        return Err(text.refuse(Kind::Operand { operator, takes }, path, operand));
    }
    caseless(text, operand, &format!("{path}.{name}")).map(Err)
}

fn caseless(text: Text<'_>, operand: Piece<'_>, path: &str) -> Result<Caseless, PatternError> {
    if !operand.is_string() {
        let kind = Kind::Operand { operator: "equals-ignore-case", takes: "a string" };
        return Err(text.refuse(kind, path, operand));
    }
    Ok(Caseless::new(&text.string(operand, path)?))
}

fn anything_but(text: Text<'_>, operand: Piece<'_>, path: &str) -> Result<Condition, PatternError> {
    let takes = "a string, a number, or an array of either";
    let refuse = |piece| text.refuse(Kind::Operand { operator: "anything-but", takes }, path, piece);
    if operand.is_object() {
        let kind = match text.members(operand, path)?.first() {
            Some((name, _)) => Kind::NotInLambda(format!("anything-but with {name}")),
            None => Kind::OneOperator,
        };
        return Err(text.refuse(kind, path, operand));
    }
    let refused = if operand.is_array() { text.elements(operand, path)? } else { vec![operand] };
    if refused.iter().all(|piece| piece.is_string()) && !refused.is_empty() {
        let texts: Result<_, _> = refused.into_iter().map(|piece| text.string(piece, path)).collect();
        return texts.map(Condition::AnythingButTexts);
    }
    let mut numbers = Vec::with_capacity(refused.len());
    for piece in refused {
        numbers.push(exact(text, piece, path)?.ok_or_else(|| refuse(piece))?);
    }
    if numbers.is_empty() {
        return Err(refuse(operand));
    }
    Ok(Condition::AnythingButNumbers(numbers))
}

/// The number, if it is one.
fn exact(text: Text<'_>, piece: Piece<'_>, path: &str) -> Result<Option<f64>, PatternError> {
    let Some(digits) = piece.number() else { return Ok(None) };
    number::exact(digits).map(Some).ok_or_else(|| text.refuse(Kind::InexactNumber, path, piece))
}

/// `["=", n]`, one bound, or a lower bound and then an upper one.
fn numeric(text: Text<'_>, operand: Piece<'_>, path: &str) -> Result<Condition, PatternError> {
    let takes = "=, <, <=, > or >= and a number, or > or >= and a number and then < or <= and a number";
    let refuse = |piece| text.refuse(Kind::Operand { operator: "numeric", takes }, path, piece);
    if !operand.is_array() {
        return Err(refuse(operand));
    }
    let mut comparisons = Vec::new();
    for pair in text.elements(operand, path)?.chunks(2) {
        let &[operator, value] = pair else { return Err(refuse(operand)) };
        if !operator.is_string() {
            return Err(refuse(operator));
        }
        comparisons.push((text.string(operator, path)?, exact(text, value, path)?.ok_or_else(|| refuse(value))?));
    }
    let comparisons: Vec<(&str, f64)> =
        comparisons.iter().map(|(operator, value)| (operator.as_str(), *value)).collect();
    let (low, high) = match *comparisons.as_slice() {
        [("=", value)] => (Bound::Included(value), Bound::Included(value)),
        [("<", value)] => (Bound::Unbounded, Bound::Excluded(value)),
        [("<=", value)] => (Bound::Unbounded, Bound::Included(value)),
        [(low @ (">" | ">="), value)] => (lower(low, value), Bound::Unbounded),
        [(low @ (">" | ">="), least), (high @ ("<" | "<="), most)] => {
            if least >= most {
                return Err(text.refuse(Kind::EmptyRange, path, operand));
            }
            let high = if high == "<" { Bound::Excluded(most) } else { Bound::Included(most) };
            (lower(low, least), high)
        }
        _ => return Err(refuse(operand)),
    };
    Ok(Condition::Numeric(low, high))
}

fn lower(operator: &str, value: f64) -> Bound<f64> {
    if operator == ">" { Bound::Excluded(value) } else { Bound::Included(value) }
}
