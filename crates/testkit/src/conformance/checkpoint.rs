//! What a [`CheckpointStore`] promises.

use super::{
    StoreFixture, Verdict,
    verdict::{Stopped, Tried, same},
};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{Checkpoint, CheckpointStore};
use futures_util::future::join_all;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// Runs the suite of [`CheckpointStore`]. `make` makes an empty backend for each trial.
pub async fn checkpoint_store<F>(make: impl Fn() -> F) -> Verdict
where
    F: StoreFixture<Store: CheckpointStore>,
{
    let mut verdict = Verdict::on("checkpoint store");
    let found = "1. what was saved is found, in this process and after a crash";
    verdict.run("empty", found, empty(&make())).await;
    verdict.run("every_kind", found, every_kind(&make())).await;
    verdict.run("replaced", found, replaced(&make())).await;
    verdict.run("durable", found, durable(&make())).await;
    verdict.run("saved_at_once", found, saved_at_once(&make())).await;
    let apart = "2. streams and shards do not share positions";
    verdict.run("shards_apart", apart, shards_apart(&make())).await;
    verdict.run("streams_apart", apart, streams_apart(&make())).await;
    verdict
}

fn stream(table: &str, label: &str) -> Result<StreamArn, Stopped> {
    Ok(StreamArn::parse(&format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/{label}"))?)
}

fn orders() -> Result<StreamArn, Stopped> {
    stream("orders", "2026-05-01T12:00:00.000")
}

fn after(sequence: &str) -> Result<Checkpoint, Stopped> {
    Ok(Checkpoint::After(SequenceNumber::parse(sequence)?))
}

type Found = BTreeMap<ShardId, Checkpoint>;

async fn found(store: &impl CheckpointStore, stream: &StreamArn) -> Result<Found, Stopped> {
    let loaded = store.load(stream).await?;
    let (count, found) = (loaded.len(), loaded.into_iter().collect::<Found>());
    same("checkpoints of different shards", found.len(), count)?;
    Ok(found)
}

async fn empty<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    same("an empty store", found(&fixture.open().await?, &orders()?).await?, Found::new())
}

async fn every_kind<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    // The longest number that there is, and one whose text is not that of its value.
    let all: Found = [
        ("shardId-00000001414562045508-2bac9cd2", after("1234567890123456789012345678901234567890")?),
        ("shardId-00000001414562045508-00000001", after("000000000000000000100")?),
        ("shardId-1", Checkpoint::Since(SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_000_000))),
        ("shardId-2", Checkpoint::Finished),
    ]
    .into_iter()
    .map(|(shard, checkpoint)| (ShardId::from(shard), checkpoint))
    .collect();
    for (shard, checkpoint) in &all {
        store.save(&stream, shard, checkpoint).await?;
    }
    let loaded = found(&store, &stream).await?;
    // Numbers compare by value; what goes back to AWS is the text.
    let texts = |found: &Found| -> Vec<String> {
        found
            .values()
            .map(|checkpoint| match checkpoint {
                Checkpoint::After(sequence) => sequence.as_str().to_owned(),
                other => format!("{other:?}"),
            })
            .collect()
    };
    same("the texts", texts(&loaded), texts(&all))?;
    same("all four", loaded, all)
}

async fn replaced<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream, shard) = (fixture.open().await?, orders()?, ShardId::from("shardId-1"));
    // The last one is a repair by hand: a store is not to know better.
    for checkpoint in [Checkpoint::Since(SystemTime::UNIX_EPOCH), after("100")?, after("200")?, after("150")?] {
        store.save(&stream, &shard, &checkpoint).await?;
        same("the one saved last", found(&store, &stream).await?, Found::from([(shard.clone(), checkpoint)]))?;
    }
    Ok(())
}

async fn durable<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (stream, shard) = (orders()?, ShardId::from("shardId-1"));
    let first = fixture.open().await?;
    let second = fixture.open().await?;
    first.save(&stream, &shard, &after("100")?).await?;
    let expected = Found::from([(shard, after("100")?)]);
    same("seen by another handle", found(&second, &stream).await?, expected.clone())?;
    drop((first, second));
    same("after a restart", found(&fixture.open().await?, &stream).await?, expected)
}

async fn saved_at_once<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream, checkpoint) = (fixture.open().await?, orders()?, after("100")?);
    let shards: Vec<ShardId> = (0..32).map(|number| ShardId::from(format!("shardId-{number}"))).collect();
    let saved = join_all(shards.iter().map(|shard| store.save(&stream, shard, &checkpoint))).await;
    saved.into_iter().collect::<Result<Vec<()>, _>>()?;
    same("of 32 shards saved at once", found(&store, &stream).await?.len(), 32)
}

async fn shards_apart<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let names = ["shardId-1", "shardId-10", "a/b", "a:b", "a b", "A B", "ä"];
    let mut expected = Found::new();
    for (number, name) in (100..).zip(names) {
        let checkpoint = after(&number.to_string())?;
        store.save(&stream, &ShardId::from(name), &checkpoint).await?;
        expected.insert(name.into(), checkpoint);
    }
    same("shards of similar names", found(&store, &stream).await?, expected)
}

async fn streams_apart<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, shard) = (fixture.open().await?, ShardId::from("shardId-1"));
    let streams = [
        orders()?,
        stream("orders", "2026-05-02T12:00:00.000")?,
        stream("orders.2", "2026-05-01T12:00:00.000")?,
        stream("Orders", "2026-05-01T12:00:00.000")?,
    ];
    for (number, stream) in (100..).zip(&streams) {
        store.save(stream, &shard, &after(&number.to_string())?).await?;
    }
    for (number, stream) in (100..).zip(&streams) {
        let expected = Found::from([(shard.clone(), after(&number.to_string())?)]);
        same(stream.as_str(), found(&store, stream).await?, expected)?;
    }
    Ok(())
}
