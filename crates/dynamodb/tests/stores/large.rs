//! Letters and keys that are larger than a row or a key of the table may be.

use crate::scene::{Fallible, behind, failed, first, key, letters, numbers, put, put_item, rows, server};
use dynacdc_record::{ChangeRecord, ItemKey, item};
use dynacdc_sink::{Class, DeadLetterStore};

/// A record whose JSON has twice as many KB.
fn large(number: u64, kilobytes: usize) -> ChangeRecord {
    let text: String = (0..kilobytes * 1_024).map(|at| char::from(b'a' + u8::try_from(at * 7 % 26).unwrap())).collect();
    put_item(item! { "pk" => "a", "blob" => text }, number)
}

#[tokio::test]
async fn a_record_of_two_full_images_is_kept_whole_and_leaves_nothing() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let record = large(5, 399);
    store.park(failed(record.clone(), 1, "refused")).await?;
    for number in [4, 6] {
        assert!(store.park_behind(behind(put("a", number), 1)).await?);
    }
    assert_eq!(rows(&db, db.letters()).await?, 2 + 4 + 2, "counter, key, 4 pieces, two letters");

    for size in [1, 2, 9] {
        let mut found = Vec::new();
        loop {
            let page =
                letters(&db).letters(&key("a"), found.last().map(dynacdc_sink::Letter::place).as_ref(), size).await?;
            assert!(page.len() <= size);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(numbers(&found), [4, 5, 6], "pages of {size}");
        assert!(found[1].record == record);
    }
    for letter in store.letters(&key("a"), None, 9).await? {
        assert!(store.remove(&letter).await? && !store.remove(&letter).await?);
    }
    assert!(store.unpark(&key("a")).await?);
    assert_eq!(rows(&db, db.letters()).await?, 1, "the counter");
    Ok(())
}

#[tokio::test]
async fn a_letter_that_comes_back_smaller_or_larger_leaves_no_piece_behind() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let mut attempts = 0;
    for kilobytes in [1, 399, 1, 300, 200, 399] {
        let record = large(5, kilobytes);
        store.park(failed(record.clone(), 1, "refused")).await?;
        attempts += 1;
        let letter = first(&letters(&db), "a").await?;
        assert!(letter.record == record, "{kilobytes}");
        assert_eq!(letter.attempts, attempts);
        let pieces = (2 * kilobytes).div_ceil(256);
        let tolerance = rows(&db, db.letters()).await? - 2 - pieces;
        assert!(tolerance <= 1, "{kilobytes} KB twice and names: {tolerance} rows too many");
    }
    let before = rows(&db, db.letters()).await?;
    let letter = first(&store, "a").await?;
    assert!(store.discard(&letter, "obsolete").await?);
    assert_eq!(rows(&db, db.letters()).await?, before, "as many rows as before, among the discarded");
    store.park(failed(put("a", 6), 1, "refused")).await?;
    assert!(store.discard(&first(&store, "a").await?, "too").await?);
    let gone = store.discarded(9).await?;
    assert_eq!(gone.iter().map(|gone| gone.reason.as_str()).collect::<Vec<_>>(), ["too", "obsolete"]);
    assert!(gone[1].letter.record == large(5, 399) && store.unpark(&key("a")).await?);
    Ok(())
}

#[tokio::test]
async fn what_no_transaction_holds_is_refused_and_nothing_is_parked() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    store.park(failed(large(5, 1_900), 1, "refused")).await?;
    assert!(first(&store, "a").await?.record == large(5, 1_900), "3.7 MB");
    let calls = store.cost().calls;

    let refused = store.park(failed(large(6, 1_930), 1, "refused")).await;

    assert_eq!(refused.err().map(|error| error.class()), Some(Class::Poison));
    assert_eq!(store.cost().calls, calls);
    Ok(())
}

#[tokio::test]
async fn long_texts_of_errors_and_reasons_are_cut() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let text = format!("x{}", "ä".repeat(200_000));
    store.park(failed(large(5, 399), 1, &text)).await?;
    let letter = first(&store, "a").await?;
    let kept = letter.error.as_ref().map(|error| error.message.clone()).ok_or("no error")?;
    assert!(text.starts_with(&kept) && kept.len() == 64 * 1_024 - 1, "{}", kept.len());
    assert!(store.discard(&letter, &text).await?);
    let gone = store.discarded(1).await?;
    assert_eq!(gone[0].reason, kept);
    Ok(())
}

#[tokio::test]
async fn keys_that_are_too_long_for_a_key_stay_apart() -> Fallible {
    let db = server().await?;
    let store = letters(&db);
    let long = "|".repeat(2_040);
    let pks = [format!("{long}1"), format!("{long}2"), "|".repeat(340), "ä".repeat(1_000), "z".into()];
    for (nth, pk) in pks.iter().enumerate() {
        store.park(failed(put(pk, nth as u64 + 1), 1, "refused")).await?;
        assert!(store.park_behind(behind(put(pk, nth as u64 + 100), 1)).await?);
    }
    let (mut keys, mut after) = (Vec::<ItemKey>::new(), None);
    loop {
        let page = store.keys(after.as_ref(), 2).await?;
        keys.extend(page.iter().cloned());
        after = keys.last().cloned();
        if page.is_empty() {
            break;
        }
    }
    assert_eq!(keys.len(), pks.len());
    for (nth, pk) in pks.iter().enumerate() {
        assert!(keys.contains(&key(pk)), "{nth}");
        let letters = store.letters(&key(pk), None, 9).await?;
        assert_eq!(numbers(&letters), [nth as u64 + 1, nth as u64 + 100]);
        for letter in letters {
            assert!(store.remove(&letter).await?);
        }
        assert!(store.unpark(&key(pk)).await? && !store.keys(None, 99).await?.contains(&key(pk)));
    }
    Ok(())
}
