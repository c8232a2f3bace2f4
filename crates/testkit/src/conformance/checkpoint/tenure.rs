//! One owner at a time: line 4.

use super::{
    Found, StoreFixture, Tried, Verdict, after, are, beginning, checkpoint, found, orders, positions, same, shard,
    superseded,
};
use crate::conformance::verdict::Stopped;
use dynacdc_record::StreamArn;
use dynacdc_source::{CheckpointErrorKind, CheckpointStore, Progress, Stamp, Tenure};
use futures_util::future::{join, join_all};
use std::collections::BTreeSet;

pub(super) async fn run<F>(verdict: &mut Verdict, make: &impl Fn() -> F)
where
    F: StoreFixture<Store: CheckpointStore>,
{
    let rises = "4. each take-over has a higher term than those before, also of two at once";
    verdict.run("terms", rises, terms(&make())).await;
    verdict.run("terms_at_once", rises, terms_at_once(&make())).await;
    verdict.run("looking", "4. to load is not to take over", looking(&make())).await;
    let refused = "4. no call of an earlier term changes anything, and each is refused";
    verdict.run("zombie_save", refused, zombie_save(&make())).await;
    verdict.run("zombie_first_save", refused, zombie_first_save(&make())).await;
    verdict.run("zombie_forget", refused, zombie_forget(&make())).await;
    verdict.run("zombie_repetition", refused, zombie_repetition(&make())).await;
    verdict.run("zombie_finished", refused, zombie_finished(&make())).await;
    verdict.run("unknown_term", "4. a term that was never given is refused", unknown_term(&make())).await;
    verdict.run("overtaken", "4. what was saved in time is found, what was not is refused", overtaken(&make())).await;
}

async fn terms<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (stores, stream) = ([fixture.open().await?, fixture.open().await?], orders()?);
    let mut last = 0;
    // The same owner again is another tenure: it may be another process of that name.
    for (turn, owner) in ["a", "b", "b", "a", "host-1 ä/\"2\""].into_iter().enumerate() {
        let stored = stores[turn % 2].take_over(&stream, owner, beginning()).await?;
        same("the owner", &*stored.tenure.owner, owner)?;
        same("the term is higher", stored.tenure.term > last, true)?;
        last = stored.tenure.term;
        let loaded = stores[(turn + 1) % 2].load(&stream).await?.map(|stored| stored.tenure);
        same("as it is loaded", loaded, Some(stored.tenure))?;
    }
    Ok(())
}

async fn terms_at_once<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let stream = orders()?;
    let mut stores = Vec::new();
    for _ in 0..6 {
        stores.push(fixture.open().await?);
    }
    let first = stores[0].take_over(&stream, "first", beginning()).await?.tenure;
    for number in 0..3 {
        stores[0].save(&stream, &shard(number), &after("100")?, first.stamp(1)).await?;
    }
    let mut last = first.term;
    for _ in 0..3 {
        let takes = join_all(stores.iter().map(|store| store.take_over(&stream, "at once", beginning()))).await;
        let mut tenures = Vec::new();
        for taken in takes {
            match taken {
                Ok(stored) => tenures.push(stored.tenure),
                Err(error) => same("one that is overtaken", error.kind(), CheckpointErrorKind::Superseded)?,
            }
        }
        let terms: BTreeSet<u64> = tenures.iter().map(|tenure| tenure.term).collect();
        same("no two have one term", terms.len(), tenures.len())?;
        same("all are higher than before", terms.first().is_some_and(|lowest| *lowest > last), true)?;
        last = terms.last().copied().unwrap_or_default();
        for tenure in tenures {
            for number in [0, 7] {
                let saved = stores[1].save(&stream, &shard(number), &after("200")?, tenure.stamp(1)).await;
                if tenure.term == last {
                    saved?;
                } else {
                    superseded("of those at once one is the owner", saved)?;
                }
            }
        }
    }
    Ok(())
}

async fn looking<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, tool, stream) = (fixture.open().await?, fixture.open().await?, orders()?);
    same("before anybody", tool.load(&stream).await?, None)?;
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    for count in 1..=3 {
        let loaded = tool.load(&stream).await?.map(|stored| stored.tenure);
        same("the owner", loaded, Some(tenure.clone()))?;
        store.save(&stream, &shard(1), &after("100")?, tenure.stamp(count)).await?;
        store.save(&stream, &shard(usize::try_from(count).unwrap_or(0) + 1), &after("100")?, tenure.stamp(1)).await?;
    }
    Ok(())
}

/// A stream that an owner had and another one took over: the earlier tenure, the later one, and what is stored.
async fn taken(store: &impl CheckpointStore, stream: &StreamArn) -> Result<(Tenure, Tenure, Found), Stopped> {
    let old = store.take_over(stream, "old", beginning()).await?.tenure;
    store.save(stream, &shard(1), &after("100")?, old.stamp(1)).await?;
    store.save(stream, &shard(2), &checkpoint(Progress::Finished { last: None }), old.stamp(1)).await?;
    let stored = store.take_over(stream, "new", beginning()).await?;
    Ok((old, stored.tenure.clone(), positions(stored)?))
}

