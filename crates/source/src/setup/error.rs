use crate::StreamsError;
use dynacdc_dynamodb::CallError;
use dynacdc_record::{StreamArn, StreamViewType};
use std::{error::Error, fmt, sync::Arc, time::Duration};

/// The stream of a table could not be set up.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// No such table in this account and Region.
    #[error("there is no table {table}")]
    NoTable {
        /// Its name.
        table: Arc<str>,
    },
    /// The table is going, and its stream with it.
    #[error("table {table} is being deleted")]
    Deleting {
        /// Its name.
        table: Arc<str>,
    },
    /// The table is in a state that does not pass by itself, such as archived.
    #[error("the stream of table {table} cannot be changed while the table is {status}")]
    Unusable {
        /// Its name.
        table: Arc<str>,
        /// As the service writes it.
        status: String,
    },
    /// A stream is enabled with another view type, which cannot be changed in place.
    #[error(
        "the stream of table {table} is enabled with {}, not with {}; `change_view_type` replaces it by a new stream",
        .enabled.as_str(), .wanted.as_str()
    )]
    OtherViewType {
        /// Its name.
        table: Arc<str>,
        /// The stream that is enabled.
        arn: Option<StreamArn>,
        /// Its view type.
        enabled: StreamViewType,
        /// The view type that was asked for.
        wanted: StreamViewType,
    },
    /// No stream is enabled.
    #[error("table {table} has no stream that is enabled")]
    NotEnabled {
        /// Its name.
        table: Arc<str>,
    },
    /// The old stream is disabled, or was asked to be, and the new one could not be enabled. Until it is, changes are in
    /// no stream.
    #[error(
        "the stream of table {table} is being disabled and could not be enabled again with {}; `change_view_type` goes on from there",
        .view_type.as_str()
    )]
    LeftDisabled {
        /// Its name.
        table: Arc<str>,
        /// The view type that was asked for.
        view_type: StreamViewType,
        /// Why.
        source: Box<SetupError>,
    },
    /// The credentials are wrong, or their policy does not allow the call.
    #[error("{} of table {table} is not allowed to these credentials", .source.operation())]
    AccessDenied {
        /// Its name.
        table: Arc<str>,
        /// What the service said.
        source: Box<CallError>,
    },
    /// The service does not take the request: the table's name is none, or the table is part of something that forbids
    /// the change, such as a global table.
    #[error("{} of table {table} was refused: {}", .source.operation(), .source.message().unwrap_or("without a word"))]
    Refused {
        /// Its name.
        table: Arc<str>,
        /// What the service said. It quotes no item.
        source: Box<CallError>,
    },
    /// It was not so in time.
    #[error("table {table}: waited {} ms for {awaited}", .waited.as_millis())]
    TimedOut {
        /// Its name.
        table: Arc<str>,
        /// For what.
        awaited: Awaited,
        /// How long.
        waited: Duration,
        /// The last error, where an error was the reason to wait.
        #[source]
        source: Option<Arc<dyn Error + Send + Sync>>,
    },
    /// A call failed in another way that does not pass.
    #[error("the stream of table {table} could not be set up")]
    Call {
        /// Its name.
        table: Arc<str>,
        /// What went wrong.
        source: Box<CallError>,
    },
    /// A call of the Streams API failed in a way that does not pass.
    #[error("the stream of table {table} could not be looked at")]
    Streams {
        /// Its name.
        table: Arc<str>,
        /// What went wrong.
        source: StreamsError,
    },
}

/// What the set-up waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Awaited {
    /// The table to be created, or its update to end.
    TableActive {
        /// Its status, as the service writes it.
        status: String,
    },
    /// Another update of the table to end.
    OtherUpdate,
    /// A turn: the account has as many table operations at once as it may.
    Turn,
    /// The description of the table to show what was changed.
    Description,
    /// The stream to take on records.
    StreamEnabled,
    /// The stream to have a shard.
    Shard,
    /// A call to be answered.
    Answer {
        /// Such as `DescribeTable`.
        operation: &'static str,
    },
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableActive { status } => write!(f, "the table to be ACTIVE; it is {status}"),
            Self::OtherUpdate => f.write_str("another update of the table to end"),
            Self::Turn => f.write_str("a turn among the table operations of the account"),
            Self::Description => f.write_str("the table's description to show the change"),
            Self::StreamEnabled => f.write_str("the stream to be ENABLED"),
            Self::Shard => f.write_str("the stream to have a shard"),
            Self::Answer { operation } => write!(f, "an answer to {operation}"),
        }
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<SetupError>();
};
