//! Effects outside of a sink.

use crate::{
    outside::{change, clock},
    stores::{Call, Fault, Faulty},
};
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_sink::{Class, Once, Ran, SinkError};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::time::sleep;

#[derive(Default)]
struct Till(AtomicU32);

impl Till {
    async fn charge(&self) -> Result<u32, SinkError> {
        sleep(Duration::from_secs(1)).await;
        Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

fn once(store: &Faulty) -> Once<Faulty> {
    Once::new(store.clone(), "charges").with_clock(clock())
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_gets_the_kept_result_in_any_process() {
    let (store, till, record) = (Faulty::default(), Till::default(), change("a", 1));
    store.fail(vec![(Call::Complete, Fault::After(Class::Transient)); 3]);

    assert_eq!(once(&store).run(&record, || till.charge()).await.unwrap(), Ran::Now(1));
    assert_eq!(once(&store).run(&record, || till.charge()).await.unwrap(), Ran::Before(Some(1)));
    // Of another type, the result is none, and the effect is not repeated.
    let read = once(&store).run(&record, || async { Ok("new".to_owned()) }).await.unwrap();
    assert_eq!((read, till.charge().await.unwrap()), (Ran::Before(None), 2));
}

#[tokio::test(start_paused = true)]
async fn clones_do_not_do_the_same_effect_at_once() {
    let (store, till, record) = (Faulty::default(), Till::default(), change("a", 1));
    let first = once(&store);
    let second = first.clone();

    let (one, two) = tokio::join!(first.run(&record, || till.charge()), second.run(&record, || till.charge()));

    assert_eq!((one.unwrap(), two.map_err(|error| error.class()).err()), (Ran::Now(1), Some(Class::Transient)));
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_fails_is_free_for_others() {
    let (store, till, record) = (Faulty::default(), Till::default(), change("a", 1));

    let failed = once(&store).run(&record, || async { Err::<u32, _>(SinkError::poison("no funds")) }).await;

    assert_eq!(failed.map_err(|error| error.class()).err(), Some(Class::Poison));
    assert_eq!(once(&store).run(&record, || till.charge()).await.unwrap(), Ran::Now(1));
}

#[tokio::test(start_paused = true)]
async fn a_result_that_is_too_large_is_given_back_and_not_kept() {
    let (store, record) = (Faulty::default(), change("a", 1));
    let large = "x".repeat(300 * 1_024);

    assert_eq!(once(&store).run(&record, || async { Ok(large.clone()) }).await.unwrap(), Ran::Now(large));
    assert_eq!(once(&store).run(&record, || async { Ok(String::new()) }).await.unwrap(), Ran::Before(None));
}

#[tokio::test(start_paused = true)]
async fn without_an_event_id_nothing_is_done() {
    let (store, till) = (Faulty::default(), Till::default());
    let nameless = ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, SequenceNumber::parse("1").unwrap())
        .event_id("")
        .build()
        .unwrap();

    let refused = once(&store).run(&nameless, || till.charge()).await;

    assert_eq!(refused.map_err(|error| error.class()).err(), Some(Class::Fatal));
    assert_eq!(till.charge().await.unwrap(), 1);
}
