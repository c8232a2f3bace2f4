use std::error::Error;
use std::io;
use std::path::PathBuf;

use dynacdc_record::ArnError;

/// An error of a library below, whose type is no part of this crate's API.
pub(crate) type Source = Box<dyn Error + Send + Sync>;

/// What can go wrong with a [`LocalDynamoDb`](crate::LocalDynamoDb).
///
/// No message holds a value of an item.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The endpoint is not an `http://` URL. The clients are built without TLS.
    #[error("endpoint {endpoint:?} is not an http:// URL")]
    Endpoint {
        /// The endpoint as it was given.
        endpoint: String,
    },
    /// An endpoint was given together with an option that only the embedded server has.
    #[error("{option} needs the embedded server, but the endpoint is {endpoint}")]
    EmbeddedOnly {
        /// What was asked for: `file`, `virtual_clock`, `sweep_ttl`, `clock`.
        option: &'static str,
        /// The endpoint that the clients talk to.
        endpoint: String,
    },
    /// A clock was asked for, but the server runs on the real one.
    #[error("the server runs on the real clock: start it with Builder::virtual_clock")]
    RealClock,
    /// The start of a virtual clock lies before 1970 or after the year 9999.
    #[error("the virtual clock starts before 1970 or after the year 9999")]
    ClockRange,
    /// The path of the database file is not UTF-8.
    #[error("database file {path:?} has no UTF-8 name")]
    FileName {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The database could not be opened, read or saved.
    #[error("the database could not be {action}")]
    Storage {
        /// What was tried: `opened`, `restored`, `saved`, `swept`.
        action: &'static str,
        /// What the storage said.
        source: Source,
    },
    /// The server's thread, runtime or sockets could not be had.
    #[error("the server could not start")]
    Start(#[source] io::Error),
    /// The server ended without having been stopped.
    #[error("the server is gone")]
    Gone,
    /// A table of this name exists already.
    #[error("table {table} exists already")]
    TableExists {
        /// The table's name.
        table: String,
    },
    /// The table was created but is not ACTIVE, or shows no stream, within a minute.
    #[error("table {table} did not become active")]
    TableNotActive {
        /// The table's name.
        table: String,
    },
    /// The server gave a stream a name that is no stream ARN.
    #[error("the server's stream ARN cannot be read")]
    StreamArn(#[from] ArnError),
    /// A request to the server failed.
    #[error("{operation} failed")]
    Request {
        /// The operation, as the API names it.
        operation: &'static str,
        /// The SDK's error.
        source: Source,
    },
}

impl LocalError {
    pub(crate) fn storage(action: &'static str, source: impl Into<Source>) -> Self {
        Self::Storage { action, source: source.into() }
    }

    pub(crate) fn request(operation: &'static str, source: impl Into<Source>) -> Self {
        Self::Request { operation, source: source.into() }
    }
}
