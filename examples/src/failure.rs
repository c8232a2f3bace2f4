use crate::Verdict;
use dynacdc_local::LocalError;
use dynacdc_record::{DecodeError, ItemError, NumberError};
use dynacdc_source::{PollError, ReplayError};
use dynacdc_testkit::SimulatorError;
use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

/// Why an example could not come to a verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing answers at the endpoint, or not as DynamoDB does.
    #[error("no DynamoDB answers at {endpoint}: {}", root(&**cause))]
    Unreachable {
        /// What `--endpoint` gave.
        endpoint: String,
        /// What the client said. Of its causes the last says it all.
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The server was asked for something and refused.
    #[error(transparent)]
    Server(#[from] LocalError),
    /// A request that no crate here makes for the example.
    #[error("{operation} failed")]
    Request {
        /// As the API names it.
        operation: &'static str,
        /// What the SDK said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Reading the stream ended.
    #[error("reading the stream ended")]
    Poll(#[from] PollError),
    /// The poller was stopped and is waited for no longer, or its task panicked.
    #[error("the poller is gone")]
    PollerGone,
    /// A write was made and its record does not come.
    #[error("no record arrived within {} seconds", .waited.as_secs())]
    NoRecord {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The recorded event was refused otherwise than it should be.
    #[error("the recorded event could not be replayed")]
    Replay(#[from] ReplayError),
    /// A recording that the example itself made does not decode.
    #[error("the recorded event could not be read back")]
    Decode(#[from] DecodeError),
    /// The recording is no JSON.
    #[error("the recorded event is no JSON")]
    Json(#[from] serde_json::Error),
    /// A generated item is none.
    #[error("a generated item is nothing that DynamoDB could hold")]
    Item(#[from] ItemError),
    /// The simulated stream was asked for what cannot be.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// A sum does not fit into 38 digits.
    #[error("a sum is no DynamoDB number")]
    Sum(#[from] NumberError),
    /// What came is not what the example is built on.
    #[error("{0}")]
    Unexpected(&'static str),
    /// The port that was named cannot be listened on.
    #[error("port {port} cannot be listened on")]
    Port {
        /// As it was named.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

impl Failure {
    /// A request that failed.
    pub fn request(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Request { operation, source: source.into() }
    }

    /// Whether the reader of the output has gone, as `head` does: nothing that needs a word.
    fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
            _ => false,
        }
    }
}

/// The exit code of an example: 0 if the verdict holds, 1 otherwise. A failure is told on standard error, with its causes.
pub fn report(example: &str, outcome: &Result<Verdict, Failure>) -> ExitCode {
    match outcome {
        Ok(verdict) if verdict.holds() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            if !failure.is_closed_pipe() {
                // There is nobody left to tell when this fails too.
                let _ = writeln!(io::stderr(), "{example}: {}", sentence(failure));
            }
            ExitCode::FAILURE
        }
    }
}

fn root<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    error.source().map_or(error, root)
}

/// The error and its causes in one line. Some libraries repeat the cause in their own message.
fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_are_told_once_each() {
        let inner = io::Error::other("connection refused");
        let failure = Failure::request("ListTables", Box::new(io::Error::other(inner)));

        assert_eq!(sentence(&failure), "ListTables failed: connection refused");
    }

    #[test]
    fn a_verdict_that_does_not_hold_is_a_failure() {
        let code = |outcome| format!("{:?}", report("example", &outcome));
        let wrong = Verdict::new(vec![crate::Check::new("records", 2, 1)]);
        let right = Verdict::new(vec![crate::Check::new("records", 2, 2)]);

        assert_eq!(code(Ok(wrong)), format!("{:?}", ExitCode::FAILURE));
        assert_eq!(code(Ok(right)), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(Err(Failure::Output(io::ErrorKind::BrokenPipe.into()))), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error_to_tell() {
        assert!(Failure::Output(io::ErrorKind::BrokenPipe.into()).is_closed_pipe());
        assert!(!Failure::Output(io::ErrorKind::StorageFull.into()).is_closed_pipe());
    }
}
