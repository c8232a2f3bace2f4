//! What a [`DeadLetterStore`] promises.

mod letters;
mod queues;

use super::{
    StoreFixture, Verdict,
    verdict::{Stopped, Tried},
};
use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, EventName, Item, ItemKey, SequenceNumber, StreamArn, item};
use dynacdc_sink::{Class, DeadLetterStore, Lane, Letter, NewLetter, ParkedError, Place};
use std::future::Future;

/// Runs the suite of [`DeadLetterStore`]. `make` makes an empty backend for each trial.
pub async fn dead_letter_store<F>(make: impl Fn() -> F) -> Verdict
where
    F: StoreFixture<Store: DeadLetterStore>,
{
    let mut verdict = Verdict::on("dead-letter store");
    let seen = "1. what was parked is seen by every later read in any process";
    verdict.run("empty", seen, queues::empty(&make())).await;
    verdict.run("whole", seen, letters::whole(&make())).await;
    verdict.run("view", seen, letters::view(&make())).await;
    verdict.run("large", seen, letters::large(&make())).await;
    verdict.run("durable", seen, queues::durable(&make())).await;
    let again = "2. parking again is one letter with one more attempt";
    verdict.run("parked_again", again, letters::parked_again(&make())).await;
    verdict.run("parked_behind_again", again, letters::parked_behind_again(&make())).await;
    verdict.run("parked_at_once", again, queues::parked_at_once(&make())).await;
    let generation = "3. the generation rises with every change of the set of parked keys";
    verdict.run("generation", generation, queues::generation(&make())).await;
    let revision = "4. nothing but the revision that was read is taken away";
    verdict.run("removed", revision, letters::removed(&make())).await;
    verdict.run("discarded", revision, letters::discarded(&make())).await;
    verdict.run("back_again", revision, letters::back_again(&make())).await;
    let unpark = "5. no letter is in the queue of a key that is not parked";
    verdict.run("unpark", unpark, queues::unpark(&make())).await;
    verdict.run("unpark_race", unpark, queues::unpark_race(&make)).await;
    verdict.run("places", "letters are in the order of their places", queues::places(&make())).await;
    verdict.run("pages", "keys and letters come in pages, each once", queues::pages(&make())).await;
    verdict
}

/// Seconds after the start of all trials.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_777_000_000 + seconds, 0).unwrap_or_default()
}

const LABEL: &str = "2026-05-01T12:00:00.000";

fn stream(label: &str) -> Result<StreamArn, Stopped> {
    Ok(StreamArn::parse(&format!("arn:aws:dynamodb:eu-west-1:123456789012:table/conformance/stream/{label}"))?)
}

fn lane() -> Result<Lane, Stopped> {
    Ok(Lane::ordered(stream(LABEL)?, "shardId-00000001777000000000-00000001"))
}

/// A change of the item `key`, of the stream with this label.
fn change_of(label: &str, key: &str, number: u64) -> Result<ChangeRecord, Stopped> {
    let image = |value: u64| -> Item {
        item! { "pk" => key, "v" => value, "text" => "ä \"|\" \u{0}" }
    };
    Ok(ChangeRecord::builder(EventName::Modify, item! { "pk" => key }, SequenceNumber::parse(&number.to_string())?)
        .event_id(format!("{number:032x}"))
        .stream_arn(stream(label)?)
        .created_epoch(1_777_000_000, 0)
        .old_image(image(number))
        .new_image(image(number + 1))
        .build()?)
}

fn change(key: &str, number: u64) -> Result<ChangeRecord, Stopped> {
    change_of(LABEL, key, number)
}

/// The letter of a record that was poison for a reason, parked at a second.
fn poison(record: ChangeRecord, reason: &str, seconds: i64) -> Result<NewLetter, Stopped> {
    let error = ParkedError { class: Class::Poison, message: reason.to_owned() };
    Ok(NewLetter { record, lane: lane()?, epoch: 0, error: Some(error), at: at(seconds) })
}

fn new_letter(key: &str, number: u64) -> Result<NewLetter, Stopped> {
    poison(change(key, number)?, "refused", 0)
}

fn key(name: &str) -> Result<ItemKey, Stopped> {
    Ok(change(name, 100)?.item_key())
}

async fn all(store: &impl DeadLetterStore, key: &ItemKey) -> Result<Vec<Letter>, Stopped> {
    Ok(store.letters(key, None, 100).await?)
}

/// The one letter that is in the queue.
async fn one(store: &impl DeadLetterStore, key: &ItemKey) -> Result<Letter, Stopped> {
    let letters = all(store, key).await?;
    let count = letters.len();
    letters
        .into_iter()
        .next()
        .filter(|_| count == 1)
        .ok_or_else(|| Stopped::broken(format!("{count} letters, not one")))
}

fn places(letters: &[Letter]) -> Vec<Place> {
    letters.iter().map(Letter::place).collect()
}

/// Lets both go on in turns, so that they meet half-way.
async fn both<A, B>(one: impl Future<Output = A>, two: impl Future<Output = B>) -> (A, B) {
    futures_util::future::join(one, two).await
}

fn truth(what: &str, holds: bool) -> Tried {
    if holds { Ok(()) } else { Err(Stopped::broken(what)) }
}
