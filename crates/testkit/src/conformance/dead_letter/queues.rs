//! Queues and parked keys.

use super::{LABEL, all, both, change_of, key, new_letter, one, poison, truth};
use crate::conformance::{
    StoreFixture,
    verdict::{Stopped, Tried, same},
};
use dynacdc_record::ItemKey;
use dynacdc_sink::{Class, DeadLetterStore, Letter, NewLetter, Place, SinkError};
use futures_util::future::join_all;
use std::collections::HashSet;

pub(super) async fn empty<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    same("keys", store.keys(None, 10).await?, Vec::new())?;
    same("parked keys", store.parked().await?.keys.len(), 0)?;
    same("letters", all(&store, &key).await?.len(), 0)?;
    same("thrown away", store.discarded(10).await?.len(), 0)?;
    same("freeing a key that is not parked", store.unpark(&key).await?, true)?;
    same("parking behind nothing", store.park_behind(new_letter("a", 100)?).await?, false)?;
    same("letters after that", all(&store, &key).await?.len(), 0)
}

pub(super) async fn durable<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (first, second, key) = (fixture.open().await?, fixture.open().await?, key("a")?);
    let before = second.generation().await?;
    first.park(new_letter("a", 100)?).await?;
    truth("another handle sees the old generation", second.generation().await? > before)?;
    same("another handle's keys", second.parked().await?.keys, HashSet::from([key.clone()]))?;
    drop(first);
    same("parking behind it elsewhere", second.park_behind(new_letter("a", 101)?).await?, true)?;
    let generation = second.generation().await?;
    // Nobody has it open any more: what is opened now has only what was kept.
    drop(second);
    let third = fixture.open().await?;
    same("letters after a restart", all(&third, &key).await?.len(), 2)?;
    same("the generation after a restart", third.generation().await?, generation)
}

pub(super) async fn generation<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let mut last = store.generation().await?;
    for name in ["a", "b"] {
        store.park(new_letter(name, 100)?).await?;
        let now = store.generation().await?;
        truth("a key more, and the same generation", now > last)?;
        last = now;
    }
    for name in ["a", "b"] {
        store.remove(&one(&store, &key(name)?).await?).await?;
        same("free", store.unpark(&key(name)?).await?, true)?;
        let now = store.generation().await?;
        truth("a key less, and the same generation", now > last)?;
        last = now;
    }
    let parked = store.parked().await?;
    same("the generation of all keys", parked.generation, last)
}

/// Parks, and tries again where the store gives up on one of several calls that meet. Says how many calls it took.
async fn insist(store: &impl DeadLetterStore, letter: NewLetter) -> Result<u32, SinkError> {
    let mut tries = 1;
    loop {
        match store.park(letter.clone()).await {
            Ok(()) => return Ok(tries),
            Err(error) if error.class() != Class::Transient || tries == 20 => return Err(error),
            Err(_) => tries += 1,
        }
    }
}

pub(super) async fn parked_at_once<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (one_store, other, key) = (fixture.open().await?, fixture.open().await?, key("a")?);
    let mut parking = Vec::new();
    for number in 0..16 {
        let store = if number % 2 == 0 { &one_store } else { &other };
        parking.push(insist(store, new_letter("a", 100 + number % 8)?));
    }
    let tries = join_all(parking).await.into_iter().collect::<Result<Vec<u32>, _>>()?;
    let letters = all(&one_store, &key).await?;
    same("letters of eight records, parked twice at once", letters.len(), 8)?;
    for (at, letter) in letters.iter().enumerate() {
        let most = tries[at] + tries[at + 8];
        let what = format!("{} attempts of {most} calls, of which two went well", letter.attempts);
        truth(&what, (2..=most).contains(&letter.attempts))?;
    }

    let before = other.generation().await?;
    let mut parking = Vec::new();
    for number in 0..16_u64 {
        parking.push(insist(&one_store, new_letter(&format!("key {number}"), 100)?));
    }
    join_all(parking).await.into_iter().collect::<Result<Vec<u32>, _>>()?;
    same("keys parked at once, and the one before", other.parked().await?.keys.len(), 17)?;
    truth("the generation after sixteen keys", other.generation().await?.0 >= before.0 + 16)
}

