//! The lines of `# Behavior` of a store of dead letters. Where a test has two handles they stand for two processes.

use crate::scene::{
    Fallible, LABELS, at, behind, failed, first, key, letters, number, numbers, put, put_of, rows, server,
};
use dynacdc_dynamodb::DynamoDbDeadLetters;
use dynacdc_local::{ScalarAttributeType, TableSpec};
use dynacdc_record::{ChangeRecord, StreamArn, item};
use dynacdc_sink::{Class, Clock, DeadLetterStore, Generation, Lane, NewLetter, Place, SubLane};
use std::time::Duration;

#[tokio::test]
async fn a_parked_letter_is_read_in_another_process_as_it_was() -> Fallible {
    let db = server().await?;
    let stream = StreamArn::parse("arn:aws:dynamodb:eu-west-1:123456789012:table/o.r/stream/2026-01-01T00:00:00.000")?;
    let lanes = [
        Lane::ordered(None, "shard-1"),
        Lane::ordered_part(stream.clone(), "shard-2", SubLane::new(3, 8)?),
        Lane::unordered(stream),
        Lane::unordered(None),
    ];
    for (nth, lane) in lanes.into_iter().enumerate() {
        let key_of = format!("k{nth}");
        let new = NewLetter { lane: lane.clone(), epoch: u64::MAX, ..failed(put(&key_of, 5), 1, "refused") };
        letters(&db).park(new.clone()).await?;

        let letter = first(&letters(&db), &key_of).await?;
        assert_eq!((&letter.record, &letter.lane), (&new.record, &lane));
        assert_eq!((letter.epoch, letter.attempts, &letter.error), (u64::MAX, 1, &new.error));
        assert_eq!((letter.first_parked, letter.last_parked), (at(1), at(1)));
    }
    let again = NewLetter { lane: Lane::redrive(Lane::ordered(None, "s")), ..behind(put("r", 1), 1) };
    letters(&db).park(again).await?;
    let letter = first(&letters(&db), "r").await?;
    assert_eq!((letter.lane, letter.error), (Lane::ordered(None, "s"), None), "of a redrive the lane behind it");
    Ok(())
}

#[tokio::test]
async fn parking_again_gives_the_new_error_and_time_and_one_more_attempt() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let one = first(&store, "a").await?;
    letters(&db).park(failed(put("a", 5), 9, "refused again")).await?;
    let two = first(&store, "a").await?;
    let other_lane = NewLetter { lane: Lane::unordered(None), ..behind(put("a", 5), 10) };
    assert!(store.park_behind(other_lane).await?);
    let three = first(&store, "a").await?;

    assert_eq!(numbers(&store.letters(&key("a"), None, 9).await?), [5]);
    assert_eq!((two.attempts, two.first_parked, two.last_parked), (2, at(1), at(9)));
    assert_eq!(two.error.as_ref().map(|error| error.message.as_str()), Some("refused again"));
    assert_eq!((three.attempts, three.first_parked, three.last_parked), (3, at(1), at(10)));
    assert_eq!((&three.error, &three.lane), (&two.error, &one.lane), "who only waits says nothing new");
    assert!(one.revision != two.revision && two.revision != three.revision);
    Ok(())
}

#[tokio::test]
async fn the_generation_rises_with_the_set_of_keys_and_at_no_other_time() -> Fallible {
    let db = server().await?;
    let (store, other) = (letters(&db), letters(&db));
    assert_eq!(store.generation().await?, Generation(0));
    store.park(failed(put("a", 5), 1, "refused")).await?;
    assert_eq!(other.generation().await?, Generation(1));

    store.park_behind(behind(put("a", 6), 1)).await?;
    store.park(failed(put("a", 5), 2, "refused")).await?;
    assert!(!store.park_behind(behind(put("b", 6), 2)).await?);
    assert!(!store.unpark(&key("a")).await?);
    let letter = first(&store, "a").await?;
    store.discard(&letter, "obsolete").await?;
    assert_eq!(other.generation().await?, Generation(1), "the keys are the same");

    store.park(failed(put("b", 7), 2, "refused")).await?;
    assert_eq!(other.parked().await?.generation, Generation(2));
    assert!(store.remove(&first(&store, "b").await?).await?);
    assert_eq!(other.generation().await?, Generation(2));
    assert!(store.unpark(&key("b")).await?);
    assert_eq!(other.generation().await?, Generation(3));
    assert!(other.unpark(&key("b")).await?, "it is free");
    assert_eq!(other.generation().await?, Generation(3));
    assert_eq!(other.parked().await?.keys.into_iter().collect::<Vec<_>>(), [key("a")]);
    Ok(())
}

