//! How a table is brought to where its stream is as wanted.

use super::{
    Awaited, SetupError, StreamSetup,
    run::{Next, Run},
    state::TableState,
};
use aws_sdk_dynamodb::types::{self, StreamSpecification, TableStatus};
use dynacdc_dynamodb::{CallError, ErrorKind};
use dynacdc_record::StreamViewType;
use dynacdc_sink::Class;
use std::sync::Arc;

const DESCRIBE: &str = "DescribeTable";
const UPDATE: &str = "UpdateTable";

/// What the service says where the stream is as it was asked for, by parts of its messages: somebody else was faster, or
/// the description that was looked at is behind.
const AS_WANTED: [&str; 2] = ["already has an enabled stream", "has no stream to disable"];

#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    Enabled(StreamViewType),
    Disabled,
}

impl StreamSetup {
    /// Changes the table where it has to be, and waits until it is as wanted.
    pub(super) async fn reach(&self, goal: Goal, run: &mut Run) -> Result<TableState, SetupError> {
        loop {
            let table = self.active(run).await?;
            match (goal, table.enabled) {
                (Goal::Enabled(wanted), Some(enabled)) if wanted != enabled => {
                    return Err(SetupError::OtherViewType { table: self.table(), arn: table.latest, enabled, wanted });
                }
                (Goal::Enabled(_), Some(_)) | (Goal::Disabled, None) => return Ok(table),
                (Goal::Enabled(_), None) | (Goal::Disabled, Some(_)) => {}
            }
            let updated = self.update(goal).await;
            run.has_asked |= updated.as_ref().err().is_none_or(CallError::may_have_happened);
            let (awaited, cause) = match updated {
                Ok(()) => (Awaited::Description, None),
                Err(error) => (self.after_update(&error)?, Some(Arc::new(error) as _)),
            };
            run.wait(&self.table, awaited, cause).await?;
        }
    }

    /// Waits until no update of the table is under way.
    pub(super) async fn active(&self, run: &mut Run) -> Result<TableState, SetupError> {
        loop {
            let (awaited, cause) = match self.described().await? {
                Next::Done(table) => match &table.status {
                    TableStatus::Active => return Ok(table),
                    TableStatus::Deleting => return Err(SetupError::Deleting { table: self.table() }),
                    TableStatus::Creating | TableStatus::Updating => {
                        (Awaited::TableActive { status: table.status.as_str().to_owned() }, None)
                    }
                    status => {
                        let status = status.as_str().to_owned();
                        return Err(SetupError::Unusable { table: self.table(), status });
                    }
                },
                Next::Wait(awaited, cause) => (awaited, cause),
            };
            run.wait(&self.table, awaited, cause).await?;
        }
    }

    /// One look at the table.
    pub(super) async fn described(&self) -> Result<Next<TableState>, SetupError> {
        let answer = self.client.describe_table().table_name(&*self.table).send().await;
        let table = answer.map_err(|error| CallError::new(DESCRIBE, error));
        match table.and_then(|answer| TableState::read(answer.table(), DESCRIBE)) {
            Ok(table) => Ok(Next::Done(table)),
            Err(error) if error.class() == Class::Transient => {
                Ok(Next::Wait(Awaited::Answer { operation: DESCRIBE }, Some(Arc::new(error))))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn update(&self, goal: Goal) -> Result<(), CallError> {
        let specification = match goal {
            Goal::Enabled(view_type) => StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(types::StreamViewType::from(view_type.as_str())),
            Goal::Disabled => StreamSpecification::builder().stream_enabled(false),
        };
        let specification = specification.build().map_err(|_| CallError::of_kind(ErrorKind::Unsendable, UPDATE))?;
        let request = self.client.update_table().table_name(&*self.table).stream_specification(specification);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(CallError::new(UPDATE, error)),
        }
    }

    /// What is to be waited for after an update that failed. An update whose answer was lost shows in the description.
    fn after_update(&self, error: &CallError) -> Result<Awaited, SetupError> {
        let is_as_wanted = |message: &str| AS_WANTED.iter().any(|part| message.contains(part));
        match error.kind() {
            ErrorKind::Throttled => Ok(Awaited::Turn),
            ErrorKind::Conflict => Ok(Awaited::OtherUpdate),
            ErrorKind::Refused if error.message().is_some_and(is_as_wanted) => Ok(Awaited::Description),
            _ if error.class() == Class::Transient => Ok(Awaited::Answer { operation: UPDATE }),
            _ => Err(self.failed(error.clone())),
        }
    }

    fn failed(&self, error: CallError) -> SetupError {
        let table = self.table();
        match error.kind() {
            ErrorKind::NotFound => SetupError::NoTable { table },
            ErrorKind::Denied => SetupError::AccessDenied { table, source: Box::new(error) },
            ErrorKind::Refused | ErrorKind::BadRequest => SetupError::Refused { table, source: Box::new(error) },
            _ => SetupError::Call { table, source: Box::new(error) },
        }
    }
}
