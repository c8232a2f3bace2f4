//! Statements, many in a call, each with an answer of its own.

use super::{FencedWriter, Run, difference::Statement};
use crate::{CallError, ErrorKind, ItemSize};
use aws_sdk_dynamodb::{
    operation::batch_execute_statement::BatchExecuteStatementOutput,
    types::{BatchStatementError, BatchStatementErrorCodeEnum, BatchStatementRequest, ReturnConsumedCapacity},
};

pub(super) const OPERATION: &str = "BatchExecuteStatement";

/// Bytes of items in one call. The request has at most 16 MB, and a list of small values takes seven times its size there.
pub(super) const BYTES: usize = 2 * 1024 * 1024;

impl FencedWriter {
    /// Sends the statements, and says of each whether it was carried out.
    pub(super) async fn send(
        &self,
        statements: Vec<Statement>,
        run: &Run<'_>,
    ) -> Result<Vec<Result<(), CallError>>, CallError> {
        run.meter.call(statements.iter().map(|statement| statement.size).sum());
        let units: Vec<_> = statements.iter().map(|statement| statement.units).collect();
        let requests = statements.into_iter().map(request).collect::<Result<Vec<_>, _>>()?;
        let call = self.client.batch_execute_statement().set_statements(Some(requests));
        let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total).send();
        let call = Box::pin(async { call.await.map_err(|error| CallError::new(OPERATION, error)) });
        let answer = run.in_time(OPERATION, call).await;
        let answer = answer.and_then(|answer| match answer.responses().len() == units.len() {
            true => Ok(answer),
            // Which statement an answer belongs to cannot be told.
            false => Err(CallError::of_kind(ErrorKind::Unreadable, OPERATION)),
        });
        if answer.as_ref().is_err_and(CallError::may_have_happened) {
            run.meter.consumed([], units.iter().sum());
        }
        let answer = answer?;
        let verdicts = verdicts(&answer);
        let done = units.iter().zip(&verdicts).filter(|(_, verdict)| consumes(verdict));
        run.meter.consumed(answer.consumed_capacity(), done.map(|(units, _)| units).sum());
        Ok(verdicts)
    }
}

fn request(statement: Statement) -> Result<BatchStatementRequest, CallError> {
    let request = BatchStatementRequest::builder().statement(statement.text);
    let request = request.set_parameters(Some(statement.parameters)).build();
    request.map_err(|_| CallError::of_kind(ErrorKind::Unsendable, OPERATION))
}

fn verdicts(answer: &BatchExecuteStatementOutput) -> Vec<Result<(), CallError>> {
    let verdict = |error: &BatchStatementError| {
        let code = error.code().map_or("", BatchStatementErrorCodeEnum::as_str);
        Err(CallError::of_code(OPERATION, code, error.message()))
    };
    answer.responses().iter().map(|response| response.error().map_or(Ok(()), verdict)).collect()
}

/// A condition that does not hold is metered too.
fn consumes(verdict: &Result<(), CallError>) -> bool {
    match verdict {
        Ok(()) => true,
        Err(error) => error.kind() == ErrorKind::ConditionFailed || error.may_have_happened(),
    }
}

/// How many of these go into one call.
pub(super) fn fitting<'a>(statements: impl Iterator<Item = &'a Statement>, most: usize) -> usize {
    let mut bytes = 0;
    let fits = |(at, statement): &(usize, &Statement)| {
        bytes += statement.text.len() + ItemSize::bytes(statement.size);
        *at == 0 || bytes <= BYTES
    };
    statements.take(most).enumerate().take_while(fits).count()
}