#[tokio::test]
async fn what_is_taken_away_is_the_revision_that_was_read() -> Fallible {
    let db = server().await?;
    let (store, other) = (letters(&db), letters(&db));
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let read = first(&store, "a").await?;
    other.park_behind(behind(put("a", 5), 2)).await?;
    assert!(!store.remove(&read).await? && !store.discard(&read, "obsolete").await?);
    assert_eq!((numbers(&store.letters(&key("a"), None, 9).await?), store.discarded(9).await?.len()), (vec![5], 0));

    let read = first(&store, "a").await?;
    assert!(store.remove(&read).await?);
    assert!(!other.remove(&read).await? && !other.discard(&read, "obsolete").await?, "it is gone");
    assert!(store.discarded(9).await?.is_empty() && store.unpark(&key("a")).await?);
    store.park(failed(put("a", 5), 3, "refused")).await?;
    assert!(!store.remove(&read).await?, "the one that came back is another one");
    let again = first(&store, "a").await?;
    assert_eq!((again.attempts, again.first_parked), (1, at(3)));
    Ok(())
}

#[tokio::test]
async fn discarded_letters_are_kept_with_reason_and_time_the_latest_first() -> Fallible {
    let db = server().await?;
    let standing = Clock::new(|| at(77));
    let store = letters(&db).with_clock(standing);
    for number in 1..=5 {
        store.park(failed(put("a", number), 1, "refused")).await?;
    }
    for reason in ["r1", "r2", "r3", "r4", "r5"] {
        let letter = first(&store, "a").await?;
        assert!(store.discard(&letter, reason).await?);
    }

    let gone = letters(&db).discarded(4).await?;
    let told: Vec<_> = gone.iter().map(|gone| (number(&gone.letter.record), gone.reason.as_str(), gone.at)).collect();
    assert_eq!(told, [(5, "r5", at(77)), (4, "r4", at(77)), (3, "r3", at(77)), (2, "r2", at(77))]);
    assert_eq!(gone[0].letter.error.as_ref().map(|error| error.message.as_str()), Some("refused"));
    assert!(store.discarded(0).await?.is_empty());

    let later = letters(&db).with_clock(Clock::new(|| at(78)));
    store.park(failed(put("a", 9), 1, "refused")).await?;
    later.discard(&first(&later, "a").await?, "later").await?;
    assert_eq!(store.discarded(1).await?[0].reason, "later");
    Ok(())
}

#[tokio::test]
async fn a_key_is_freed_only_when_its_queue_is_empty() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    assert!(store.unpark(&key("a")).await?, "it is free");
    store.park(failed(put("a", 5), 1, "refused")).await?;
    assert!(!store.unpark(&key("a")).await?);
    store.remove(&first(&store, "a").await?).await?;
    assert_eq!(store.keys(None, 9).await?, [key("a")], "parked until it is freed");
    assert!(store.park_behind(behind(put("a", 6), 2)).await? && !store.unpark(&key("a")).await?);
    store.remove(&first(&store, "a").await?).await?;
    assert!(store.unpark(&key("a")).await? && store.keys(None, 9).await?.is_empty());
    assert!(!store.park_behind(behind(put("a", 7), 3)).await?);
    assert!(store.letters(&key("a"), None, 9).await?.is_empty());
    assert_eq!(rows(&db, db.letters()).await?, 1, "nothing is left but the counter");
    Ok(())
}

#[tokio::test]
async fn the_queue_is_in_the_order_of_places_and_comes_in_pages() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let of = |epoch, record: ChangeRecord| NewLetter { epoch, ..failed(record, 1, "refused") };
    let in_order = [
        of(0, put("a", 3)),
        of(0, put_of(LABELS[0], "a", 999)),
        of(0, put_of(LABELS[0], "a", 1_000)),
        of(0, put_of(LABELS[0], "a", 1_000).with_part(1)),
        of(0, put_of(LABELS[1], "a", 5)),
        of(1, put_of(LABELS[0], "a", 7)),
        of(16, put_of(LABELS[0], "a", 6)),
    ];
    for nth in [3, 0, 6, 5, 2, 4, 1] {
        store.park(in_order[nth].clone()).await?;
    }
    for size in [1, 2, 3, 9] {
        let (mut places, mut after) = (Vec::<Place>::new(), None);
        loop {
            let page = store.letters(&key("a"), after.as_ref(), size).await?;
            assert!(page.len() <= size);
            places.extend(page.iter().map(dynacdc_sink::Letter::place));
            after = places.last().cloned();
            if page.is_empty() {
                break;
            }
        }
        assert_eq!(places, in_order.iter().map(NewLetter::place).collect::<Vec<_>>(), "pages of {size}");
    }
    assert_eq!(store.letters(&key("a"), None, 0).await?.len(), 1, "at least one");
    Ok(())
}

