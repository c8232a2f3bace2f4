//! One letter.

use super::{all, at, change, key, lane, new_letter, one, poison, truth};
use crate::conformance::{
    StoreFixture,
    verdict::{Stopped, Tried, same},
};
use dynacdc_record::{ChangeRecord, EventName, Item, SequenceNumber, item};
use dynacdc_sink::{Class, DeadLetterStore, Letter, NewLetter, ParkedError};

/// Everything of a letter but its revision.
fn is_as_parked(letter: &Letter, new: &NewLetter, attempts: u32) -> Tried {
    truth("the record comes back as another one", letter.record == new.record)?;
    same("the part", letter.record.part(), new.record.part())?;
    same("the event name", letter.record.event_name(), new.record.event_name())?;
    truth("the origin comes back as another record", letter.record.origin() == new.record.origin())?;
    same("the lane", &letter.lane, &new.lane)?;
    same("the epoch", letter.epoch, new.epoch)?;
    same("the error", &letter.error, &new.error)?;
    same("attempts", letter.attempts, attempts)?;
    same("the times", (letter.first_parked, letter.last_parked), (new.at, new.at))
}

pub(super) async fn whole<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let classes = [Class::Transient, Class::Poison, Class::Fatal];
    for (number, class) in (100..).zip(classes) {
        let error = ParkedError { class, message: "refused: ä | \"x\"\n".to_owned() };
        let new = NewLetter { epoch: number, error: Some(error), ..new_letter(&number.to_string(), number)? };
        store.park(new.clone()).await?;
        is_as_parked(&one(&store, &new.key()).await?, &new, 1)?;
    }
    let waiting = NewLetter { epoch: 100, error: None, ..new_letter("100", 200)? };
    same("the key is parked", store.park_behind(waiting.clone()).await?, true)?;
    let letters = all(&store, &waiting.key()).await?;
    let last = letters.last().ok_or_else(|| Stopped::broken("the letter behind is not there"))?;
    is_as_parked(last, &waiting, 1)
}

/// A record as a filter and a `map` show it, and the origin behind it.
pub(super) async fn view<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let origin = change("a", 100)?;
    let image: Item = item! { "pk" => "moved", "v" => 7 };
    let moved = origin.leaving().derive(&item! { "pk" => "moved" }, Some(&image), None)?.with_part(1);
    for record in [moved, origin.leaving(), change("b", 101)?.entering().with_part(3)] {
        let new = poison(record, "refused", 0)?;
        store.park(new.clone()).await?;
        is_as_parked(&one(&store, &new.key()).await?, &new, 1)?;
    }
    Ok(())
}

/// Both images near the 400 KB that an item may have: more than one item of DynamoDB holds.
pub(super) async fn large<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    // Hardly to be compressed, and the same in every run.
    let mut random = fastrand::Rng::with_seed(7);
    let mut image = || -> Item {
        item! { "pk" => "large", "text" => std::iter::repeat_with(|| random.alphanumeric()).take(390_000).collect::<String>() }
    };
    let record = ChangeRecord::builder(EventName::Modify, item! { "pk" => "large" }, SequenceNumber::parse("100")?)
        .old_image(image())
        .new_image(image())
        .build()?;
    let new = poison(record, "too large", 0)?;
    for attempts in 1..=2 {
        store.park(new.clone()).await?;
        is_as_parked(&one(&store, &new.key()).await?, &new, attempts)?;
    }
    let letter = one(&store, &new.key()).await?;
    same("removed", store.remove(&letter).await?, true)?;
    same("letters left", all(&store, &new.key()).await?.len(), 0)
}

pub(super) async fn parked_again<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    store.park(new_letter("a", 100)?).await?;
    let first = one(&store, &key).await?;
    store.park(poison(change("a", 100)?, "still refused", 60)?).await?;
    let second = one(&store, &key).await?;
    same("attempts", second.attempts, 2)?;
    same("the error", second.error.as_ref().map(|error| error.message.as_str()), Some("still refused"))?;
    same("the times", (second.first_parked, second.last_parked), (at(0), at(60)))?;
    truth("the revision is the old one", first.revision != second.revision)?;
    store.park(NewLetter { error: None, at: at(90), ..new_letter("a", 100)? }).await?;
    let third = one(&store, &key).await?;
    same("attempts", third.attempts, 3)?;
    truth("the revision is an old one", ![first.revision, second.revision].contains(&third.revision))?;
    same("the error that was there", third.error, second.error)
}

