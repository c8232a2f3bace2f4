//! What was saved is found, and found apart: lines 1, 2 and 5.

use super::{
    Found, StoreFixture, Tried, Verdict, after, are, at, beginning, checkpoint, found, orders, positions, same,
    sequence, shard, stream,
};
use crate::conformance::verdict::Stopped;
use chrono::{DateTime, Utc};
use dynacdc_sink::ShardId;
use dynacdc_source::{Beginning, Checkpoint, CheckpointStore, Progress, Start, Tenure};
use futures_util::future::join_all;
use std::num::NonZeroU16;

pub(super) async fn run<F>(verdict: &mut Verdict, make: &impl Fn() -> F)
where
    F: StoreFixture<Store: CheckpointStore>,
{
    let found = "1. what was saved is found, in this process and after a crash";
    verdict.run("empty", found, empty(&make())).await;
    verdict.run("every_kind", found, every_kind(&make())).await;
    verdict.run("numbers", "1. the texts of sequence numbers are kept", numbers(&make())).await;
    verdict.run("times", "1. times are kept to the nanosecond", times(&make())).await;
    verdict.run("sub_lanes", found, sub_lanes(&make())).await;
    verdict.run("replaced", found, replaced(&make())).await;
    verdict.run("durable", found, durable(&make())).await;
    verdict.run("saved_at_once", found, saved_at_once(&make())).await;
    let apart = "2. streams and shards do not share positions";
    verdict.run("shards_apart", apart, shards_apart(&make())).await;
    verdict.run("streams_apart", apart, streams_apart(&make())).await;
    verdict.run("first_beginning", "5. the first beginning stays", first_beginning(&make())).await;
}

async fn empty<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    same("of a stream that nobody read", store.load(&stream).await?, None)?;
    let stored = store.take_over(&stream, "a", beginning()).await?;
    same("the first one begins", stored.beginning, beginning())?;
    same("and finds", positions(stored)?, Found::new())
}

/// Saves all of it as one owner, and looks from each side.
async fn kept<F: StoreFixture<Store: CheckpointStore>>(fixture: &F, all: Vec<Checkpoint>) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    let all: Found = all.into_iter().enumerate().map(|(number, checkpoint)| (shard(number), checkpoint)).collect();
    for (shard, checkpoint) in &all {
        store.save(&stream, shard, checkpoint, tenure.stamp(1)).await?;
    }
    are("what is loaded", found(&store, &stream).await?, &all)?;
    let next = store.take_over(&stream, "b", beginning()).await?;
    are("what the next owner finds", positions(next)?, &all)?;
    are("what is loaded then", found(&store, &stream).await?, &all)
}

async fn every_kind<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let all = [
        Progress::Begun { since: None },
        Progress::Begun { since: Some(at(7)) },
        Progress::After(sequence("100")?),
        Progress::Finished { last: None },
        Progress::Finished { last: Some(sequence("200")?) },
    ];
    kept(fixture, all.map(checkpoint).to_vec()).await
}

async fn numbers<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    // The longest one that there is, one of 39 digits above 2^128, and such as are not the text of their value.
    let texts = [
        "1234567890123456789012345678901234567890",
        "999999999999999999999999999999999999999",
        "000000000000000000100",
        "0000000000000000000000000000000000000000",
        "0",
    ];
    let mut all = Vec::new();
    for text in texts {
        all.push(after(text)?);
        all.push(checkpoint(Progress::Finished { last: Some(sequence(text)?) }));
    }
    kept(fixture, all).await
}

async fn times<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let time = |seconds, nanos| DateTime::from_timestamp(seconds, nanos).unwrap_or_default();
    let times =
        [time(1_777_000_000, 1), time(1_777_000_000, 999_999_999), time(0, 0), time(-1, 5), time(4_102_444_800, 0)];
    let of = |time: DateTime<Utc>| {
        let since = Progress::Begun { since: Some(time) };
        [
            Checkpoint { as_of: time, ..checkpoint(since) },
            Checkpoint { as_of: time, ..checkpoint(Progress::Finished { last: None }) },
        ]
    };
    kept(fixture, times.into_iter().flat_map(of).collect()).await
}

async fn sub_lanes<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let counts = [1, 2, 3, 127, 128, 255, 256, 32_767, 32_768, u16::MAX].into_iter().filter_map(NonZeroU16::new);
    let mut all = Vec::new();
    for sub_lanes in counts {
        all.push(Checkpoint { sub_lanes, ..after("100")? });
    }
    kept(fixture, all).await
}

async fn replaced<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream, shard) = (fixture.open().await?, orders()?, shard(1));
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    let finished = checkpoint(Progress::Finished { last: None });
    let all = [checkpoint(Progress::Begun { since: Some(at(3)) }), after("100")?, after("200")?, finished, after("9")?];
    for (count, saved) in (1..).zip(all) {
        store.save(&stream, &shard, &saved, tenure.stamp(count)).await?;
        are("the one saved last", found(&store, &stream).await?, &Found::from([(shard.clone(), saved)]))?;
    }
    Ok(())
}

