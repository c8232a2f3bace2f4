use crate::{
    DecodeErrorKind, NumberError, Path,
    decode::{Fault, Parsed},
};

/// A value of the SDK is no attribute value, and where the fault is in it.
///
/// The message names the path and never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{kind}", if path.is_root() { String::new() } else { format!("{path}: ") })]
pub struct SdkValueError {
    kind: DecodeErrorKind,
    path: Path,
}

impl SdkValueError {
    /// What is wrong: a number that DynamoDB cannot hold, an empty set, a null value that is false, more than 32 levels
    /// of maps and lists, or a variant that this version of the SDK does not know ([`DecodeErrorKind::UnknownType`]).
    pub const fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// The way to the fault inside the value or item.
    pub const fn path(&self) -> &Path {
        &self.path
    }
}

impl From<Box<Fault>> for SdkValueError {
    fn from(fault: Box<Fault>) -> Self {
        let (kind, path) = (*fault).into_parts();
        Self { kind, path }
    }
}

/// What did not come as text has no offset.
#[cold]
pub(super) fn fault<T>(kind: DecodeErrorKind) -> Parsed<T> {
    Err(Fault::at(0, kind))
}

/// DynamoDB refuses a null value that says `false`, so there is none in a table or stream.
pub(super) fn null(is_null: bool) -> Parsed<()> {
    if is_null { Ok(()) } else { fault(DecodeErrorKind::NOT_NULL) }
}

pub(super) fn number<T>(read: Result<T, NumberError>) -> Parsed<T> {
    read.or_else(|error| fault(DecodeErrorKind::Number(error)))
}
