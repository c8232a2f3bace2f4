use std::fmt;

use serde::de::{self, Expected, Unexpected};
use thiserror::Error;

use super::failure::Failure;
use crate::{NumberError, Path, Segment, Value};

/// Why an image does not read as a type: where, and what is wrong there.
///
/// It prints as `lines[0].price: the number has no exact form as i32`. It never holds a value of the item, only names of
/// attributes; for messages of other crates see [`ReadErrorKind::Custom`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError(Box<Failure<ReadErrorKind>>);

/// What is wrong at the place that a [`ReadError`] names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// An attribute that the type needs is absent.
    #[error("the attribute `{name}` is missing")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// An attribute that a type with `deny_unknown_fields` does not have.
    #[error("the attribute `{name}` is not known, there {}", OneOf(.expected))]
    Unknown {
        /// Its name.
        name: Box<str>,
        /// The names that the type has.
        expected: &'static [&'static str],
    },
    /// A value of another type than asked for.
    #[error("found {found}, expected {expected}{}", type_hint(.found, .expected))]
    Type {
        /// The type of the value as AWS writes it, such as `S`; in buffered values what serde makes of it.
        found: &'static str,
        /// What the type asks for.
        expected: Box<str>,
    },
    /// A value of the right type that the target refuses.
    #[error("the value is not {expected}")]
    Value {
        /// What the type asks for.
        expected: Box<str>,
    },
    /// The name of a variant that an enum does not have.
    #[error("the variant is not known, there {}", OneOf(.expected))]
    Variant {
        /// The variants of the enum.
        expected: &'static [&'static str],
    },
    /// A list, a set or a map of the wrong length.
    #[error("the length is {length}, expected {expected}")]
    Length {
        /// Its length.
        length: usize,
        /// What the type asks for.
        expected: Box<str>,
    },
    /// A number that the target does not hold exactly.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The type asks for `f32` or `f64`, which would change most numbers.
    #[error(
        "a number is not read as a float, which loses digits: use `Number`, `dynacdc_record::as_number` with a decimal \
         type, or `dynacdc_record::lossy_f64`"
    )]
    Float,
    /// A number that only `Number` holds, where serde asks for a value of no known type: under `flatten`, in untagged and
    /// internally tagged enums, and for types that take whatever comes.
    #[error(
        "the number has no exact form among serde's untyped values: read it as `Number`, outside of buffered types"
    )]
    Untyped,
    /// A message of a `Deserialize` implementation. It is replaced where it repeats the text of the string or number that
    /// it is about; beyond that its author answers for what it tells.
    #[error("{0}")]
    Custom(Box<str>),
}

/// Instead of a message that repeats the value.
const REFUSED: &str = "the type refuses the value";

fn type_hint(found: &str, expected: &str) -> &'static str {
    match found {
        "B" if expected.contains("sequence") => "; bytes are read by `dynacdc_record::binary`",
        "N" if expected.contains("ecimal") => "; decimals are read by `dynacdc_record::as_number`",
        _ => "",
    }
}

pub(super) struct OneOf<'a>(pub(super) &'a [&'a str]);

impl fmt::Display for OneOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else {
            return f.write_str("are none");
        };
        write!(f, "are `{first}`")?;
        rest.iter().try_for_each(|name| write!(f, ", `{name}`"))
    }
}

impl ReadError {
    /// The way to the value, from the image down.
    pub fn path(&self) -> Path {
        self.0.path()
    }

    /// What is wrong there.
    pub fn kind(&self) -> &ReadErrorKind {
        &self.0.kind
    }

    #[cold]
    pub(super) fn wrong_type(found: Value<'_>, expected: &dyn Expected) -> Self {
        ReadErrorKind::Type { found: found.type_name(), expected: expected.to_string().into() }.into()
    }

    /// The error of reading `value`, which stands at `step`.
    #[cold]
    pub(super) fn at(self, step: impl Into<Segment>, value: Value<'_>) -> Self {
        self.of(value).under(step)
    }

    #[cold]
    pub(super) fn under(mut self, step: impl Into<Segment>) -> Self {
        self.0.push(step.into());
        self
    }

    /// Says of a plain value what only the one who read it knows: its type, and the text that must not be told.
    #[cold]
    pub(super) fn of(mut self, value: Value<'_>) -> Self {
        let text = match value {
            Value::S(text) => text,
            Value::N(number) => number.as_str(),
            Value::B(_) | Value::Bool(_) | Value::Null => "",
            _ => return self,
        };
        if self.0.is_here() {
            match &mut self.0.kind {
                ReadErrorKind::Type { found, .. } => *found = value.type_name(),
                ReadErrorKind::Custom(message) if !text.is_empty() && message.contains(text) => {
                    *message = REFUSED.into();
                }
                _ => {}
            }
        }
        self
    }
}

impl From<ReadErrorKind> for ReadError {
    #[cold]
    fn from(kind: ReadErrorKind) -> Self {
        Self(Box::new(Failure::new(kind)))
    }
}

impl From<NumberError> for ReadError {
    #[cold]
    fn from(error: NumberError) -> Self {
        ReadErrorKind::Number(error).into()
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ReadError {}

/// The defaults of serde put the value into the message; these leave it out.
impl de::Error for ReadError {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        ReadErrorKind::Custom(message.to_string().into()).into()
    }

    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        ReadErrorKind::Type { found: name_of(found), expected: expected.to_string().into() }.into()
    }

    #[cold]
    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        ReadErrorKind::Value { expected: expected.to_string().into() }.into()
    }

    #[cold]
    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        ReadErrorKind::Length { length, expected: expected.to_string().into() }.into()
    }

    #[cold]
    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        ReadErrorKind::Variant { expected }.into()
    }

    #[cold]
    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        ReadErrorKind::Unknown { name: name.into(), expected }.into()
    }

    #[cold]
    fn missing_field(name: &'static str) -> Self {
        ReadErrorKind::Missing { name }.into()
    }
}

fn name_of(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a float",
        Unexpected::Char(_) | Unexpected::Str(_) => "a text",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit => "null",
        Unexpected::Option => "an optional value",
        Unexpected::NewtypeStruct => "a newtype",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        Unexpected::Enum => "an enum",
        Unexpected::UnitVariant => "a variant without content",
        Unexpected::NewtypeVariant | Unexpected::TupleVariant | Unexpected::StructVariant => "a variant with content",
        // Serde puts integers of 128 bits here, digits and all.
        Unexpected::Other(_) => "a value of another type",
    }
}