async fn durable<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let stream = orders()?;
    let (first, second) = (fixture.open().await?, fixture.open().await?);
    let tenure = first.take_over(&stream, "a", beginning()).await?.tenure;
    first.save(&stream, &shard(1), &after("100")?, tenure.stamp(1)).await?;
    first.save(&stream, &shard(2), &after("100")?, tenure.stamp(1)).await?;
    first.forget(&stream, &shard(2), tenure.stamp(2)).await?;
    let expected = Found::from([(shard(1), after("100")?)]);
    are("seen by another handle", found(&second, &stream).await?, &expected)?;
    drop((first, second));
    let third = fixture.open().await?;
    are("after a restart", found(&third, &stream).await?, &expected)?;
    let told = third.load(&stream).await?.map(|stored| stored.tenure);
    same("the owner after a restart", told, Some(tenure.clone()))?;
    third.save(&stream, &shard(1), &after("200")?, tenure.stamp(2)).await?;
    let fourth = fixture.open().await?;
    let found = positions(fourth.take_over(&stream, "b", beginning()).await?)?;
    are("taken over after a restart", found, &Found::from([(shard(1), after("200")?)]))
}

async fn saved_at_once<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (stores, stream) = ([fixture.open().await?, fixture.open().await?], orders()?);
    let tenure = stores[0].take_over(&stream, "a", beginning()).await?.tenure;
    let shards: Vec<ShardId> = (0..32).map(shard).collect();
    for round in 1..=2 {
        let saved = after(&round.to_string())?;
        let save = |(number, shard): (usize, _)| stores[number % 2].save(&stream, shard, &saved, tenure.stamp(round));
        let saves = join_all(shards.iter().enumerate().map(save)).await;
        saves.into_iter().collect::<Result<Vec<()>, _>>()?;
        let expected = shards.iter().map(|shard| (shard.clone(), saved.clone())).collect();
        are("of 32 shards saved at once", found(&stores[0], &stream).await?, &expected)?;
    }
    Ok(())
}

async fn shards_apart<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    let names = [
        "shardId-00000001414562045508-2bac9cd2",
        "shardId-1",
        "shardId-10",
        "a/b",
        "a:b",
        "a|b",
        "a b",
        "A B",
        "ä",
        "\"",
        "stream",
        "..",
    ];
    let mut expected = Found::new();
    for (number, name) in (100..).zip(names) {
        let checkpoint = after(&number.to_string())?;
        store.save(&stream, &ShardId::from(name), &checkpoint, tenure.stamp(1)).await?;
        expected.insert(name.into(), checkpoint);
    }
    are("shards of similar names", found(&store, &stream).await?, &expected)?;
    store.forget(&stream, &ShardId::from("a b"), tenure.stamp(2)).await?;
    expected.remove("a b");
    are("when one is forgotten", found(&store, &stream).await?, &expected)
}

async fn streams_apart<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let streams = [
        orders()?,
        stream("orders", "2026-05-02T12:00:00.000")?,
        stream("orders.2", "2026-05-01T12:00:00.000")?,
        stream("Orders", "2026-05-01T12:00:00.000")?,
        stream("orders", "2026-05-01T12-00-00.000")?,
        stream(&"o".repeat(255), "2026-05-01T12:00:00.000")?,
        stream(&format!("{}p", "o".repeat(254)), "2026-05-01T12:00:00.000")?,
    ];
    let mut tenures: Vec<Tenure> = Vec::new();
    for (number, stream) in (100..).zip(&streams) {
        let begun = Beginning { start: Start::Latest, at: at(number) };
        let stored = store.take_over(stream, &number.to_string(), begun).await?;
        same("a stream that is new begins", stored.beginning, begun)?;
        same("and has", positions(stored.clone())?, Found::new())?;
        tenures.push(stored.tenure);
    }
    for ((number, stream), tenure) in (100..).zip(&streams).zip(&tenures) {
        store.save(stream, &shard(1), &after(&number.to_string())?, tenure.stamp(1)).await?;
    }
    for ((number, stream), tenure) in (100..).zip(&streams).zip(tenures) {
        let stored = store.load(stream).await?.ok_or_else(|| Stopped::broken("it is not there"))?;
        same("the owner", &stored.tenure, &tenure)?;
        are(stream.as_str(), positions(stored)?, &Found::from([(shard(1), after(&number.to_string())?)]))?;
    }
    Ok(())
}

async fn first_beginning<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    for (label, start, other) in [("a", Start::Latest, Start::TrimHorizon), ("b", Start::TrimHorizon, Start::Latest)] {
        let stream = stream("orders", label)?;
        let first = Beginning { start, at: at(0) };
        same("at first", store.take_over(&stream, "a", first).await?.beginning, first)?;
        for later in 1..=2 {
            let again = Beginning { start: other, at: at(later) };
            same("at a later take-over", store.take_over(&stream, "b", again).await?.beginning, first)?;
        }
        let loaded = store.load(&stream).await?.map(|stored| stored.beginning);
        same("as it is loaded", loaded, Some(first))?;
    }
    Ok(())
}