pub(super) async fn unpark<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    store.park(new_letter("a", 100)?).await?;
    same("freeing a key with a letter", store.unpark(&key).await?, false)?;
    truth("the key is free", store.parked().await?.keys.contains(&key))?;
    store.remove(&one(&store, &key).await?).await?;
    same("parking behind an empty queue", store.park_behind(new_letter("a", 101)?).await?, true)?;
    same("freeing it then", store.unpark(&key).await?, false)?;
    store.remove(&one(&store, &key).await?).await?;
    same("freeing an empty queue", store.unpark(&key).await?, true)?;
    same("freeing it once more", store.unpark(&key).await?, true)?;
    truth("the key is still parked", !store.parked().await?.keys.contains(&key))?;
    same("parking behind a free key", store.park_behind(new_letter("a", 102)?).await?, false)?;
    same("letters of a free key", all(&store, &key).await?.len(), 0)
}

/// One frees the key while another parks behind it, in both orders.
pub(super) async fn unpark_race<F: StoreFixture<Store: DeadLetterStore>>(make: &impl Fn() -> F) -> Tried {
    let fixture = make();
    let (freeing, parking) = (fixture.open().await?, fixture.open().await?);
    for round in 0..24 {
        let name = format!("key {round}");
        let key = key(&name)?;
        freeing.park(new_letter(&name, 100)?).await?;
        freeing.remove(&one(&freeing, &key).await?).await?;
        let late = new_letter(&name, 101)?;
        let (free, behind) = if round % 2 == 0 {
            both(freeing.unpark(&key), parking.park_behind(late)).await
        } else {
            let (behind, free) = both(parking.park_behind(late), freeing.unpark(&key)).await;
            (free, behind)
        };
        let is_parked = parking.parked().await?.keys.contains(&key);
        let letters = all(&parking, &key).await?.len();
        truth("a letter is in the queue of a key that is not parked", is_parked || letters == 0)?;
        // A store may give up on one of two calls that meet.
        if let (Ok(is_free), Ok(is_behind)) = (free, behind) {
            truth("a key was freed and a letter parked behind it", !(is_free && is_behind))?;
            same("letters", letters, usize::from(is_behind))?;
            same("whether the key is parked", is_parked, !is_free)?;
        }
    }
    Ok(())
}

pub(super) async fn places<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    let later = "2026-05-02T12:00:00.000";
    let letter = |epoch: u64, label: &str, number: u64, part: u8| {
        let new = poison(change_of(label, "a", number)?.with_part(part), "refused", 0)?;
        Ok::<_, Stopped>(NewLetter { epoch, ..new })
    };
    // In the order of their places; numbers of two and three digits, where their text is in another order.
    let ordered = [
        letter(0, LABEL, 99, 0)?,
        letter(0, LABEL, 100, 0)?,
        letter(0, LABEL, 100, 1)?,
        letter(0, LABEL, 1_000, 0)?,
        letter(0, later, 50, 0)?,
        letter(1, LABEL, 10, 0)?,
        letter(16, LABEL, 9, 0)?,
    ];
    let expected: Vec<Place> = ordered.iter().map(NewLetter::place).collect();
    for at in [3, 6, 0, 5, 2, 4, 1] {
        store.park(ordered[at].clone()).await?;
    }
    same("the places", super::places(&all(&store, &key).await?), expected)
}

pub(super) async fn pages<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let mut keys: Vec<ItemKey> = Vec::new();
    for name in ["d", "a", "c", "e", "b", "aa", "ä"] {
        keys.push(key(name)?);
        store.park(new_letter(name, 100)?).await?;
    }
    keys.sort();
    let mut found: Vec<ItemKey> = Vec::new();
    while let page @ [_, ..] = &*store.keys(found.last(), 2).await? {
        truth("more keys than asked for", page.len() <= 2)?;
        found.extend_from_slice(page);
        truth("keys without end", found.len() <= keys.len())?;
    }
    // The order is the store's, but it is the same each time.
    same("keys, all at a time", store.keys(None, 100).await?, found.clone())?;
    same("keys, none at a time", store.keys(None, 0).await?, found[..1].to_vec())?;
    found.sort();
    same("keys, two at a time", &found, &keys)?;
    same("all parked keys", store.parked().await?.keys, keys.iter().cloned().collect())?;

    for number in 101..105 {
        store.park(new_letter("a", number)?).await?;
    }
    let (key, mut found) = (key("a")?, Vec::<Letter>::new());
    loop {
        let after = found.last().map(Letter::place);
        let page = store.letters(&key, after.as_ref(), 2).await?;
        truth("more letters than asked for", page.len() <= 2)?;
        if page.is_empty() {
            break;
        }
        found.extend(page);
        truth("letters without end", found.len() <= 5)?;
    }
    let numbers: Vec<String> = found.iter().map(|letter| letter.record.sequence_number().as_str().to_owned()).collect();
    same("letters, none at a time", store.letters(&key, None, 0).await?.len(), 1)?;
    same("letters, two at a time", numbers, ["100", "101", "102", "103", "104"].map(str::to_owned).into())
}