/// It is refused, whoever looks, and the owner can go on.
async fn untouched<F: StoreFixture<Store: CheckpointStore>>(fixture: &F, new: &Tenure, before: &Found) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    are("what is loaded", found(&store, &stream).await?, before)?;
    store.save(&stream, &shard(1), &after("150")?, new.stamp(1)).await?;
    let mut expected = before.clone();
    expected.insert(shard(1), after("150")?);
    are("when the owner goes on", found(&store, &stream).await?, &expected)?;
    let next = store.take_over(&stream, "next", beginning()).await?;
    are("what the next owner finds", positions(next)?, &expected)
}

async fn zombie_save<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let (old, new, before) = taken(&store, &stream).await?;
    // Whatever it counts, also higher than its successor ever will.
    for count in [2, u64::from(u32::MAX)] {
        let saved = store.save(&stream, &shard(1), &after("200")?, old.stamp(count)).await;
        superseded("a save of the earlier owner", saved)?;
    }
    untouched(fixture, &new, &before).await
}

async fn zombie_first_save<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let (old, new, before) = taken(&store, &stream).await?;
    let saved = store.save(&stream, &shard(3), &after("200")?, old.stamp(1)).await;
    superseded("a save of the earlier owner, of a shard that has no position", saved)?;
    untouched(fixture, &new, &before).await
}

async fn zombie_forget<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let (old, new, before) = taken(&store, &stream).await?;
    for number in [1, 2, 3] {
        let forgot = store.forget(&stream, &shard(number), old.stamp(2)).await;
        superseded("a forget of the earlier owner", forgot)?;
    }
    untouched(fixture, &new, &before).await
}

/// Its own call once more, which would be a repetition within its term.
async fn zombie_repetition<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let (old, new, before) = taken(&store, &stream).await?;
    superseded("a repetition", store.save(&stream, &shard(1), &after("100")?, old.stamp(1)).await)?;
    untouched(fixture, &new, &before).await
}

async fn zombie_finished<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let (old, new, before) = taken(&store, &stream).await?;
    let saved = store.save(&stream, &shard(2), &after("200")?, old.stamp(2)).await;
    superseded("a save of the earlier owner, of a finished shard", saved)?;
    untouched(fixture, &new, &before).await
}

async fn unknown_term<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let never = Stamp { term: 1, count: 1 };
    superseded("before anybody took over", store.save(&stream, &shard(1), &after("100")?, never).await)?;
    superseded("before anybody took over", store.forget(&stream, &shard(1), never).await)?;
    same("then there is", store.load(&stream).await?, None)?;
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    store.save(&stream, &shard(1), &after("100")?, tenure.stamp(1)).await?;
    for term in [0, tenure.term + 1] {
        for number in [1, 2] {
            let stamp = Stamp { term, count: 9 };
            superseded("another term", store.save(&stream, &shard(number), &after("200")?, stamp).await)?;
            superseded("another term", store.forget(&stream, &shard(number), stamp).await)?;
        }
    }
    are("what is there", found(&store, &stream).await?, &Found::from([(shard(1), after("100")?)]))
}

/// Saves go on while somebody takes over: of each, whoever saved knows whether the next owner goes on from it.
async fn overtaken<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (old, new, stream) = (fixture.open().await?, fixture.open().await?, orders()?);
    for round in 0..4 {
        let tenure = old.take_over(&stream, "old", beginning()).await?.tenure;
        let shards: Vec<_> = (0..8).map(|number| shard(round * 8 + number)).collect();
        for shard in &shards[..4] {
            old.save(&stream, shard, &after("100")?, tenure.stamp(1)).await?;
        }
        let saved = after("200")?;
        let saves = join_all(shards.iter().map(|shard| old.save(&stream, shard, &saved, tenure.stamp(2))));
        let takes = new.take_over(&stream, "new", beginning());
        // Either is first.
        let (saves, taken) = if round % 2 == 0 {
            let (taken, saves) = join(takes, saves).await;
            (saves, taken)
        } else {
            join(saves, takes).await
        };
        let taken = positions(taken?)?;
        let then = found(&new, &stream).await?;
        for (shard, save) in shards.iter().zip(saves) {
            let known = taken.get(shard);
            match save {
                // It may have been too late, and then the owner is told so.
                Ok(()) => same("one that was saved", known, Some(&saved))?,
                Err(error) => same("one that was not", error.kind(), CheckpointErrorKind::Superseded)?,
            }
            same("what the owner found stays", then.get(shard), known)?;
        }
    }
    Ok(())
}
