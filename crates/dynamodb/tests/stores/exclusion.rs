//! Calls at once, from several handles, which stand for several processes.

use crate::{
    gate::{Gate, Held},
    scene::{Fallible, behind, failed, first, key, letters, numbers, put, server},
};
use dynacdc_dynamodb::DynamoDbDeadLetters;
use dynacdc_record::ItemKey;
use dynacdc_sink::{DeadLetterStore, Generation, SinkError};
use futures_util::future::{join, join_all};

#[tokio::test]
async fn calls_at_once_lose_nothing() -> Fallible {
    let db = server().await?;
    let stores = [letters(&db), letters(&db)];
    let parked = (1..=50_u64)
        .map(|nth| stores[usize::from(nth % 2 == 0)].park(failed(put(&format!("k{}", nth % 7), nth), 1, "refused")));
    for result in join_all(parked).await {
        result?;
    }

    let mut found = 0;
    for key in stores[0].keys(None, 99).await? {
        found += stores[0].letters(&key, None, 99).await?.len();
    }
    assert_eq!((found, stores[0].keys(None, 99).await?.len()), (50, 7));
    assert_eq!(stores[1].generation().await?, Generation(7));
    Ok(())
}

#[tokio::test]
async fn of_several_that_take_one_letter_one_is_told_so() -> Fallible {
    let db = server().await?;
    letters(&db).park(failed(put("a", 1), 1, "refused")).await?;
    let letter = first(&letters(&db), "a").await?;
    let stores: Vec<_> = (0..4).map(|_| letters(&db)).collect();

    let removed = join_all(stores.iter().map(|store| store.remove(&letter)));
    let discarded = join_all(stores.iter().map(|store| store.discard(&letter, "obsolete")));
    let (removed, discarded) = join(removed, discarded).await;

    let took = removed.into_iter().chain(discarded).collect::<Result<Vec<_>, _>>()?;
    assert_eq!(took.iter().filter(|took| **took).count(), 1);
    Ok(())
}

/// No letter is ever in the queue of a key that is free, whoever comes first.
#[tokio::test]
async fn parking_behind_and_freeing_exclude_each_other() -> Fallible {
    let db = server().await?;
    let (one, other) = (letters(&db), letters(&db));
    let mut freed = 0;
    for round in 0..30 {
        let pk = format!("k{round}");
        one.park(failed(put(&pk, 1), 1, "refused")).await?;
        one.remove(&first(&one, &pk).await?).await?;

        let key = key(&pk);
        let (is_free, is_behind) = join(one.unpark(&key), other.park_behind(behind(put(&pk, 2), 1))).await;

        let (is_free, is_behind) = (is_free?, is_behind?);
        assert!(is_free != is_behind, "round {round}: free {is_free}, behind {is_behind}");
        assert_eq!(one.keys(None, 99).await?.contains(&key), is_behind);
        assert_eq!(numbers(&one.letters(&key, None, 9).await?).len(), usize::from(is_behind));
        freed += usize::from(is_free);
    }
    println!("{freed} of 30 were freed first");
    Ok(())
}

/// The letter comes between the look into the queue and the freeing, every time.
#[tokio::test]
async fn a_letter_that_comes_after_the_look_keeps_its_key() -> Fallible {
    for again in [false, true] {
        let db = server().await?;
        let (other, a) = (letters(&db), key("a"));
        other.park(failed(put("a", 1), 1, "refused")).await?;
        other.remove(&first(&other, "a").await?).await?;
        let (gate, client) = Gate::before(db.dynamodb(), "TransactWriteItems", Held::Nth(0))?;
        let store = DynamoDbDeadLetters::new(&client, db.letters(), "mail");

        let comes = async {
            gate.reached().await;
            assert!(other.park_behind(behind(put("a", 2), 1)).await?);
            if again {
                // Redriven at once, and the key freed and parked anew: its row is another one.
                other.remove(&first(&other, "a").await?).await?;
                assert!(other.unpark(&a).await?);
                other.park(failed(put("a", 3), 1, "refused")).await?;
            }
            gate.open();
            Fallible::Ok(())
        };
        let (is_free, comes) = join(store.unpark(&a), comes).await;

        comes?;
        assert!(!is_free?);
        assert_eq!(numbers(&other.letters(&a, None, 9).await?), [if again { 3 } else { 2 }]);
        assert_eq!(other.keys(None, 9).await?, [key("a")]);
    }
    Ok(())
}

/// Frees a key while a request of somebody else is held at the gate.
async fn freed_meanwhile(gate: &Gate, store: &DynamoDbDeadLetters, key: &ItemKey) -> Result<bool, SinkError> {
    gate.reached().await;
    let is_free = store.unpark(key).await;
    gate.open();
    is_free
}

/// Somebody else frees the key between the look and the freeing: it is free.
#[tokio::test]
async fn of_two_that_free_a_key_both_are_told_so_and_it_counts_once() -> Fallible {
    let db = server().await?;
    let (other, a) = (letters(&db), key("a"));
    other.park(failed(put("a", 1), 1, "refused")).await?;
    other.remove(&first(&other, "a").await?).await?;
    let (gate, client) = Gate::before(db.dynamodb(), "TransactWriteItems", Held::Nth(0))?;
    let store = DynamoDbDeadLetters::new(&client, db.letters(), "mail");

    let (one, two) = join(store.unpark(&a), freed_meanwhile(&gate, &other, &a)).await;

    assert!(one? && two?);
    assert_eq!(other.generation().await?, Generation(2));
    Ok(())
}

/// The key is freed while a letter is on its way that saw it parked, and parked while one is that saw it free.
#[tokio::test]
async fn a_key_that_changes_while_a_letter_is_on_its_way_is_parked_in_the_end() -> Fallible {
    let db = server().await?;
    let (other, a) = (letters(&db), key("a"));
    other.park(failed(put("a", 1), 1, "refused")).await?;
    other.remove(&first(&other, "a").await?).await?;
    let (gate, client) = Gate::before(db.dynamodb(), "TransactWriteItems", Held::Nth(1))?;
    let store = DynamoDbDeadLetters::new(&client, db.letters(), "mail");

    let (parked, freed) = join(store.park(failed(put("a", 2), 1, "refused")), freed_meanwhile(&gate, &other, &a)).await;

    parked?;
    assert!(freed?);
    assert_eq!((other.keys(None, 9).await?, other.generation().await?), (vec![key("a")], Generation(3)));
    assert_eq!(numbers(&other.letters(&a, None, 9).await?), [2]);
    Ok(())
}
