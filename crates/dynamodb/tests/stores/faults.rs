//! Throttles, conflicts and answers that are lost or late.

use crate::{
    faulty::{Fate, Faulty, Seen},
    gate::{Gate, Held},
    scene::{Fallible, Stores, behind, failed, first, key, letters, numbers, put, put_item, server},
};
use aws_sdk_dynamodb::Client;
use dynacdc_dynamodb::{DynamoDbDeadLetters, Retries};
use dynacdc_record::item;
use dynacdc_sink::{Class, DeadLetterStore, Generation};
use futures_util::future::join;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

const WRITE: &str = "TransactWriteItems";

fn over(client: &Client, db: &Stores) -> DynamoDbDeadLetters {
    let quick = Retries::new(4, Duration::from_millis(1), Duration::from_millis(2));
    DynamoDbDeadLetters::new(client, db.letters(), "mail").with_retries(quick)
}

/// A store whose every other write has this fate, the first one to begin with.
fn every_other(db: &Stores, fate: Fate) -> Fallible<(Faulty, DynamoDbDeadLetters)> {
    let count = Arc::new(AtomicUsize::new(0));
    let plan = move |seen: &Seen| match seen.operation.as_str() {
        WRITE if count.fetch_add(1, SeqCst).is_multiple_of(2) => fate.clone(),
        _ => Fate::Pass,
    };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
    Ok((faulty, over(&client, db)))
}

/// Each answer is as if nothing had gone wrong, and each thing is done once.
#[tokio::test(start_paused = true)]
async fn lost_answers_and_refusals_that_pass_change_no_answer() -> Fallible {
    let conflict = Fate::Answer {
        status: 400,
        body: r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"m","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"},{"Code":"None"}]}"#.into(),
    };
    for fate in [Fate::LoseAnswer, Fate::THROTTLED, Fate::Unreachable, conflict] {
        let db = server().await?;
        let (faulty, store) = every_other(&db, fate.clone())?;
        store.park(failed(put("a", 1), 1, "refused")).await?;
        assert!(store.park_behind(behind(put("a", 2), 1)).await?, "{fate:?}");
        assert!(store.park_behind(behind(put("a", 3), 1)).await?, "{fate:?}");
        let queue = letters(&db).letters(&key("a"), None, 9).await?;
        assert_eq!(numbers(&queue), [1, 2, 3]);
        assert_eq!(queue.iter().map(|letter| letter.attempts).sum::<u32>(), 3, "{fate:?}: parked once each");
        assert_eq!(letters(&db).generation().await?, Generation(1), "{fate:?}");

        assert!(store.remove(&queue[0]).await?, "{fate:?}");
        assert!(store.discard(&queue[1], "obsolete").await?, "{fate:?}");
        assert!(store.remove(&queue[2]).await?, "{fate:?}");
        assert!(store.unpark(&key("a")).await?, "{fate:?}");

        assert_eq!(letters(&db).generation().await?, Generation(2), "{fate:?}");
        assert_eq!(letters(&db).discarded(9).await?.len(), 1);
        assert!(
            letters(&db).keys(None, 9).await?.is_empty() && letters(&db).letters(&key("a"), None, 9).await?.is_empty()
        );
        assert_eq!(faulty.count(WRITE), 14, "{fate:?}: seven changes, each sent twice");
    }
    Ok(())
}