pub(super) async fn parked_behind_again<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    store.park(new_letter("a", 100)?).await?;
    let first = one(&store, &key).await?;
    let again = NewLetter { error: None, at: at(60), ..new_letter("a", 100)? };
    same("the key is parked", store.park_behind(again).await?, true)?;
    let second = one(&store, &key).await?;
    same("attempts", second.attempts, 2)?;
    same("the times", (second.first_parked, second.last_parked), (at(0), at(60)))?;
    same("the error that was there", second.error, first.error)?;
    truth("the revision is the old one", first.revision != second.revision)?;
    let worse = ParkedError { class: Class::Poison, message: "worse".to_owned() };
    store.park_behind(NewLetter { error: Some(worse.clone()), ..new_letter("a", 100)? }).await?;
    same("the newer error", one(&store, &key).await?.error, Some(worse))
}

pub(super) async fn removed<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    store.park(new_letter("a", 100)?).await?;
    store.park(new_letter("a", 101)?).await?;
    let read = all(&store, &key).await?.remove(0);
    store.park(new_letter("a", 100)?).await?;
    same("removing what was parked again meanwhile", store.remove(&read).await?, false)?;
    same("letters left", all(&store, &key).await?.len(), 2)?;
    let read = all(&store, &key).await?.remove(0);
    same("removing what was read", store.remove(&read).await?, true)?;
    same("removing it once more", store.remove(&read).await?, false)?;
    same("the letter left", one(&store, &key).await?.record.sequence_number().as_str(), "101")?;
    same("letters thrown away", store.discarded(10).await?.len(), 0)?;
    truth("an empty queue frees its key", store.parked().await?.keys.contains(&key))
}

pub(super) async fn discarded<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    for number in 100..103 {
        store.park(new_letter("a", number)?).await?;
    }
    let read = all(&store, &key).await?.remove(0);
    store.park(new_letter("a", 100)?).await?;
    same("throwing away what was parked again meanwhile", store.discard(&read, "late").await?, false)?;
    same("thrown away", store.discarded(10).await?.len(), 0)?;
    for (letter, reason) in all(&store, &key).await?.iter().zip(["first", "second", "third"]) {
        same("throwing away what was read", store.discard(letter, reason).await?, true)?;
        same("throwing it away once more", store.discard(letter, reason).await?, false)?;
    }
    same("letters left", all(&store, &key).await?.len(), 0)?;
    let kept = fixture.open().await?.discarded(2).await?;
    let told: Vec<&str> = kept.iter().map(|kept| kept.reason.as_str()).collect();
    same("the two that were thrown away last", told, vec!["third", "second"])?;
    truth("another letter is kept", kept[0].letter.record == change("a", 102)?)?;
    same("its lane", &kept[0].letter.lane, &lane()?)
}

/// A revision never comes back, so that an old redrive does not take a new letter away.
pub(super) async fn back_again<F: StoreFixture<Store: DeadLetterStore>>(fixture: &F) -> Tried {
    let (store, key) = (fixture.open().await?, key("a")?);
    store.park(new_letter("a", 100)?).await?;
    let old = one(&store, &key).await?;
    store.remove(&old).await?;
    store.unpark(&key).await?;
    store.park(new_letter("a", 100)?).await?;
    let new = one(&store, &key).await?;
    truth("the revision is the old one", old.revision != new.revision)?;
    same("attempts", new.attempts, 1)?;
    same("removing with the old revision", store.remove(&old).await?, false)?;
    same("throwing away with the old revision", store.discard(&old, "late").await?, false)?;
    same("removing with the new one", store.remove(&new).await?, true)
}
