//! The lines of `# Behavior` of a store of dead letters, each as a check that any store can be held to.

use crate::scene::{Fallible, LABELS, at, behind, failed, key, number, numbers, put, put_of};
use dynacdc_record::{ChangeRecord, item};
use dynacdc_sink::{DeadLetterStore, FileDeadLetters, Letter, MemoryDeadLetters, NewLetter, Place};

macro_rules! on_both_stores {
    ($($check:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $check() -> super::Fallible {
                super::$check(&super::MemoryDeadLetters::new()).await
            })*
        }

        mod file {
            $(#[tokio::test]
            async fn $check() -> super::Fallible {
                let folder = tempfile::tempdir()?;
                super::$check(&super::FileDeadLetters::open(folder.path().join("letters")).await?).await
            })*
        }
    };
}

on_both_stores!(
    check_a_parked_letter_is_read_as_it_was,
    check_parking_again_counts,
    check_parking_behind_keeps_the_error,
    check_nothing_is_parked_behind_a_free_key,
    check_the_queue_is_in_the_order_of_places,
    check_the_generation_rises_with_the_set_of_keys,
    check_removal_asks_for_the_revision,
    check_discarding_asks_for_the_revision,
    check_a_revision_never_comes_back,
    check_a_key_is_freed_only_when_its_queue_is_empty,
    check_keys_come_in_pages,
    check_letters_come_in_pages,
    check_views_of_one_key_are_kept_as_seen,
    check_calls_at_once_lose_nothing,
);

async fn first(store: &impl DeadLetterStore, pk: &str) -> Fallible<Letter> {
    Ok(store.letters(&key(pk), None, 1).await?.pop().ok_or("no letter")?)
}

/// Lines 1 and 2.
async fn check_a_parked_letter_is_read_as_it_was(store: &impl DeadLetterStore) -> Fallible {
    store.park(failed(put("a", 5), 1, "refused")).await?;

    let letter = first(store, "a").await?;
    assert_eq!(letter.record, put("a", 5));
    assert_eq!((letter.lane.clone(), letter.epoch, letter.attempts), (crate::scene::lane(), 0, 1));
    assert_eq!(letter.error.as_ref().map(|error| error.message.as_str()), Some("refused"));
    assert_eq!((letter.first_parked, letter.last_parked), (at(1), at(1)));
    assert_eq!(store.parked().await?.keys.into_iter().collect::<Vec<_>>(), [key("a")]);
    Ok(())
}

/// Line 2.
async fn check_parking_again_counts(store: &impl DeadLetterStore) -> Fallible {
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let before = first(store, "a").await?;

    store.park(failed(put("a", 5), 9, "refused again")).await?;

    let after = first(store, "a").await?;
    assert_eq!(store.letters(&key("a"), None, 9).await?.len(), 1);
    assert_eq!((after.attempts, after.first_parked, after.last_parked), (2, at(1), at(9)));
    assert_eq!(after.error.map(|error| error.message).as_deref(), Some("refused again"));
    assert_ne!(after.revision, before.revision);
    Ok(())
}

/// Line 2: a letter that only waits now failed once, and that is what is known of it.
async fn check_parking_behind_keeps_the_error(store: &impl DeadLetterStore) -> Fallible {
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let before = first(store, "a").await?;

    assert!(store.park_behind(behind(put("a", 5), 2)).await?);

    let after = first(store, "a").await?;
    assert_eq!((&after.error, after.attempts, after.first_parked), (&before.error, 2, at(1)));
    assert_ne!(after.revision, before.revision);

    assert!(store.park_behind(failed(put("a", 5), 3, "worse")).await?);
    assert_eq!(first(store, "a").await?.error.map(|error| error.message).as_deref(), Some("worse"));
    Ok(())
}

