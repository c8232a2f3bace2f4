use crate::{ShardId, SubLane};
use dynacdc_record::StreamArn;
use std::{fmt, sync::Arc};

/// The feed that a batch came from, and with it what the deliverer promises.
///
/// One `write` per lane is in flight; different lanes are written at once. Cheap to clone.
///
/// All kinds are listed, and the enum is not `non_exhaustive`: a new kind would be a change of the contract that every
/// sink has to answer. A stream is `None` where the source does not know one, such as a file of recorded events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The records come in the order of the stream, and a rewind goes on to where it was. A poller of the stream
    /// delivers so.
    Ordered {
        /// The stream.
        stream: Option<StreamArn>,
        /// The shard.
        shard: ShardId,
        /// Which share of the shard.
        part: SubLane,
    },
    /// No promise of order between batches, or that a rewind goes on. Every Lambda event is delivered so.
    Unordered {
        /// The stream.
        stream: Option<StreamArn>,
    },
    /// Parked records of another lane: in order per item key, perhaps repeated.
    Redrive {
        /// The lane on which the records were parked.
        of: Arc<Lane>,
    },
}

impl Lane {
    /// A whole shard, in order.
    pub fn ordered(stream: impl Into<Option<StreamArn>>, shard: impl Into<ShardId>) -> Self {
        Self::ordered_part(stream, shard, SubLane::WHOLE)
    }

    /// One share of a shard, in order.
    pub fn ordered_part(stream: impl Into<Option<StreamArn>>, shard: impl Into<ShardId>, part: SubLane) -> Self {
        Self::Ordered { stream: stream.into(), shard: shard.into(), part }
    }

    /// Without a promise of order.
    pub fn unordered(stream: impl Into<Option<StreamArn>>) -> Self {
        Self::Unordered { stream: stream.into() }
    }

    /// Parked records of `of`. A redrive of a redrive is one of the lane behind it.
    pub fn redrive(of: Self) -> Self {
        match of {
            Self::Redrive { .. } => of,
            of => Self::Redrive { of: Arc::new(of) },
        }
    }

    /// Whether the deliverer promises the order of the stream and rewinds that go on. A redrive does not: what was
    /// parked comes long after its neighbours.
    pub const fn is_ordered(&self) -> bool {
        matches!(self, Self::Ordered { .. })
    }

    /// The lane that the records were first delivered on: of a redrive the one behind it.
    pub fn first(&self) -> &Self {
        match self {
            Self::Redrive { of } => of.first(),
            lane => lane,
        }
    }

    /// The stream, where it is known.
    pub fn stream(&self) -> Option<&StreamArn> {
        match self.first() {
            Self::Ordered { stream, .. } | Self::Unordered { stream } => stream.as_ref(),
            Self::Redrive { .. } => None,
        }
    }

    /// The shard, where the lane has one.
    pub fn shard(&self) -> Option<&ShardId> {
        match self.first() {
            Self::Ordered { shard, .. } => Some(shard),
            Self::Unordered { .. } | Self::Redrive { .. } => None,
        }
    }
}

impl fmt::Display for Lane {
    /// For logs and errors; not to be parsed. Parts are written as `[0/4]`, counted from 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redrive { of } => return write!(f, "redrive of {of}"),
            Self::Ordered { stream: Some(stream), .. } | Self::Unordered { stream: Some(stream) } => {
                write!(f, "{stream}")?;
            }
            Self::Ordered { .. } | Self::Unordered { .. } => f.write_str("unknown stream")?,
        }
        match self {
            Self::Ordered { shard, part, .. } if part.is_whole() => write!(f, " {shard}"),
            Self::Ordered { shard, part, .. } => write!(f, " {shard}[{}/{}]", part.part(), part.of()),
            _ => f.write_str(" unordered"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291";

    #[test]
    fn a_redrive_tells_of_the_lane_behind_it() -> Result<(), Box<dyn std::error::Error>> {
        let arn = StreamArn::parse(ARN)?;
        let shard = Lane::ordered_part(arn.clone(), "shard-1", SubLane::new(1, 4)?);
        let redrive = Lane::redrive(shard.clone());

        assert_eq!(Lane::redrive(redrive.clone()), redrive);
        assert_eq!((redrive.first(), redrive.stream()), (&shard, Some(&arn)));
        assert_eq!(redrive.shard().map(ShardId::as_str), Some("shard-1"));
        assert!(shard.is_ordered() && !redrive.is_ordered());
        assert_eq!(redrive.to_string(), format!("redrive of {ARN} shard-1[1/4]"));
        Ok(())
    }

    #[test]
    fn a_stream_need_not_be_known() {
        let replayed = Lane::ordered(None, "events.json");

        assert_eq!(replayed.to_string(), "unknown stream events.json");
        assert_eq!(Lane::unordered(None).to_string(), "unknown stream unordered");
        assert_eq!((replayed.stream(), Lane::unordered(None).shard()), (None, None));
    }
}
