//! What a take-over deletes of a table.

use crate::{
    faulty::{Fate, Faulty, Seen},
    gate::{Gate, Held},
    scene::{Fallible, after, beginning, shard, stream},
    table::{over, row, server},
};
use dynacdc_source::CheckpointStore;
use futures_util::future::join;
use std::error::Error;

/// One deletion is held up until the rows of the others are gone.
#[tokio::test]
async fn forgotten_rows_are_deleted_at_once() -> Fallible {
    let db = server().await?;
    let (gate, client) = Gate::before(db.dynamodb(), "DeleteItem", Held::Nth(0))?;
    let (store, other) = (over(&client, &db), over(db.dynamodb(), &db));
    let tenure = other.take_over(&stream(), "a", beginning()).await?.tenure;
    for number in 0..4 {
        other.save(&stream(), &shard(number), &after(100), tenure.stamp(1)).await?;
        other.forget(&stream(), &shard(number), tenure.stamp(2)).await?;
    }
    let left = async || -> Fallible<usize> {
        let rows = [row(&db, 0).await?, row(&db, 1).await?, row(&db, 2).await?, row(&db, 3).await?];
        Ok(rows.iter().flatten().count())
    };

    let others = async {
        gate.reached().await;
        let mut now = left().await?;
        for _ in 0..500 {
            now = if now > 1 { left().await? } else { now };
        }
        gate.open();
        Ok::<_, Box<dyn Error>>(now)
    };
    let arn = stream();
    let (taken, now) = join(store.take_over(&arn, "b", beginning()), others).await;

    assert_eq!(now?, 1);
    assert!(taken?.checkpoints.is_empty());
    assert_eq!(left().await?, 0);
    Ok(())
}

/// What is not deleted does not hold the take-over up for long.
#[tokio::test(start_paused = true)]
async fn rows_that_cannot_be_deleted_are_left() -> Fallible {
    let db = server().await?;
    let fate = |seen: &Seen| if seen.operation == "DeleteItem" { Fate::THROTTLED } else { Fate::Pass };
    let (faulty, client) = Faulty::around(db.dynamodb(), fate)?;
    let store = over(&client, &db);
    let tenure = store.take_over(&stream(), "a", beginning()).await?.tenure;
    for number in 0..40 {
        store.save(&stream(), &shard(number), &after(100), tenure.stamp(1)).await?;
        store.forget(&stream(), &shard(number), tenure.stamp(2)).await?;
    }

    let stored = store.take_over(&stream(), "b", beginning()).await?;

    assert!(stored.checkpoints.is_empty());
    let calls = faulty.count("DeleteItem");
    assert!((1..=16 * 5).contains(&calls), "{calls}: the first failure is enough");
    Ok(())
}
