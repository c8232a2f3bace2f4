use super::table::{CLASSES, CODES, MESSAGES};
use dynacdc_sink::Class;
use std::fmt;

/// Why a call failed, as far as it matters for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// More calls than the table or account may have now.
    Throttled,
    /// An error of the service itself.
    ServiceFailed,
    /// No connection, or one that broke.
    Unreachable,
    /// No answer within the timeouts of the client, or the service waited too long for the request.
    TimedOut,
    /// An answer that is none of DynamoDB's.
    Unreadable,
    /// Another transaction, replica or table operation holds the item or table.
    Conflict,
    /// The condition of the write does not hold, or an item is there that must not be.
    ConditionFailed,
    /// A transaction was cancelled. One whose reasons are known has the kind of the reason that decides.
    Canceled,
    /// The item has more than 400 KB.
    ItemTooLarge,
    /// The item's partition has more than 10 GB, in a table with local indexes.
    CollectionFull,
    /// The service refuses what the request holds.
    Refused,
    /// The key is not that of the table.
    KeyMismatch,
    /// The request is not well formed.
    BadRequest,
    /// Another transaction had the same client token.
    TokenReused,
    /// No such table or index.
    NotFound,
    /// Credentials, signature or permissions.
    Denied,
    /// The SDK could not make or send the request.
    Unsendable,
    /// A code that is not known here, and no error of the service.
    Unknown,
}

impl ErrorKind {
    /// What is to be done about it.
    pub fn class(self) -> Class {
        // Every kind has a row; what had none would be for a person to look at.
        self.row().map_or(Class::Fatal, |(_, class, _)| *class)
    }

    /// Whether the call may have taken effect all the same.
    pub const fn may_have_happened(self) -> bool {
        matches!(self, Self::ServiceFailed | Self::Unreachable | Self::TimedOut | Self::Unreadable)
    }

    /// The kind of a code, with the message where one code stands for several things, and the status of the answer.
    pub(crate) fn of(code: Option<&str>, message: Option<&str>, status: Option<u16>) -> Self {
        let known = code.and_then(|code| CODES.iter().find(|(_, codes)| codes.contains(&code)));
        match known {
            Some((Self::Refused, _)) => Self::of_message(message.unwrap_or_default()),
            Some((kind, _)) => *kind,
            None => Self::of_status(status),
        }
    }

    fn of_message(message: &str) -> Self {
        MESSAGES.iter().find(|(_, part)| message.contains(part)).map_or(Self::Refused, |(kind, _)| *kind)
    }

    const fn of_status(status: Option<u16>) -> Self {
        match status {
            // The SDK reports an answer that it cannot read as an error of the service without a code.
            Some(200..300) => Self::Unreadable,
            Some(408) => Self::TimedOut,
            Some(429) => Self::Throttled,
            Some(500..) => Self::ServiceFailed,
            Some(401 | 403) => Self::Denied,
            Some(413) => Self::ItemTooLarge,
            _ => Self::Unknown,
        }
    }

    fn row(self) -> Option<&'static (Self, Class, &'static str)> {
        CLASSES.iter().find(|(kind, ..)| *kind == self)
    }
}

impl fmt::Display for ErrorKind {
    /// The reason of its class, as the table has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().map_or("not classed", |(.., reason)| reason))
    }
}