#[tokio::test]
async fn keys_come_in_pages_in_the_order_of_their_text() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    for (number, pk) in [(1, "c"), (2, "a"), (3, "e"), (4, "b|"), (5, "d")] {
        store.park(failed(put(pk, number), 1, "refused")).await?;
    }
    for size in [1, 2, 9] {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page = store.keys(after.as_ref(), size).await?;
            assert!(page.len() <= size);
            keys.extend(page.iter().cloned());
            after = keys.last().cloned();
            if page.is_empty() {
                break;
            }
        }
        assert_eq!(keys, ["a", "b|", "c", "d", "e"].map(key), "pages of {size}");
    }
    assert_eq!(store.keys(None, 0).await?.len(), 1, "at least one");
    Ok(())
}

#[tokio::test]
async fn two_consumers_of_one_table_do_not_meet() -> Fallible {
    let db = server().await?;
    let consumers = ["mail", "mail|keys", "mail%7Ckeys", "", &"x".repeat(3_000), &"x".repeat(3_001)];
    let stores = consumers.map(|consumer| DynamoDbDeadLetters::new(db.dynamodb(), db.letters(), consumer));
    for (nth, store) in stores.iter().enumerate() {
        assert_eq!((store.generation().await?, store.keys(None, 9).await?), (Generation(0), vec![]), "{nth}");
        assert!(!store.park_behind(behind(put("a", 1), 1)).await?, "{nth}");
        store.park(failed(put("a", nth as u64 + 1), 1, "refused")).await?;
        assert_eq!(numbers(&store.letters(&key("a"), None, 9).await?), [nth as u64 + 1]);
        store.park(failed(put("b", 1), 1, "refused")).await?;
        store.discard(&first(store, "b").await?, "obsolete").await?;
        assert_eq!(store.discarded(9).await?.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_view_is_in_the_queue_of_the_key_that_it_has() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let moved = put("a", 5).derive(&item! { "pk" => "b" }, None, Some(&item! { "pk" => "b", "v" => 1 }))?.with_part(1);
    store.park(failed(moved.clone(), 1, "refused")).await?;
    store.park(failed(put("b", 6).leaving(), 1, "refused")).await?;

    let letters = store.letters(&key("b"), None, 9).await?;
    assert_eq!(letters.iter().map(|letter| letter.record.clone()).collect::<Vec<_>>(), [moved, put("b", 6).leaving()]);
    assert_eq!(letters[0].record.origin(), put("a", 5));
    Ok(())
}

#[tokio::test]
async fn a_table_with_another_key_is_refused_and_a_missing_one_is_fatal() -> Fallible {
    let db = server().await?;
    let other = db.table_name("Other");
    db.create_table_without_stream(TableSpec::new(&other, "pk", ScalarAttributeType::S)).await?;
    let refused = DynamoDbDeadLetters::create_table(db.dynamodb(), &other, Duration::from_secs(1)).await;
    assert_eq!(refused.err().map(|error| error.class()), Some(Class::Fatal));
    DynamoDbDeadLetters::create_table(db.dynamodb(), db.letters(), Duration::from_secs(1)).await?;

    let nowhere = DynamoDbDeadLetters::new(db.dynamodb(), "Nowhere", "mail");
    assert_eq!(nowhere.generation().await.err().map(|error| error.class()), Some(Class::Fatal));
    let parked = nowhere.park(failed(put("a", 1), 1, "refused")).await;
    assert_eq!(parked.err().map(|error| error.class()), Some(Class::Fatal));
    Ok(())
}

#[tokio::test]
async fn calls_and_units_are_those_of_the_docs() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let mut before = store.cost();
    let mut spent = || {
        let now = store.cost();
        let spent = (now.calls - before.calls, now.write_units - before.write_units);
        before = now;
        spent
    };
    let of = |units| db.behavior().units_of_a_transaction.unwrap_or(units);
    store.generation().await?;
    assert_eq!(spent(), (1, 0), "generation");
    store.park(failed(put("a", 1), 1, "refused")).await?;
    assert_eq!(spent(), (1, of(6)), "park of a key that is free");
    store.park(failed(put("a", 2), 1, "refused")).await?;
    assert_eq!(spent(), (2, 6 + of(4)), "park of a key that is parked");
    store.park_behind(behind(put("a", 3), 1)).await?;
    assert_eq!(spent(), (1, of(4)), "park_behind");
    let letters = store.letters(&key("a"), None, 9).await?;
    spent();
    store.remove(&letters[0]).await?;
    assert_eq!(spent(), (1, of(2)), "remove");
    store.discard(&letters[1], "obsolete").await?;
    assert_eq!(spent(), (1, of(4)), "discard");
    store.remove(&letters[2]).await?;
    spent();
    assert!(store.unpark(&key("a")).await?);
    assert_eq!(spent(), (3, of(4)), "unpark");
    Ok(())
}
