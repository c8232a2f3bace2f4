//! Which of two calls is the later one: lines 6 and 7.

use super::{Found, StoreFixture, Tried, Verdict, after, are, beginning, checkpoint, found, orders, positions, shard};
use dynacdc_source::{CheckpointStore, Progress};

pub(super) async fn run<F>(verdict: &mut Verdict, make: &impl Fn() -> F)
where
    F: StoreFixture<Store: CheckpointStore>,
{
    let late = "6. a call with a lower count does nothing and is Ok";
    verdict.run("late_save", late, late_save(&make())).await;
    verdict.run("late_forget", late, late_forget(&make())).await;
    verdict.run("late_after_forget", late, late_after_forget(&make())).await;
    verdict.run("repetition", "6. a repetition is Ok", repetition(&make())).await;
    verdict.run("forgotten", "6. what is forgotten is gone, until a later save", forgotten(&make())).await;
    verdict.run("set_back", "7. a position may be set back by a new owner", set_back(&make())).await;
}

async fn late_save<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, other, stream) = (fixture.open().await?, fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    store.save(&stream, &shard(1), &after("200")?, tenure.stamp(10)).await?;
    let expected = Found::from([(shard(1), after("200")?)]);
    // 9 and 10 are in another order as texts.
    for count in [9, 1] {
        for store in [&store, &other] {
            store.save(&stream, &shard(1), &after("300")?, tenure.stamp(count)).await?;
            are("after a late save", found(store, &stream).await?, &expected)?;
        }
    }
    store.save(&stream, &shard(1), &after("300")?, tenure.stamp(11)).await?;
    are("after a later one", found(&other, &stream).await?, &Found::from([(shard(1), after("300")?)]))
}

async fn late_forget<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    store.save(&stream, &shard(1), &after("200")?, tenure.stamp(10)).await?;
    store.forget(&stream, &shard(1), tenure.stamp(9)).await?;
    are("after a late forget", found(&store, &stream).await?, &Found::from([(shard(1), after("200")?)]))
}

async fn late_after_forget<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, other, stream) = (fixture.open().await?, fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    store.save(&stream, &shard(1), &after("100")?, tenure.stamp(1)).await?;
    store.forget(&stream, &shard(1), tenure.stamp(3)).await?;
    // Of a shard that never had a position, too.
    store.forget(&stream, &shard(2), tenure.stamp(3)).await?;
    for store in [&store, &other] {
        for number in [1, 2] {
            store.save(&stream, &shard(number), &after("200")?, tenure.stamp(2)).await?;
            are("after a late save", found(store, &stream).await?, &Found::new())?;
        }
    }
    let next = store.take_over(&stream, "b", beginning()).await?;
    are("what the next owner finds", positions(next)?, &Found::new())
}

async fn repetition<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, other, stream) = (fixture.open().await?, fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    for store in [&store, &other, &store] {
        store.save(&stream, &shard(1), &after("100")?, tenure.stamp(1)).await?;
        are("saved again", found(store, &stream).await?, &Found::from([(shard(1), after("100")?)]))?;
    }
    for store in [&store, &other, &store] {
        store.forget(&stream, &shard(1), tenure.stamp(2)).await?;
        are("forgotten again", found(store, &stream).await?, &Found::new())?;
    }
    Ok(())
}

async fn forgotten<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let tenure = store.take_over(&stream, "a", beginning()).await?.tenure;
    store.forget(&stream, &shard(9), tenure.stamp(1)).await?;
    store.save(&stream, &shard(1), &checkpoint(Progress::Finished { last: None }), tenure.stamp(1)).await?;
    store.save(&stream, &shard(2), &after("100")?, tenure.stamp(1)).await?;
    store.forget(&stream, &shard(1), tenure.stamp(2)).await?;
    let left = Found::from([(shard(2), after("100")?)]);
    are("what is left", found(&store, &stream).await?, &left)?;
    store.save(&stream, &shard(1), &after("50")?, tenure.stamp(3)).await?;
    let both = Found::from([(shard(1), after("50")?), (shard(2), after("100")?)]);
    are("after a later save", found(&store, &stream).await?, &both)?;
    store.forget(&stream, &shard(1), tenure.stamp(4)).await?;
    let next = store.take_over(&stream, "b", beginning()).await?;
    let tenure = next.tenure.clone();
    are("what the next owner finds", positions(next)?, &left)?;
    // Counts begin anew with each term, also of what was forgotten.
    store.save(&stream, &shard(1), &after("50")?, tenure.stamp(1)).await?;
    are("after its save", found(&store, &stream).await?, &both)
}

async fn set_back<F: StoreFixture<Store: CheckpointStore>>(fixture: &F) -> Tried {
    let (store, stream) = (fixture.open().await?, orders()?);
    let mut expected = Found::new();
    for (owner, numbers) in [("a", ["100", "200", "300"]), ("b", ["90", "80", "120"]), ("c", ["1", "2", "1"])] {
        let stored = store.take_over(&stream, owner, beginning()).await?;
        let tenure = stored.tenure.clone();
        are("what is gone on from", positions(stored)?, &expected)?;
        // The counts of a term begin at 1, below those of the term before.
        for (count, number) in (1..).zip(numbers) {
            store.save(&stream, &shard(1), &after(number)?, tenure.stamp(count)).await?;
            expected = Found::from([(shard(1), after(number)?)]);
            are("the one saved last", found(&store, &stream).await?, &expected)?;
        }
    }
    Ok(())
}