/// Line 5.
async fn check_nothing_is_parked_behind_a_free_key(store: &impl DeadLetterStore) -> Fallible {
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let generation = store.generation().await?;

    assert!(!store.park_behind(behind(put("b", 6), 2)).await?);

    assert!(store.letters(&key("b"), None, 9).await?.is_empty());
    assert_eq!(store.keys(None, 9).await?, [key("a")]);
    assert_eq!(store.generation().await?, generation);
    Ok(())
}

/// By epoch, label, sequence number as a number, and part; and not by arrival.
async fn check_the_queue_is_in_the_order_of_places(store: &impl DeadLetterStore) -> Fallible {
    let of = |epoch, record: ChangeRecord| NewLetter { epoch, ..failed(record, 1, "refused") };
    let in_order = [
        of(0, put_of(LABELS[0], "a", 999)),
        of(0, put_of(LABELS[0], "a", 1_000)),
        of(0, put_of(LABELS[0], "a", 1_000).with_part(1)),
        of(0, put_of(LABELS[1], "a", 5)),
        of(1, put_of(LABELS[0], "a", 7)),
        of(16, put_of(LABELS[0], "a", 6)),
    ];
    for nth in [3, 0, 5, 2, 4, 1] {
        store.park(in_order[nth].clone()).await?;
    }

    let places: Vec<Place> = store.letters(&key("a"), None, 9).await?.iter().map(Letter::place).collect();
    assert_eq!(places, in_order.iter().map(NewLetter::place).collect::<Vec<_>>());
    Ok(())
}

/// Line 3.
async fn check_the_generation_rises_with_the_set_of_keys(store: &impl DeadLetterStore) -> Fallible {
    let empty = store.generation().await?;
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let one = store.generation().await?;
    assert!(one > empty);

    store.park_behind(behind(put("a", 6), 1)).await?;
    store.park(failed(put("a", 5), 2, "refused")).await?;
    let two = store.generation().await?;
    store.park(failed(put("b", 7), 2, "refused")).await?;
    let three = store.generation().await?;
    assert!(three > two);
    assert_eq!(store.parked().await?.generation, three);

    let letter = first(store, "b").await?;
    assert!(store.remove(&letter).await?);
    let before = store.generation().await?;
    assert!(store.unpark(&key("b")).await?);
    assert!(store.generation().await? > before);
    Ok(())
}

/// Line 4.
async fn check_removal_asks_for_the_revision(store: &impl DeadLetterStore) -> Fallible {
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let read = first(store, "a").await?;
    store.park_behind(behind(put("a", 5), 2)).await?;

    assert!(!store.remove(&read).await?);
    assert_eq!(numbers(&store.letters(&key("a"), None, 9).await?), [5]);

    let read = first(store, "a").await?;
    assert!(store.remove(&read).await?);
    assert!(!store.remove(&read).await?, "it is gone");
    assert!(store.letters(&key("a"), None, 9).await?.is_empty());
    Ok(())
}

/// Line 4.
async fn check_discarding_asks_for_the_revision(store: &impl DeadLetterStore) -> Fallible {
    for number in [5, 6] {
        store.park(failed(put("a", number), 1, "refused")).await?;
    }
    let read = first(store, "a").await?;
    store.park(failed(put("a", 5), 2, "refused")).await?;

    assert!(!store.discard(&read, "obsolete").await?);
    assert!(store.discarded(9).await?.is_empty());

    for reason in ["obsolete", "also obsolete"] {
        let read = first(store, "a").await?;
        assert!(store.discard(&read, reason).await?);
        assert!(!store.discard(&read, reason).await?, "it is gone");
    }
    let gone = store.discarded(9).await?;
    let told: Vec<_> = gone.iter().map(|gone| (number(&gone.letter.record), gone.reason.as_str())).collect();
    assert_eq!(told, [(6, "also obsolete"), (5, "obsolete")]);
    assert_eq!(gone[1].letter.attempts, 2);
    assert_eq!(store.discarded(1).await?.len(), 1);
    Ok(())
}