/// The caller was told nothing, and asks again: what it wanted is so.
#[tokio::test(start_paused = true)]
async fn a_call_that_failed_after_it_happened_can_be_made_again() -> Fallible {
    let db = server().await?;
    let (_, client) = Faulty::around(db.dynamodb(), |seen| match seen.operation.as_str() {
        WRITE => Fate::LoseAnswer,
        _ => Fate::Pass,
    })?;
    let (deaf, store) = (over(&client, &db), letters(&db));

    let parked = deaf.park(failed(put("a", 1), 1, "refused")).await;
    assert_eq!(parked.err().map(|error| error.class()), Some(Class::Transient));
    store.park(failed(put("a", 1), 2, "refused")).await?;
    assert_eq!(numbers(&store.letters(&key("a"), None, 9).await?), [1]);
    assert_eq!(store.generation().await?, Generation(1));

    let letter = first(&store, "a").await?;
    assert!(deaf.remove(&letter).await.is_err() && !store.remove(&letter).await?);
    assert!(deaf.unpark(&key("a")).await.is_err() && store.unpark(&key("a")).await?, "it is free");
    assert_eq!(store.generation().await?, Generation(2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn throttles_that_do_not_pass_are_transient_and_nothing_has_happened() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    store.park(failed(put("a", 1), 1, "refused")).await?;
    let letter = first(&store, "a").await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::THROTTLED)?;
    let throttled = over(&client, &db);

    let errors = [
        throttled.generation().await.err(),
        throttled.park(failed(put("b", 1), 1, "refused")).await.err(),
        throttled.park_behind(behind(put("a", 2), 1)).await.err(),
        throttled.keys(None, 1).await.err(),
        throttled.letters(&key("a"), None, 1).await.err(),
        throttled.remove(&letter).await.err(),
        throttled.discard(&letter, "obsolete").await.err(),
        throttled.discarded(1).await.err(),
        throttled.unpark(&key("a")).await.err(),
    ];
    for (nth, error) in errors.into_iter().enumerate() {
        assert_eq!(error.map(|error| error.class()), Some(Class::Transient), "{nth}");
    }
    assert_eq!(faulty.seen().len(), 9 * 4);
    assert_eq!(throttled.cost().calls, 9 * 4, "what was sent is counted");
    assert_eq!(
        (numbers(&store.letters(&key("a"), None, 9).await?), store.generation().await?),
        (vec![1], Generation(1))
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_credentials_is_fatal_at_once() -> Fallible {
    let db = server().await?;
    let denied = Fate::Refuse { status: 400, code: "AccessDeniedException", message: "" };
    let (faulty, client) = Faulty::around(db.dynamodb(), move |_| denied.clone())?;
    let error = over(&client, &db).park(failed(put("a", 1), 1, "refused")).await.err().ok_or("it was parked")?;
    assert_eq!((error.class(), faulty.seen().len()), (Class::Fatal, 1));
    Ok(())
}

/// A letter that was given up and sent again lands once more, when its key has been redriven and freed.
#[tokio::test(start_paused = true)]
async fn a_letter_that_lands_twice_is_parked_once() -> Fallible {
    let db = server().await?;
    let (gate, client) = Gate::before(db.dynamodb(), WRITE, Held::GivenUp(0))?;
    let (deaf, store) = (over(&client, &db), letters(&db));
    deaf.park(failed(put("a", 1), 1, "refused")).await?;
    store.remove(&first(&store, "a").await?).await?;
    assert!(store.unpark(&key("a")).await?);

    gate.land().await;

    assert!(store.keys(None, 9).await?.is_empty() && store.letters(&key("a"), None, 9).await?.is_empty());
    assert_eq!(store.generation().await?, Generation(2));
    Ok(())
}

/// Of a letter in pieces that is parked again while it is read, never a mixture is read.
#[tokio::test]
async fn a_letter_that_changes_while_it_is_read_is_read_again() -> Fallible {
    let db = server().await?;
    let writer = letters(&db);
    let record = |fill: &str| put_item(item! { "pk" => "a", "blob" => fill.repeat(150 * 1_024) }, 5);
    writer.park(failed(record("x"), 1, "refused")).await?;
    let (gate, client) = Gate::before(db.dynamodb(), "Query", Held::Nth(1))?;
    let (reader, a) = (over(&client, &db), key("a"));

    let change = async {
        gate.reached().await;
        let parked = writer.park(failed(record("y"), 2, "refused")).await;
        gate.open();
        parked
    };
    let (read, changed) = join(reader.letters(&a, None, 1), change).await;

    changed?;
    assert!(read?[0].record == record("y"));
    assert_eq!(reader.cost().calls, 4, "the first two did not fit together");
    Ok(())
}
