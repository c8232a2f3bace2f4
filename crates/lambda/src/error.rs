use dynacdc_record::DecodeError;
use dynacdc_sink::SinkError;
use lambda_runtime::Diagnostic;

/// Why an invocation failed, or a function could not start.
///
/// An invocation that fails settles nothing: Lambda delivers the whole batch again. So it is for what cannot be said by
/// naming a record; what can is a [`Response`](crate::Response). No text of an error holds a part of the event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionError {
    /// The event is no JSON, or has no list of records.
    #[error("the event is not one of DynamoDB Streams: {source}")]
    NotAnEvent {
        /// What is wrong with it, and where.
        source: DecodeError,
    },
    /// The event comes from another service.
    #[error("the event is not one of DynamoDB Streams but of {found}")]
    Foreign {
        /// The other service, as far as it is known.
        found: &'static str,
    },
    /// The mapping has a tumbling window, and the function is none for windows: Lambda would count its answer, which has
    /// no state, as failed.
    #[error("the event is of a tumbling window: take the window from the mapping, or write the function with `window`")]
    Windowed,
    /// The function is one for tumbling windows, and the mapping has none.
    #[error("the event is of no tumbling window: set `TumblingWindowInSeconds`, or write the function with a sink")]
    NotWindowed,
    /// A record could not be decoded, is not parked, and has no sequence number by which the answer could name it.
    /// Everything before it is written; nothing behind it is.
    #[error("a record without a sequence number could not be decoded, so the answer cannot name it: {source}")]
    Unnamed {
        /// What is wrong with it, and where.
        source: DecodeError,
    },
    /// The state of a window is not what the function takes, or no JSON can be made of it.
    #[error("the state of the window cannot be {0}")]
    State(&'static str),
    /// The state of a window has become larger than Lambda keeps. It would end the window early, without a word.
    #[error("the state of the window has {bytes} bytes, more than the 1 MB that Lambda keeps per shard")]
    StateTooLarge {
        /// The size as JSON.
        bytes: usize,
    },
    /// What was to be done with the state at the end of a window failed.
    #[error("the end of the window failed: {source:#}")]
    End {
        /// What went wrong.
        source: SinkError,
    },
    /// The sink stands no redelivery out of order, which is what a Lambda function gets.
    #[error(
        "sink `{sink}` cannot run under Lambda, which delivers records again and out of order: it needs a fence, and \
         then declares `Redelivery::Any`"
    )]
    Redelivery {
        /// The name of the sink.
        sink: String,
    },
    /// The process does not run under Lambda.
    #[error("the environment variable {variable} is missing or unreadable: this program runs under AWS Lambda")]
    Environment {
        /// The variable.
        variable: &'static str,
    },
    /// The connection to Lambda broke.
    #[error("the Lambda runtime ended")]
    Runtime {
        /// What the runtime said.
        source: lambda_runtime::Error,
    },
}

impl FunctionError {
    /// The name that Lambda shows as `errorType`.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::NotAnEvent { .. } => "NotAnEvent",
            Self::Foreign { .. } => "Foreign",
            Self::Windowed => "Windowed",
            Self::NotWindowed => "NotWindowed",
            Self::Unnamed { .. } => "Unnamed",
            Self::State(_) => "State",
            Self::StateTooLarge { .. } => "StateTooLarge",
            Self::End { .. } => "End",
            Self::Redelivery { .. } => "Redelivery",
            Self::Environment { .. } => "Environment",
            Self::Runtime { .. } => "Runtime",
        }
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self { error_type: format!("FunctionError.{}", error.kind()), error_message: error.to_string() }
    }
}
