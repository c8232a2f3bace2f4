//! A stream, its shards and positions.

use chrono::DateTime;
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, Progress, Start};
use std::{collections::BTreeMap, error::Error, num::NonZeroU16};

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-05-01T12:00:00.000";

pub(crate) fn stream() -> StreamArn {
    StreamArn::parse(ARN).unwrap()
}

pub(crate) fn shard(number: usize) -> ShardId {
    ShardId::from(format!("shardId-{number}"))
}

pub(crate) fn beginning() -> Beginning {
    Beginning { start: Start::TrimHorizon, at: DateTime::from_timestamp(1_777_636_805, 250_000_000).unwrap() }
}

pub(crate) fn after(number: u64) -> Checkpoint {
    Checkpoint {
        progress: Progress::After(SequenceNumber::parse(&number.to_string()).unwrap()),
        as_of: DateTime::from_timestamp(1_777_644_600, 123_456_789).unwrap(),
        sub_lanes: NonZeroU16::MIN,
    }
}

/// The numbers behind which each shard is, as another handle finds them.
pub(crate) async fn numbers(store: &impl CheckpointStore) -> Fallible<BTreeMap<String, u64>> {
    let stored = store.load(&stream()).await?.ok_or("nothing is stored")?;
    let number = |progress: &Progress| match progress {
        Progress::After(sequence) => sequence.as_str().parse().ok(),
        _ => None,
    };
    let all = stored.checkpoints.iter().map(|(shard, checkpoint)| {
        Ok((shard.to_string(), number(&checkpoint.progress).ok_or("it has another progress")?))
    });
    all.collect()
}

pub(crate) fn kind<T>(result: Result<T, CheckpointError>) -> Option<CheckpointErrorKind> {
    result.err().map(|error| error.kind())
}
