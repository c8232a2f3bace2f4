use crate::StreamStatus;
use aws_sdk_dynamodb::types::{TableDescription, TableStatus};
use dynacdc_dynamodb::{CallError, ErrorKind};
use dynacdc_record::{StreamArn, StreamViewType};

/// The latest stream of a table, as the description of the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStream {
    /// Its ARN.
    pub arn: StreamArn,
    /// Which images its records carry; none where it is disabled, since the table no longer tells.
    pub view_type: Option<StreamViewType>,
    /// Whether it takes on records.
    pub status: StreamStatus,
}

/// What [`change_view_type`](super::StreamSetup::change_view_type) came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewTypeChange {
    /// The stream that ended, to be drained within 24 hours. None where none was known, or the view type was as wanted.
    pub old: Option<StreamArn>,
    /// The stream that is enabled now.
    pub new: StreamArn,
}

/// What matters of a table.
#[derive(Debug)]
pub(super) struct TableState {
    pub(super) status: TableStatus,
    /// The view type, where a stream is enabled.
    pub(super) enabled: Option<StreamViewType>,
    /// The newest stream. The service keeps it in the description when it is disabled.
    pub(super) latest: Option<StreamArn>,
}

impl TableState {
    /// `None` where the description says what no description of a table says.
    pub(super) fn of(table: &TableDescription) -> Option<Self> {
        let specification = table.stream_specification.as_ref().filter(|stream| stream.stream_enabled);
        let enabled = match specification {
            Some(stream) => Some(stream.stream_view_type.as_ref()?.as_str().parse().ok()?),
            None => None,
        };
        let latest = match table.latest_stream_arn() {
            Some(arn) => Some(StreamArn::parse(arn).ok()?),
            None if enabled.is_some() => return None,
            None => None,
        };
        Some(Self { status: table.table_status.clone()?, enabled, latest })
    }

    pub(super) fn read(table: Option<&TableDescription>, operation: &'static str) -> Result<Self, CallError> {
        table.and_then(Self::of).ok_or_else(|| CallError::of_kind(ErrorKind::Unreadable, operation))
    }

    pub(super) fn stream(self) -> Option<TableStream> {
        let is_still = matches!(self.status, TableStatus::Creating | TableStatus::Updating);
        let status = match (self.enabled, is_still) {
            (Some(_), false) => StreamStatus::Enabled,
            (Some(_), true) => StreamStatus::Enabling,
            (None, false) => StreamStatus::Disabled,
            (None, true) => StreamStatus::Disabling,
        };
        Some(TableStream { arn: self.latest?, view_type: self.enabled, status })
    }
}
