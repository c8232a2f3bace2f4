use dynacdc_record::{ArnError, DecodeError, Path, Segment, SequenceNumberError};

/// A text is no failure message, and where it is none.
///
/// It names the member that is at fault, such as `Records[0].body.DDBStreamBatchInfo.streamArn`, and never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{kind}", place(.path))]
pub struct FailureMessageError {
    path: Path,
    kind: FailureMessageErrorKind,
}

/// What is wrong with a failure message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FailureMessageErrorKind {
    /// The text is no JSON. In a text inside another one the position counts from its own beginning.
    #[error("no JSON, line {line}, column {column}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1; 0 where a line ends too early.
        column: usize,
    },
    /// Something of another type stands here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A member that every message has is absent or null.
    #[error("missing")]
    Missing,
    /// An object in none of the forms that a failure message comes in.
    #[error("neither a failure message nor an envelope of SQS or SNS around one")]
    UnknownForm,
    /// A notification of S3: it names the object in which the message is, which has to be read first.
    #[error("a notification of S3, which only names the object that holds the message")]
    ObjectNotification,
    /// The batch did not come from a DynamoDB stream.
    #[error("the failed batch is not one of a DynamoDB stream")]
    OtherSource,
    /// Envelopes lie inside each other deeper than SQS and SNS make them.
    #[error("too many envelopes inside each other")]
    TooDeep,
    /// One message was asked for, and there are none or several.
    #[error("there are {0} messages here, expected one")]
    NotOne(usize),
    /// The ARN is none of a stream.
    #[error(transparent)]
    Arn(ArnError),
    /// A sequence number is none.
    #[error(transparent)]
    SequenceNumber(SequenceNumberError),
    /// The first sequence number is above the last one.
    #[error("the range of sequence numbers ends before it starts")]
    Range,
    /// The records cannot be read at all. One that cannot be read among others is no error of the message.
    #[error("the records: {0}")]
    Payload(#[source] DecodeError),
}

impl FailureMessageError {
    pub(super) const fn new(path: Path, kind: FailureMessageErrorKind) -> Self {
        Self { path, kind }
    }

    /// The way to the fault, through envelopes as if the text in them were JSON itself; empty for the text as a whole.
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong there.
    pub const fn kind(&self) -> &FailureMessageErrorKind {
        &self.kind
    }
}

impl FailureMessageErrorKind {
    /// Without what the parser says, which may quote the text.
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        Self::NotJson { line: error.line(), column: error.column() }
    }

    pub(super) fn at(self, path: &Path, segment: impl Into<Segment>) -> FailureMessageError {
        FailureMessageError::new(path.join(segment.into()), self)
    }
}

fn place(path: &Path) -> String {
    if path.is_root() { String::new() } else { format!("{path}: ") }
}
