use crate::{Lane, SinkError};
use std::fmt;

/// How much redelivery a sink stands: after it, the sink is in the state that one delivery in order would have left.
///
/// The order of the levels is that of strength, so of several sinks that are written together the least counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Redelivery {
    /// The same batch again; a rewind that goes on to the old position; other cuts of the same records; a record twice
    /// in one batch. Plain puts and deletes by key stand this.
    Continued,
    /// Also a single old record, a call that takes effect after it was given up, a second owner of the lane that does
    /// not know it has lost it, and disorder between batches. It needs a fence: a condition in the write itself that
    /// refuses an older change, or an effect that is the same whenever it happens.
    Any,
}

impl Redelivery {
    /// Whether a sink of this level may be written from the lane.
    ///
    /// A sink of level [`Continued`](Self::Continued) calls this before it writes anything. A redrive counts as the
    /// lane that it redrives: what was parked keeps its order per item key.
    ///
    /// # Errors
    /// Of class Fatal for level [`Continued`](Self::Continued) and records that were delivered on a
    /// [`Lane::Unordered`].
    pub fn admit(self, lane: &Lane) -> Result<(), SinkError> {
        match (self, lane.first()) {
            (Self::Continued, Lane::Unordered { .. }) => Err(SinkError::fatal(
                "the lane promises no order, and the sink does not claim to stand that: it needs a fence, and then \
                 declares `Redelivery::Any`",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Redelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Continued => "continued",
            Self::Any => "any",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;

    #[test]
    fn a_continued_sink_refuses_records_that_came_without_order() {
        let ordered = Lane::ordered(None, "shard-1");
        for lane in [Lane::unordered(None), Lane::redrive(Lane::unordered(None))] {
            assert_eq!(Redelivery::Continued.admit(&lane).map_err(|error| error.class()), Err(Class::Fatal));
            assert!(Redelivery::Any.admit(&lane).is_ok());
        }
        for lane in [ordered.clone(), Lane::redrive(ordered)] {
            assert!(Redelivery::Continued.admit(&lane).is_ok());
        }
    }
}
