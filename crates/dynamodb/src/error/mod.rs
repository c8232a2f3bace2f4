//! What goes wrong in a call of the DynamoDB API.

mod kind;
mod sdk;
mod table;

pub use kind::ErrorKind;

use dynacdc_sink::{Class, SinkError};
use std::{error::Error, fmt, sync::Arc};

/// A call of the DynamoDB API failed.
///
/// Made of any error of the SDK by [`CallError::new`]. Neither `Display` nor `Debug` shows what the service says in its
/// own words, since that may quote the item (a number that it cannot read, for one): [`message`](Self::message) has it.
#[derive(Clone)]
pub struct CallError {
    kind: ErrorKind,
    operation: &'static str,
    status: Option<u16>,
    code: Option<Box<str>>,
    message: Option<Box<str>>,
    request_id: Option<Box<str>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl CallError {
    /// An error that is known here before anything is sent, or read from an answer that is none to the SDK, such as a
    /// table that is not there in time.
    pub const fn of_kind(kind: ErrorKind, operation: &'static str) -> Self {
        Self { kind, operation, status: None, code: None, message: None, request_id: None, source: None }
    }

    /// An error that came without a status of its own: a cancellation reason of a transaction, a statement of a batch.
    pub fn of_code(operation: &'static str, code: &str, message: Option<&str>) -> Self {
        Self {
            code: Some(code.into()),
            message: message.map(Into::into),
            ..Self::of_kind(ErrorKind::of(Some(code), message, None), operation)
        }
    }

    /// Why the call failed.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What is to be done about it.
    pub fn class(&self) -> Class {
        self.kind.class()
    }

    /// The operation, such as `PutItem`.
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// The HTTP status, where there was an answer.
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// The code of the service, such as `ThrottlingException`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// What the service says. It may quote values of the item, so it does not belong in a log.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The id by which the service knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the call may have taken effect all the same: the answer was lost, or an error of the service itself.
    pub const fn may_have_happened(&self) -> bool {
        self.kind.may_have_happened()
    }
}

impl From<CallError> for SinkError {
    /// With the class of its kind. It is attributed: the error of a call for several records is for the caller to mark.
    fn from(error: CallError) -> Self {
        Self::new(error.class(), error.operation).with_source(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.kind)?;
        let mut facts =
            [self.code.as_deref().map(|code| ("", code)), self.request_id.as_deref().map(|id| ("request ", id))]
                .into_iter()
                .flatten()
                .peekable();
        if facts.peek().is_none() {
            return Ok(());
        }
        for (at, (name, fact)) in facts.enumerate() {
            f.write_str(if at == 0 { " (" } else { ", " })?;
            write!(f, "{name}{fact}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallError({:?}, {self}", self.kind)?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        f.write_str(")")
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<CallError>();
};
