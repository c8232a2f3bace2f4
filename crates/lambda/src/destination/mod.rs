//! What Lambda sends to the on-failure destination of an event source mapping.
//!
//! Read by hand over raw members and not by derived structures: an error names the member, through the envelopes in
//! which it lay, and never a value; the records in an object of S3 keep their bytes, so that the decoder of records reads
//! them, each on its own.

mod envelope;
mod error;
mod members;
mod message;

pub use envelope::{FailureNotice, failure_notices};
pub use error::{FailureMessageError, FailureMessageErrorKind};
pub use message::{FailureCondition, FailureMessage, FailureResponse};
