//! Errors of the SDK, of any operation.

use super::{CallError, ErrorKind};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        RequestId, execute_transaction::ExecuteTransactionError, transact_write_items::TransactWriteItemsError,
    },
    types::CancellationReason,
};
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{ConnectorError, DispatchFailure},
};
use dynacdc_sink::Class;
use std::{any::Any, error::Error, sync::Arc};

impl CallError {
    /// The error of a call of `operation`, such as `PutItem`.
    pub fn new<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let kind = match &error {
            SdkError::ServiceError(failure) => return Self::service(operation, failure.err(), status),
            SdkError::ConstructionFailure(_) => ErrorKind::Unsendable,
            SdkError::TimeoutError(_) => ErrorKind::TimedOut,
            SdkError::DispatchFailure(failure) => dispatch(failure),
            // Of a 5xx the body is often none of DynamoDB's; an answer that is cut off has any status.
            _ if status.is_some_and(|status| status >= 500) => ErrorKind::ServiceFailed,
            _ => ErrorKind::Unreadable,
        };
        // The error of a connection tells of no item. What the SDK says of an answer that it cannot read may quote it.
        let tells = !matches!(kind, ErrorKind::Unreadable | ErrorKind::ServiceFailed);
        let source = error.into_source().ok().filter(|_| tells).map(Arc::from);
        Self { status, source, ..Self::of_kind(kind, operation) }
    }

    fn service<E>(operation: &'static str, error: &E, status: Option<u16>) -> Self
    where
        E: ProvideErrorMetadata + 'static,
    {
        let metadata = error.meta();
        let (code, message) = (metadata.code(), metadata.message());
        let kind = match ErrorKind::of(code, message, status) {
            ErrorKind::Canceled => decisive(reasons(error)),
            kind => kind,
        };
        Self {
            status,
            code: code.map(Into::into),
            message: message.map(Into::into),
            request_id: metadata.request_id().map(Into::into),
            ..Self::of_kind(kind, operation)
        }
    }
}

/// The cancellation reasons, where the error is that of a transaction.
fn reasons(error: &dyn Any) -> &[CancellationReason] {
    let write = error.downcast_ref().and_then(|error| match error {
        TransactWriteItemsError::TransactionCanceledException(canceled) => Some(canceled),
        _ => None,
    });
    let statements = error.downcast_ref().and_then(|error| match error {
        ExecuteTransactionError::TransactionCanceledException(canceled) => Some(canceled),
        _ => None,
    });
    write.or(statements).map(|canceled| canceled.cancellation_reasons()).unwrap_or_default()
}

/// The reason that decides what is to be done about a transaction: one that never passes, then one that stops everything,
/// then a condition that does not hold, which no repetition mends; what passes by itself counts least.
fn decisive(reasons: &[CancellationReason]) -> ErrorKind {
    let kinds = reasons.iter().filter_map(|reason| {
        let code = reason.code()?;
        (code != "None").then(|| ErrorKind::of(Some(code), reason.message(), None))
    });
    let weight =
        |kind: &ErrorKind| (kind.class() != Class::Transient, kind.class(), *kind == ErrorKind::ConditionFailed);
    kinds.max_by_key(weight).unwrap_or(ErrorKind::Canceled)
}

fn dispatch(failure: &DispatchFailure) -> ErrorKind {
    let Some(connector) = failure.as_connector_error() else { return ErrorKind::Unreachable };
    if connector.is_timeout() {
        ErrorKind::TimedOut
    } else if connector.is_user() || lacks_credentials(connector) {
        ErrorKind::Unsendable
    } else {
        ErrorKind::Unreachable
    }
}

/// Credentials that are not there, or wrongly configured. A provider that failed or timed out is another thing: it is a
/// call over the network too.
fn lacks_credentials(error: &ConnectorError) -> bool {
    let mut source = Some(error as &(dyn Error + 'static));
    while let Some(error) = source {
        match error.downcast_ref() {
            Some(CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_)) => return true,
            _ => source = error.source(),
        }
    }
    false
}