/// A letter that was removed and came back is another one.
async fn check_a_revision_never_comes_back(store: &impl DeadLetterStore) -> Fallible {
    store.park(failed(put("a", 5), 1, "refused")).await?;
    let read = first(store, "a").await?;
    store.remove(&read).await?;
    store.unpark(&key("a")).await?;

    store.park(failed(put("a", 5), 2, "refused")).await?;

    assert!(!store.remove(&read).await?);
    let again = first(store, "a").await?;
    assert_eq!((again.attempts, again.first_parked), (1, at(2)));
    Ok(())
}

/// Line 5.
async fn check_a_key_is_freed_only_when_its_queue_is_empty(store: &impl DeadLetterStore) -> Fallible {
    assert!(store.unpark(&key("a")).await?, "it is free");
    store.park(failed(put("a", 5), 1, "refused")).await?;
    assert!(!store.unpark(&key("a")).await?);
    assert_eq!(store.keys(None, 9).await?, [key("a")]);

    let letter = first(store, "a").await?;
    store.remove(&letter).await?;
    assert_eq!(store.keys(None, 9).await?, [key("a")], "parked until it is freed");
    assert!(store.park_behind(behind(put("a", 6), 2)).await?);
    assert!(!store.unpark(&key("a")).await?);

    let letter = first(store, "a").await?;
    store.remove(&letter).await?;
    assert!(store.unpark(&key("a")).await?);
    assert!(store.keys(None, 9).await?.is_empty());
    assert!(!store.park_behind(behind(put("a", 7), 3)).await?);
    Ok(())
}

async fn check_keys_come_in_pages(store: &impl DeadLetterStore) -> Fallible {
    for (number, pk) in [(1, "c"), (2, "a"), (3, "e"), (4, "b"), (5, "d")] {
        store.park(failed(put(pk, number), 1, "refused")).await?;
    }
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = store.keys(after.as_ref(), 2).await?;
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.clone());
        pages.extend(page);
    }
    assert_eq!(pages, ["a", "b", "c", "d", "e"].map(key));
    assert_eq!(store.keys(None, 0).await?.len(), 1, "at least one");
    Ok(())
}

async fn check_letters_come_in_pages(store: &impl DeadLetterStore) -> Fallible {
    for number in [12, 7, 100, 9, 11] {
        store.park(failed(put("a", number), 1, "refused")).await?;
    }
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = store.letters(&key("a"), after.as_ref(), 2).await?;
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.place());
        all.extend(numbers(&page));
    }
    assert_eq!(all, [7, 9, 11, 12, 100]);
    assert_eq!(store.letters(&key("a"), None, 0).await?.len(), 1, "at least one");
    assert!(store.letters(&key("b"), None, 9).await?.is_empty());
    Ok(())
}

/// A record under another key is in the queue of that key.
async fn check_views_of_one_key_are_kept_as_seen(store: &impl DeadLetterStore) -> Fallible {
    let moved = put("a", 5).derive(&item! { "pk" => "b" }, None, Some(&item! { "pk" => "b", "v" => 1 }))?.with_part(1);
    store.park(failed(moved.clone(), 1, "refused")).await?;
    store.park(failed(put("b", 6).leaving(), 1, "refused")).await?;

    let letters = store.letters(&key("b"), None, 9).await?;
    assert_eq!(letters.iter().map(|letter| letter.record.clone()).collect::<Vec<_>>(), [moved, put("b", 6).leaving()]);
    assert_eq!(letters[0].record.origin(), put("a", 5));
    Ok(())
}

/// Lines 1 and 6, as far as they show without a crash.
async fn check_calls_at_once_lose_nothing(store: &impl DeadLetterStore) -> Fallible {
    let parked = (1..=50).map(|number| store.park(failed(put(&format!("k{}", number % 7), number), 1, "refused")));
    for result in futures_util::future::join_all(parked).await {
        result?;
    }
    let mut found = 0;
    for key in store.keys(None, 99).await? {
        found += store.letters(&key, None, 99).await?.len();
    }
    assert_eq!((found, store.keys(None, 99).await?.len()), (50, 7));
    Ok(())
}
