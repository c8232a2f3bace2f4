//! What our markers make of the value under them.

use std::collections::BTreeSet;

use super::type_name;
use crate::typed::marker::Marker;
use crate::typed::{WriteError, WriteErrorKind};
use crate::{AttributeValue, Number};

pub(super) fn apply(marker: Marker, value: AttributeValue) -> Result<AttributeValue, WriteError> {
    Ok(match (marker, value) {
        (Marker::Number, AttributeValue::S(text)) => AttributeValue::N(Number::parse(&text)?),
        (Marker::StringSet, AttributeValue::L(list)) => AttributeValue::Ss(set(list, "S", |element| match element {
            AttributeValue::S(text) => Ok(text),
            other => Err(other),
        })?),
        (Marker::NumberSet, AttributeValue::L(list)) => AttributeValue::Ns(set(list, "N", |element| match element {
            AttributeValue::N(number) => Ok(number),
            other => Err(other),
        })?),
        (Marker::BinarySet, AttributeValue::L(list)) => AttributeValue::Bs(set(list, "B", |element| match element {
            AttributeValue::B(bytes) => Ok(bytes),
            other => Err(other),
        })?),
        (marker, other) => {
            return Err(WriteErrorKind::NotASet { found: type_name(&other), expected: marker.type_name() }.into());
        }
    })
}

fn set<T: Ord>(
    list: Vec<AttributeValue>,
    expected: &'static str,
    element: impl Fn(AttributeValue) -> Result<T, AttributeValue>,
) -> Result<BTreeSet<T>, WriteError> {
    if list.is_empty() {
        return Err(WriteErrorKind::EmptySet.into());
    }
    let mut set = BTreeSet::new();
    for (i, value) in list.into_iter().enumerate() {
        let at = |kind| WriteError::from(kind).under(i);
        let value =
            element(value).map_err(|other| at(WriteErrorKind::NotASet { found: type_name(&other), expected }))?;
        if !set.insert(value) {
            return Err(at(WriteErrorKind::DuplicateElement));
        }
    }
    Ok(set)
}
