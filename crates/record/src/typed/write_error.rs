use std::fmt;

use serde::ser;
use thiserror::Error;

use super::failure::Failure;
use crate::{NumberError, Path, Segment};

/// Why a value does not write as an item: where, and what is wrong there.
///
/// It prints as `lines[0].price: a float ...`. It never holds a value of the item, only names of attributes; for messages
/// of other crates see [`WriteErrorKind::Custom`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteError(Box<Failure<WriteErrorKind>>);

/// What is wrong at the place that a [`WriteError`] names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// An item is a map of attributes, and the value is something else.
    #[error("an item is written from a struct or a map, not from {found}")]
    NotAnItem {
        /// The type that the value has, as AWS writes it.
        found: &'static str,
    },
    /// An `f32` or `f64`, whose decimal digits are an accident of its binary form.
    #[error(
        "a float is not written as a number: use `Number`, `dynacdc_record::as_number` with a decimal type, or \
         `dynacdc_record::lossy_f64`"
    )]
    Float,
    /// A number that DynamoDB does not hold.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A set without elements, which DynamoDB does not have. `skip_serializing_if` leaves the attribute out.
    #[error("a set is empty, which DynamoDB does not allow")]
    EmptySet,
    /// An element stands twice in what is written as a set.
    #[error("an element stands twice in a set")]
    DuplicateElement,
    /// What is written as a set is no sequence, or an element has the wrong type.
    #[error("found {found}, expected {expected}")]
    NotASet {
        /// The type that the value or the element has, as AWS writes it.
        found: &'static str,
        /// The type that it must have.
        expected: &'static str,
    },
    /// A key of a map that has no text: only strings, characters, booleans, integers, numbers and variants without
    /// content name an attribute.
    #[error("a key of a map is {found}, which names no attribute")]
    Key {
        /// What the key is.
        found: &'static str,
    },
    /// Two fields or keys give one attribute, as `flatten` can.
    #[error("the attribute `{name}` is written twice")]
    DuplicateAttribute {
        /// Its name.
        name: Box<str>,
    },
    /// A message of a `Serialize` implementation, whose author answers for what it tells.
    #[error("{0}")]
    Custom(Box<str>),
}

impl WriteError {
    /// The way to the value, from the item down.
    pub fn path(&self) -> Path {
        self.0.path()
    }

    /// What is wrong there.
    pub fn kind(&self) -> &WriteErrorKind {
        &self.0.kind
    }

    #[cold]
    pub(super) fn under(mut self, step: impl Into<Segment>) -> Self {
        self.0.push(step.into());
        self
    }
}

impl From<WriteErrorKind> for WriteError {
    #[cold]
    fn from(kind: WriteErrorKind) -> Self {
        Self(Box::new(Failure::new(kind)))
    }
}

impl From<NumberError> for WriteError {
    #[cold]
    fn from(error: NumberError) -> Self {
        WriteErrorKind::Number(error).into()
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for WriteError {}

impl ser::Error for WriteError {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        WriteErrorKind::Custom(message.to_string().into()).into()
    }
}
