//! What a [`CheckpointStore`] promises.

mod finding;
mod order;
mod tenure;

use super::{
    StoreFixture, Verdict,
    verdict::{Stopped, Tried, same},
};
use chrono::{DateTime, Utc};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Beginning, Checkpoint, CheckpointError, CheckpointErrorKind, CheckpointStore, Progress, Start, Stored,
};
use std::{collections::BTreeMap, num::NonZeroU16};

/// Runs the suite of [`CheckpointStore`]. `make` makes an empty backend for each trial.
pub async fn checkpoint_store<F>(make: impl Fn() -> F) -> Verdict
where
    F: StoreFixture<Store: CheckpointStore>,
{
    let mut verdict = Verdict::on("checkpoint store");
    finding::run(&mut verdict, &make).await;
    tenure::run(&mut verdict, &make).await;
    order::run(&mut verdict, &make).await;
    verdict
}

fn stream(table: &str, label: &str) -> Result<StreamArn, Stopped> {
    Ok(StreamArn::parse(&format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/{label}"))?)
}

fn orders() -> Result<StreamArn, Stopped> {
    stream("orders", "2026-05-01T12:00:00.000")
}

fn shard(number: usize) -> ShardId {
    ShardId::from(format!("shardId-{number}"))
}

/// A time that has nanoseconds.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_777_000_000 + seconds, 123_456_789).unwrap_or_default()
}

fn beginning() -> Beginning {
    Beginning { start: Start::TrimHorizon, at: at(0) }
}

fn sequence(text: &str) -> Result<SequenceNumber, Stopped> {
    Ok(SequenceNumber::parse(text)?)
}

fn checkpoint(progress: Progress) -> Checkpoint {
    Checkpoint { progress, as_of: at(1), sub_lanes: NonZeroU16::MIN }
}

fn after(text: &str) -> Result<Checkpoint, Stopped> {
    Ok(checkpoint(Progress::After(sequence(text)?)))
}

type Found = BTreeMap<ShardId, Checkpoint>;

/// The positions of a stream, each shard once.
fn positions(stored: Stored) -> Result<Found, Stopped> {
    let (count, found) = (stored.checkpoints.len(), stored.checkpoints.into_iter().collect::<Found>());
    same("checkpoints of different shards", found.len(), count)?;
    Ok(found)
}

/// What another look finds.
async fn found(store: &impl CheckpointStore, stream: &StreamArn) -> Result<Found, Stopped> {
    let stored = store.load(stream).await?;
    positions(stored.ok_or_else(|| Stopped::broken("nothing is known of a stream that was taken over"))?)
}

/// Sequence numbers compare by value; what goes back to the service is the text.
fn texts(found: &Found) -> Vec<String> {
    found.values().map(|checkpoint| format!("{:?}", checkpoint.progress)).collect()
}

/// The positions are these, to the text.
fn are(what: &str, found: Found, expected: &Found) -> Tried {
    same(what, texts(&found), texts(expected))?;
    same(what, &found, expected)
}

/// Somebody else's are the positions, and the caller is told so.
fn superseded<T>(what: &str, result: Result<T, CheckpointError>) -> Tried {
    let told = result.err().map(|error| error.kind());
    same(what, told, Some(CheckpointErrorKind::Superseded))
}
