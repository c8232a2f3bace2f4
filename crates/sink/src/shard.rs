//! Names of shards and of the sub-lanes that a shard is divided into.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The id of a shard, such as `shardId-00000001414562045508-2bac9cd2`. Opaque text; cheap to clone.
///
/// Its order is that of the text and says nothing about parents and children.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(Arc<str>);

impl ShardId {
    /// Of any text: a source that has no shards makes up a name for each of its ordered feeds.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ShardId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ShardId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl AsRef<str> for ShardId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ShardId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShardId({})", self.0)
    }
}

/// Which share of a shard a lane carries when the shard is handled in parallel by item key.
///
/// The number of shares is fixed for the life of a shard: an item key that went to another share half-way would be
/// handled by two at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubLane {
    part: u16,
    of: u16,
}

impl SubLane {
    /// The whole shard: part 0 of 1.
    pub const WHOLE: Self = Self { part: 0, of: 1 };

    /// Part `part` of `of`, counted from 0.
    ///
    /// # Errors
    /// [`SubLaneError`] unless `part` is less than `of`.
    pub const fn new(part: u16, of: u16) -> Result<Self, SubLaneError> {
        if part < of { Ok(Self { part, of }) } else { Err(SubLaneError { part, of }) }
    }

    /// The number of this part, from 0 and less than [`of`](Self::of).
    pub const fn part(self) -> u16 {
        self.part
    }

    /// How many parts the shard has; at least 1.
    pub const fn of(self) -> u16 {
        self.of
    }

    /// Whether it is the only part.
    pub const fn is_whole(self) -> bool {
        self.of == 1
    }
}

impl Default for SubLane {
    fn default() -> Self {
        Self::WHOLE
    }
}

/// There is no such part: parts count from 0 and there is at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard of {of} parts has no part {part}: they count from 0")]
pub struct SubLaneError {
    part: u16,
    of: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_less_than_their_number() {
        assert_eq!(SubLane::new(3, 4).map(|sub| (sub.part(), sub.of(), sub.is_whole())), Ok((3, 4, false)));
        assert_eq!(SubLane::new(0, 1), Ok(SubLane::WHOLE));
        for (part, of) in [(0, 0), (1, 1), (4, 4), (u16::MAX, u16::MAX)] {
            assert!(SubLane::new(part, of).is_err(), "part {part} of {of}");
        }
    }
}
