//! What the layer writes, parks, and leaves.

use crate::faulty::{Deed, Faulty};
use crate::scene::{Fallible, at, clock, failed, key, lane, number, numbers, put, words};
use crate::target::Target;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{
    Batch, Class, DeadLetter, DeadLetterLayer, DeadLetterStore, Lane, Order, Redelivery, Report, Sink, SinkError,
    SinkExt, sink_fn,
};
use std::time::Duration;
use tokio::time::Instant;

fn layer(store: &Faulty) -> DeadLetterLayer<Faulty> {
    DeadLetterLayer::new(store.clone()).with_clock(clock())
}

fn given() -> Fallible<(Target, Faulty, DeadLetter<Target, Faulty>)> {
    let (target, store) = (Target::default(), Faulty::default());
    let sink = target.clone().dead_letter(layer(&store))?;
    Ok((target, store, sink))
}

async fn write(sink: &impl Sink, records: &[ChangeRecord]) -> Result<Report, SinkError> {
    sink.write(Batch::new(&lane(), records)).await
}

async fn queue(store: &Faulty, pk: &str) -> Fallible<Vec<u64>> {
    Ok(numbers(&store.inner.letters(&key(pk), None, 99).await?))
}

#[tokio::test(start_paused = true)]
async fn poison_is_parked_with_what_it_blocks_and_the_rest_is_written() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [2]);

    let report = write(&sink, &[put("a", 1), put("a", 2), put("b", 3), put("a", 4), put("a", 5)]).await?;

    assert_eq!(words(&report), ["applied", "parked", "applied", "parked", "parked"]);
    assert_eq!(target.rows(), [("a".to_owned(), 1), ("b".to_owned(), 3)]);
    let letters = store.inner.letters(&key("a"), None, 9).await?;
    assert_eq!(numbers(&letters), [2, 4, 5]);
    let errors: Vec<_> =
        letters.iter().map(|letter| letter.error.as_ref().map(|error| error.message.as_str())).collect();
    assert_eq!(errors, [Some("refused 2"), None, None]);
    assert_eq!((letters[0].first_parked, &letters[0].lane), (at(0), &lane()));
    assert_eq!(report.cost().calls, 2 + 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn later_records_of_a_parked_key_queue_behind_without_asking_the_sink() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [2]);
    let _ = write(&sink, &[put("a", 2)]).await?;
    target.heal();

    let report = write(&sink, &[put("a", 5), put("b", 6), put("a", 7)]).await?;
    let _ = write(&sink, &[put("a", 3)]).await?;

    assert_eq!(words(&report), ["parked", "applied", "parked"]);
    assert_eq!(target.calls(), [vec![2], vec![6]]);
    assert_eq!(queue(&store, "a").await?, [2, 3, 5, 7]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_list_of_keys_is_read_when_the_generation_differs_and_only_then() -> Fallible {
    let (_, store, sink) = given()?;
    for number in 1..=3 {
        let _ = write(&sink, &[put("a", number)]).await?;
    }
    assert_eq!(store.calls(), ["generation", "parked", "generation", "generation"]);

    // Another process parks the key.
    store.inner.park(failed(put("a", 9), 1, "refused")).await?;
    let report = write(&sink, &[put("a", 10)]).await?;

    assert_eq!(words(&report), ["parked"]);
    assert_eq!(store.calls(), ["generation", "parked", "park_behind"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_and_one_past_its_deadline_ask_nobody() -> Fallible {
    let (target, store, sink) = given()?;
    assert!(write(&sink, &[]).await?.is_settled());

    let late = Instant::now();
    let (lane, records) = (lane(), [put("a", 1)]);
    let report = sink.write(Batch::new(&lane, &records).with_deadline(late)).await?;

    assert_eq!(words(&report), ["transient"]);
    assert!(target.calls().is_empty() && store.calls().is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn while_the_parked_keys_are_unknown_nothing_is_written() -> Fallible {
    for call in ["generation", "parked"] {
        let (target, store, sink) = given()?;
        store.fail(call);

        let error = write(&sink, &[put("a", 1), put("b", 2)]).await.err().ok_or("it was written")?;

        assert_eq!((error.class(), error.to_string().as_str()), (Class::Transient, "dead letters: the store is down"));
        assert!(target.calls().is_empty());
        store.heal();
        assert_eq!(words(&write(&sink, &[put("a", 1)]).await?), ["applied"]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_redriven_meanwhile_is_written() -> Fallible {
    let (target, store, sink) = given()?;
    store.inner.park(failed(put("a", 1), 0, "refused")).await?;
    store.before("park_behind", Deed::Redrive(key("a")));

    let report = write(&sink, &[put("a", 2), put("a", 3)]).await?;

    assert_eq!(words(&report), ["applied", "applied"]);
    assert_eq!(target.calls(), [[2, 3]]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_queued_blocks_its_key_and_no_other() -> Fallible {
    let (target, store, sink) = given()?;
    store.inner.park(failed(put("a", 1), 0, "refused")).await?;
    store.fail("park_behind");

    let report = write(&sink, &[put("a", 2), put("b", 3), put("a", 4)]).await?;

    assert_eq!(words(&report), ["transient", "applied", "blocked by 0"]);
    assert_eq!(target.calls(), [[3]]);
    assert_eq!(queue(&store, "a").await?, [1]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_poison_record_that_cannot_be_parked_is_left_and_nothing_parked_behind_it() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    store.fail("park");

    let report = write(&sink, &[put("a", 1), put("a", 2), put("b", 3)]).await?;

    assert_eq!(words(&report), ["transient", "blocked by 0", "applied"]);
    assert!(queue(&store, "a").await?.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_parked_behind_poison_stays_unsettled() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    store.fail("park_behind");

    let report = write(&sink, &[put("a", 1), put("a", 2), put("a", 3)]).await?;
    assert_eq!(words(&report), ["parked", "transient", "blocked by 1"]);

    // The poison is redriven before the next one comes behind it.
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    store.before("park_behind", Deed::Redrive(key("a")));
    let report = write(&sink, &[put("a", 1), put("a", 2), put("a", 3)]).await?;
    assert_eq!(words(&report), ["parked", "transient", "blocked by 1"]);
    assert!(queue(&store, "a").await?.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn transient_fatal_and_unattributed_errors_park_nothing() -> Fallible {
    for (class, blamed) in [(Class::Transient, true), (Class::Fatal, true), (Class::Poison, false)] {
        let (target, store, sink) = given()?;
        target.refuse(class, [1]);
        if !blamed {
            target.state().unattributed.insert(1);
        }

        let report = write(&sink, &[put("a", 1), put("a", 2), put("b", 3)]).await?;

        assert_eq!(words(&report), [class.as_str(), "blocked by 0", "applied"]);
        assert!(store.inner.keys(None, 9).await?.is_empty(), "{class}");
    }
    // A batch that fails as a whole.
    let (target, store, sink) = given()?;
    target.state().whole.push_back(Some(Class::Poison));
    let report = write(&sink, &[put("a", 1), put("b", 2)]).await?;
    assert_eq!(words(&report), ["poison", "poison"]);
    assert!(store.inner.keys(None, 9).await?.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_blocked_by_another_one_is_not_parked_with_it() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    target.state().blocked.insert(2, 1);

    let report = write(&sink, &[put("a", 1), put("b", 2), put("b", 3)]).await?;

    assert_eq!(words(&report), ["parked", "transient", "blocked by 1"]);
    assert_eq!(store.inner.keys(None, 9).await?, [key("a")]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn by_option_old_transient_records_are_parked_in_an_outage() -> Fallible {
    let (target, store) = (Target::default(), Faulty::default());
    let layer = layer(&store).with_park_transient_after(Duration::from_secs(60));
    let sink = target.clone().dead_letter(layer)?;
    // Records are made at the second of their number.
    tokio::time::advance(Duration::from_secs(100)).await;

    target.state().whole.push_back(Some(Class::Transient));
    let report = write(&sink, &[put("old", 39), put("edge", 40), put("new", 90), put("old", 95)]).await?;

    assert_eq!(words(&report), ["parked", "transient", "transient", "parked"]);
    assert_eq!(queue(&store, "old").await?, [39, 95]);
    target.state().whole.push_back(Some(Class::Fatal));
    assert_eq!(words(&write(&sink, &[put("other", 1)]).await?), ["fatal"]);
    assert_eq!(store.inner.keys(None, 9).await?, [key("old")]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn past_the_deadline_only_what_failed_in_time_is_parked() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    target.state().takes = Duration::from_secs(5);
    let (lane, records) = (lane(), [put("a", 1), put("a", 2), put("b", 3)]);
    let batch = Batch::new(&lane, &records);

    let report = sink.write(batch.with_deadline(Instant::now() + Duration::from_secs(5))).await?;
    assert_eq!(words(&report), ["parked", "transient", "applied"]);

    // Nothing is queued behind a parked key once the time is over.
    store.takes(Duration::from_secs(2));
    let records = [put("a", 2), put("a", 3)];
    let batch = Batch::new(&lane, &records).with_deadline(Instant::now() + Duration::from_secs(3));
    let report = sink.write(batch).await?;
    assert_eq!(words(&report), ["transient", "blocked by 0"]);
    assert_eq!(queue(&store, "a").await?, [1]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn keys_are_parked_side_by_side_and_each_in_order() -> Fallible {
    let (target, store) = (Target::default(), Faulty::default());
    let sink = target.clone().dead_letter(layer(&store).with_concurrency(4))?;
    target.refuse(Class::Poison, 1..=8);
    let records: Vec<_> = (1..=16).map(|number| put(&format!("k{}", number % 8), number)).collect();
    store.takes(Duration::from_secs(1));

    let begin = Instant::now();
    let report = write(&sink, &records).await?;

    assert_eq!(report.counts().parked, 16);
    // Two calls for the keys, then eight keys of two letters each, four keys at once.
    assert_eq!(begin.elapsed(), Duration::from_secs(2 + 4));
    assert_eq!(queue(&store, "k3").await?, [3, 11]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn epochs_come_before_sequence_numbers() -> Fallible {
    let (target, store) = (Target::default(), Faulty::default());
    let sink = target.clone().dead_letter(layer(&store).with_epochs(|record| u64::from(number(record) < 10)))?;
    target.refuse(Class::Poison, [5]);

    let _ = write(&sink, &[put("a", 5)]).await?;
    let _ = write(&sink, &[put("a", 20)]).await?;

    assert_eq!(queue(&store, "a").await?, [20, 5]);
    assert_eq!(store.inner.letters(&key("a"), None, 9).await?[1].epoch, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_redrive_of_somebody_else_is_handled_as_any_lane() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    let (redrive, records) = (Lane::redrive(lane()), [put("a", 1), put("b", 2)]);

    let report = sink.write(Batch::new(&redrive, &records)).await?;

    assert_eq!(words(&report), ["parked", "applied"]);
    assert_eq!(target.state().calls[0].0, redrive);
    assert_eq!(store.inner.letters(&key("a"), None, 1).await?[0].lane, lane());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_letter_delivered_again_counts_its_attempts() -> Fallible {
    let (target, store, sink) = given()?;
    target.refuse(Class::Poison, [1]);
    for _ in 0..3 {
        assert_eq!(words(&write(&sink, &[put("a", 1)]).await?), ["parked"]);
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    let letter = store.inner.letters(&key("a"), None, 1).await?.pop().ok_or("no letter")?;
    assert_eq!((letter.attempts, letter.first_parked, letter.last_parked), (3, at(0), at(20)));
    assert_eq!(letter.error.map(|error| error.message).as_deref(), Some("refused 1"));
    Ok(())
}

struct Wide;

#[async_trait]
impl Sink for Wide {
    fn name(&self) -> &str {
        "chain"
    }

    fn order(&self) -> Order {
        Order::Lane
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        Ok(Report::all(batch, dynacdc_sink::Outcome::Applied))
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_whose_order_is_that_of_the_lane_is_refused_at_start_up() -> Fallible {
    let error = Wide.dead_letter(layer(&Faulty::default())).err().ok_or("it was taken")?;

    assert_eq!(error.class(), Class::Fatal);
    assert!(error.to_string().starts_with("chain: "), "{error}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn name_order_and_level_are_those_of_the_inner_sink() -> Fallible {
    let inner = sink_fn("log", |_| async { Ok(()) }).with_redelivery(Redelivery::Any);
    let sink = inner.dead_letter(layer(&Faulty::default()))?;

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("log", Order::Key, Redelivery::Any));
    assert_eq!(sink.get_ref().name(), "log");

    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_parking_would_take_all_of_its_time_gets_on() -> Fallible {
    // given: a parked key, and one record of another key before 20 of it
    let store = Faulty::default();
    let sink = sink_fn("punctual", |_| async { Ok(()) }).dead_letter(layer(&store))?;
    store.inner.park(failed(put("a", 1), 1, "refused")).await?;
    store.takes(Duration::from_secs(1));
    let records: Vec<ChangeRecord> = [put("b", 2)].into_iter().chain((3..23).map(|number| put("a", number))).collect();
    let (lane, mut settled) = (lane(), 0);

    while settled < records.len() {
        let batch = Batch::new(&lane, &records[settled..]).with_deadline(Instant::now() + Duration::from_secs(10));
        let report = sink.write(batch).await?;
        assert_ne!(report.settled_prefix(), 0, "of {} records none is settled", batch.len());
        settled += report.settled_prefix();
    }

    assert_eq!(queue(&store, "a").await?, [1].into_iter().chain(3..23).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_was_not_begun_is_not_parked_for_its_age() -> Fallible {
    // given: records that are all too old, and time for two of them
    let store = Faulty::default();
    let slow = sink_fn("slow", |_| async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        Ok(())
    });
    let sink = slow.dead_letter(layer(&store).with_park_transient_after(Duration::ZERO))?;
    let (lane, records) = (lane(), [put("a", 1), put("b", 2), put("c", 3)]);
    tokio::time::advance(Duration::from_secs(100)).await;

    let report =
        sink.write(Batch::new(&lane, &records).with_deadline(Instant::now() + Duration::from_secs(10))).await?;

    assert_eq!(words(&report), ["applied", "applied", "transient"]);
    Ok(())
}
