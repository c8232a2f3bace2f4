use crate::{NumberError, Path, Segment, tape::TooLarge};

/// Why an event or a record could not be decoded, and where.
///
/// The message names the record, the path in it and the byte offset in the event, and never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}byte {offset}: {kind}", record_text(*.record), path_text(.path))]
pub struct DecodeError {
    kind: DecodeErrorKind,
    record: Option<usize>,
    path: Path,
    offset: usize,
}

fn record_text(record: Option<usize>) -> String {
    record.map_or_else(String::new, |record| format!("record {record}, "))
}

fn path_text(path: &Path) -> String {
    if path.is_root() { String::new() } else { format!("{path}, ") }
}

impl DecodeError {
    /// What is wrong.
    pub const fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// The position of the record in its event, counted from 0; none if the event itself is at fault.
    pub const fn record(&self) -> Option<usize> {
        self.record
    }

    /// The way to the fault inside the record, such as `dynamodb.NewImage.total`.
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// Where the fault is, in bytes from the start of the event; 0 for records that did not come as text.
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

/// What is wrong with an event or a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The text is no JSON, or not of the shape that stands here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// The text ends too early.
    #[error("the text ends here, expected more")]
    End,
    /// There is something after the end of the event or record.
    #[error("there is text after the end")]
    TextAfterEnd,
    /// The bytes are not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// A control character stands unescaped in a string.
    #[error("a control character in a string must be escaped")]
    ControlCharacter,
    /// A backslash is followed by none of `"\/bfnrt` and `u` with four hex digits.
    #[error("bad escape in a string")]
    Escape,
    /// A `\u` escape is one half of a surrogate pair without the other.
    #[error("lone surrogate in a string")]
    LoneSurrogate,
    /// The text of a binary value is not padded base64 of the standard alphabet.
    #[error("bad base64")]
    Base64,
    /// A number is none that DynamoDB could hold.
    #[error("bad number: {0}")]
    Number(#[source] NumberError),
    /// An attribute value has no type tag.
    #[error("an attribute value has no type tag")]
    NoType,
    /// An attribute value has more than one type tag.
    #[error("an attribute value has two type tags")]
    TwoTypes,
    /// An attribute value has a type tag that DynamoDB does not know.
    #[error("unknown type tag, expected one of S, N, B, BOOL, NULL, SS, NS, BS, L and M")]
    UnknownType,
    /// A set has no elements.
    #[error("a set is empty, which DynamoDB does not allow")]
    EmptySet,
    /// There are too many maps and lists inside each other.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// A field that every record has is absent or null.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// `eventName` is none of `INSERT`, `MODIFY` and `REMOVE`.
    #[error("eventName is not one of INSERT, MODIFY and REMOVE")]
    EventName,
    /// `StreamViewType` is none of the four.
    #[error("StreamViewType is not one of KEYS_ONLY, NEW_IMAGE, OLD_IMAGE and NEW_AND_OLD_IMAGES")]
    ViewType,
    /// The sequence number is not 1 to 40 digits.
    #[error("the sequence number is not 1 to 40 digits")]
    SequenceNumber,
    /// The creation time is no number of seconds, or is out of range.
    #[error("the creation time is no number of seconds since 1970")]
    CreationTime,
    /// A size is no whole number.
    #[error("expected a whole number")]
    WholeNumber,
    /// `Keys` is not one or two attributes of type S, N or B.
    #[error("Keys is not one or two attributes of type S, N or B")]
    Keys,
    /// A name above 64 KB, or an event above 2 GiB.
    #[error("a name or the event is too large")]
    TooLarge,
}

impl DecodeErrorKind {
    /// A null value that says `false`.
    pub(crate) const NOT_NULL: Self = Self::Expected("true, which is the only null value");
}

/// An error on its way out: the path is gathered from the inside, so that a record without fault pays nothing for it.
#[derive(Debug)]
pub(crate) struct Fault {
    kind: DecodeErrorKind,
    offset: usize,
    /// The innermost segment first.
    path: Vec<Segment>,
}

pub(crate) type Parsed<T> = Result<T, Box<Fault>>;

impl Fault {
    #[cold]
    pub(crate) fn at(offset: usize, kind: DecodeErrorKind) -> Box<Self> {
        Box::new(Self { kind, offset, path: Vec::new() })
    }

    /// The error outside any record, or in record `record`.
    pub(crate) fn into_error(self, record: Option<usize>) -> DecodeError {
        let offset = self.offset;
        let (kind, path) = self.into_parts();
        DecodeError { kind, record, path, offset }
    }

    /// What is wrong and where, without the offset.
    pub(crate) fn into_parts(mut self) -> (DecodeErrorKind, Path) {
        self.path.reverse();
        (self.kind, self.path.into_iter().collect())
    }
}

impl From<TooLarge> for Box<Fault> {
    fn from(TooLarge: TooLarge) -> Self {
        Fault::at(0, DecodeErrorKind::TooLarge)
    }
}

/// Names the place that a fault came out of.
pub(crate) trait Under {
    fn under(self, segment: impl Into<Segment>) -> Self;
}

impl<T> Under for Parsed<T> {
    fn under(self, segment: impl Into<Segment>) -> Self {
        self.map_err(|mut fault| {
            fault.path.push(segment.into());
            fault
        })
    }
}
