use std::{fmt, str::FromStr};

/// Which images a stream carries. It is chosen when the stream is enabled; to change it, the stream is disabled and a
/// new one enabled ([StreamSpecification]).
///
/// [StreamSpecification]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamViewType {
    /// Only the key attributes.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// The item before and after the change.
    NewAndOldImages,
}

impl StreamViewType {
    /// All four, in the order of AWS's documentation.
    pub const ALL: [Self; 4] = [Self::KeysOnly, Self::NewImage, Self::OldImage, Self::NewAndOldImages];

    /// The name as AWS writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }

    /// Whether records of inserts and changes carry the item after the change.
    pub const fn has_new_image(self) -> bool {
        matches!(self, Self::NewImage | Self::NewAndOldImages)
    }

    /// Whether records of changes and removals carry the item before the change.
    pub const fn has_old_image(self) -> bool {
        matches!(self, Self::OldImage | Self::NewAndOldImages)
    }
}

impl fmt::Display for StreamViewType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is no stream view type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of KEYS_ONLY, NEW_IMAGE, OLD_IMAGE and NEW_AND_OLD_IMAGES")]
#[non_exhaustive]
pub struct StreamViewTypeError;

impl FromStr for StreamViewType {
    type Err = StreamViewTypeError;

    fn from_str(text: &str) -> Result<Self, StreamViewTypeError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(StreamViewTypeError)
    }
}
