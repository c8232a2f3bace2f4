//! What the layer does with one batch, and with the next.

use crate::{
    outside::{Mailbox, change, clock, lane, mail, words, write},
    stores::{Call, Fault, Faulty},
};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_sink::{Batch, Class, Dedupe, DedupeLayer, Lane, Order, Outcome, Owner, Report, Sink, SinkError, SinkExt};
use std::time::Duration;
use tokio::time::{Instant, timeout};

fn layer(store: &Faulty) -> DedupeLayer<Faulty> {
    DedupeLayer::new(store.clone(), "mail").with_clock(clock())
}

fn scene() -> (Faulty, Mailbox, impl Sink) {
    let (store, mailbox) = (Faulty::default(), Mailbox::default());
    let sink = mailbox.sink().dedupe(layer(&store));
    (store, mailbox, sink)
}

#[tokio::test(start_paused = true)]
async fn what_is_delivered_again_is_a_duplicate() {
    let (store, mailbox, sink) = scene();
    let records = [change("a", 1), change("b", 2), change("a", 3)];

    let first = write(&sink, &records).await;
    let again = write(&sink, &records[1..]).await;

    assert_eq!(words(&first), ["applied"; 3]);
    assert_eq!(words(&again), ["duplicate"; 2]);
    assert_eq!(mailbox.sent(), ["1.0", "2.0", "3.0"]);
    // All granted records go on in one batch, and with nothing granted there is none.
    assert_eq!(mailbox.batches(), [3]);
    // Three claims and completions beside three mails; then two claims.
    assert_eq!((first.cost().calls, again.cost().calls), (9, 2));
    assert_eq!(store.calls().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_calls_nothing() {
    let (store, mailbox, sink) = scene();

    assert!(write(&sink, &[]).await.is_settled());

    assert_eq!((store.calls().len(), mailbox.batches().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn twins_are_sent_once_and_the_second_has_the_fate_of_the_first() {
    let (store, mailbox, sink) = scene();
    let records = [change("a", 1), change("b", 2), change("a", 1), change("b", 2)];
    mailbox.fail(&[("2.0", Class::Transient)]);

    let first = write(&sink, &records).await;

    assert_eq!(words(&first), ["applied", "transient", "duplicate", "blocked by 1"]);
    assert_eq!((mailbox.sent(), store.count(Call::Claim)), (vec!["1.0".to_owned()], 2));
}

#[tokio::test(start_paused = true)]
async fn a_foreign_claim_blocks_its_key_alone() {
    let (store, mailbox, sink) = scene();
    let other = mailbox.sink().dedupe(layer(&store));
    let held = [change("a", 2)];
    let records = [change("a", 1), change("b", 4), change("a", 2), change("a", 3)];

    let (theirs, ours) = tokio::join!(write(&other, &held), write(&sink, &records));

    assert_eq!(words(&theirs), ["applied"]);
    assert_eq!(words(&ours), ["applied", "applied", "transient", "blocked by 2"]);
    assert!(!store.calls().contains(&(Call::Claim, "3.0".to_owned())), "{:?}", store.calls());
    assert_eq!(words(&write(&sink, &records).await), ["duplicate", "duplicate", "duplicate", "applied"]);
    assert_eq!(mailbox.counts().values().collect::<Vec<_>>(), [&1; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_rewind_and_a_redrive_in_one_process_do_not_both_do_it() {
    let (_, mailbox, sink) = scene();
    let records = [change("a", 1)];
    let lane = Lane::redrive(lane());
    let redriven = Batch::new(&lane, &records);

    let (rewound, redriven) = tokio::join!(write(&sink, &records), sink.write(redriven));

    assert_eq!(words(&rewound), ["applied"]);
    assert_eq!(redriven.map(|report| words(&report)).unwrap(), ["transient"]);
    assert_eq!(mailbox.sent(), ["1.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_fails_blocks_its_key_and_is_the_fault_of_no_record() {
    for fault in [Fault::Before(Class::Poison), Fault::After(Class::Transient)] {
        let (store, mailbox, sink) = scene();
        store.fail([(Call::Claim, fault)]);
        let records = [change("a", 1), change("a", 2)];

        let first = write(&sink, &records).await;
        let again = write(&sink, &records).await;

        assert_eq!(words(&first), ["transient", "blocked by 0"], "{fault:?}");
        assert_eq!(words(&again), ["applied", "applied"], "{fault:?}");
        assert_eq!(mailbox.sent(), ["1.0", "2.0"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fatal_claim_stops_the_batch_before_any_effect() {
    let (store, mailbox, _) = scene();
    let sink = mailbox.sink().dedupe(layer(&store).with_concurrency(1));
    store.fail([(Call::Claim, Fault::Before(Class::Transient)), (Call::Claim, Fault::Before(Class::Fatal))]);
    let records = [change("a", 1), change("b", 2), change("c", 3)];

    let report = write(&sink, &records).await;

    assert_eq!(words(&report), ["transient", "fatal", "fatal"]);
    assert_eq!((store.count(Call::Claim), mailbox.sent().len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_settled_is_given_back() {
    let (store, mailbox, sink) = scene();
    let other = mailbox.sink().dedupe(layer(&store));
    mailbox.fail(&[("1.0", Class::Poison)]);
    // A claim that cannot be given back stays until its lease ends.
    store.fail([(Call::Release, Fault::Before(Class::Transient))]);
    let records = [change("a", 1), change("a", 2)];

    assert_eq!(words(&write(&sink, &records).await), ["poison", "blocked by 0"]);
    mailbox.fail(&[]);

    assert_eq!(words(&write(&other, &records).await), ["applied", "applied"]);
}

#[tokio::test(start_paused = true)]
async fn a_completion_is_tried_eight_times_and_the_record_stays_applied() {
    for (failures, again) in [(7, "duplicate"), (8, "applied")] {
        let (store, mailbox, sink) = scene();
        store.fail(vec![(Call::Complete, Fault::Before(Class::Transient)); failures]);
        let records = [change("a", 1)];

        assert_eq!(words(&write(&sink, &records).await), ["applied"]);
        assert_eq!(store.count(Call::Complete), 8);
        // The effect is repeated only where its completion was lost for good.
        assert_eq!(words(&write(&sink, &records).await), [again]);
        assert_eq!(mailbox.sent().len(), if failures == 8 { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_a_dropped_write_goes_on_at_once_and_another_after_the_lease() {
    let (store, mailbox, sink) = scene();
    let other = mailbox.sink().dedupe(layer(&store));
    let records = [change("a", 1), change("b", 2)];

    let dropped = timeout(Duration::from_millis(500), write(&sink, &records)).await;

    assert!(dropped.is_err());
    assert_eq!(words(&write(&other, &records[..1]).await), ["transient"]);
    assert_eq!(words(&write(&sink, &records[..1]).await), ["applied"]);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(words(&write(&other, &records).await), ["duplicate", "applied"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_claimed_past_the_deadline_and_nothing_begun_past_the_lease() {
    let (store, mailbox, sink) = scene();
    let lane = lane();
    let records: Vec<ChangeRecord> = (1..=3).map(|number| change("a", number)).collect();
    let late = Batch::new(&lane, &records).with_deadline(Instant::now());

    assert_eq!(
        sink.write(late).await.map(|report| words(&report)).unwrap(),
        ["transient", "blocked by 0", "blocked by 0"]
    );
    assert_eq!(store.calls().len(), 0);

    // Each mail takes a second.
    let brief = mailbox.sink().dedupe(layer(&store).with_lease(Duration::from_millis(1_500)));
    assert_eq!(words(&write(&brief, &records).await), ["applied", "applied", "transient"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_claims_would_take_all_of_its_time_gets_on() {
    let (store, mailbox, _) = scene();
    let sink = mailbox.sink().dedupe(layer(&store).with_concurrency(1));
    store.takes(Duration::from_secs(1));
    let (lane, records) = (lane(), (1..=40).map(|number| change(&number.to_string(), number)).collect::<Vec<_>>());
    let mut settled = 0;

    for delivery in 1.. {
        let batch = Batch::new(&lane, &records[settled..]).with_deadline(Instant::now() + Duration::from_secs(20));
        let report = sink.write(batch).await.unwrap();
        assert_ne!(report.settled_prefix(), 0, "delivery {delivery} did not get on");
        settled += report.settled_prefix();
        if settled == records.len() {
            break;
        }
    }

    assert_eq!(mailbox.counts().values().collect::<Vec<_>>(), [&1; 40]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_completions_does_not_hold_up_each_of_them() {
    let (store, _, sink) = scene();
    store.fail(vec![(Call::Complete, Fault::Before(Class::Transient)); 8 * 400]);
    let records: Vec<ChangeRecord> = (1..=400).map(|number| change(&number.to_string(), number)).collect();
    let begin = Instant::now();

    assert_eq!(words(&write(&sink, &records).await), vec!["applied"; 400]);

    // 400 mails take 50 s, eight at once; the waits for one completion take 7 s at most.
    assert!(begin.elapsed() < Duration::from_secs(50 + 8), "{:?}", begin.elapsed());
    assert!((400..1_000).contains(&store.count(Call::Complete)), "each is tried: {}", store.count(Call::Complete));
}

#[tokio::test(start_paused = true)]
async fn completions_are_kept_for_the_retention() {
    let (store, mailbox, _) = scene();
    let sink = mailbox.sink().dedupe(layer(&store).with_retention(Duration::from_secs(100)));
    let records = [change("a", 1)];
    assert!(write(&sink, &records).await.is_settled());

    tokio::time::advance(Duration::from_secs(99)).await;
    assert_eq!(words(&write(&sink, &records).await), ["duplicate"]);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(words(&write(&sink, &records).await), ["applied"]);
}

#[tokio::test(start_paused = true)]
async fn parts_of_one_change_are_two_effects() {
    let (_, mailbox, sink) = scene();
    let records = [change("a", 1), change("a", 1).with_part(1)];

    assert_eq!(words(&write(&sink, &records).await), ["applied", "applied"]);
    assert_eq!(words(&write(&sink, &records).await), ["duplicate", "duplicate"]);
    assert_eq!(mailbox.sent(), ["1.0", "1.1"]);
}

#[tokio::test(start_paused = true)]
async fn without_an_event_id_nothing_is_done_and_nothing_parked() {
    let (store, mailbox, sink) = scene();
    let nameless = ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, SequenceNumber::parse("1").unwrap())
        .event_id("")
        .build()
        .unwrap();

    // Two of them are no twins.
    assert_eq!(words(&write(&sink, &[nameless.clone(), nameless.clone()]).await), ["fatal", "blocked by 0"]);
    assert_eq!((store.calls().len(), mailbox.sent().len()), (0, 0));

    // What was claimed before a Fatal error is given back and not sent.
    assert_eq!(words(&write(&sink, &[change("b", 1), nameless]).await), ["fatal", "fatal"]);
    assert_eq!((store.count(Call::Release), mailbox.sent().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_the_inner_sink_refuses_is_refused_before_anything_is_claimed() {
    let (store, _, sink) = scene();
    let (lane, records) = (Lane::unordered(None), [change("a", 1)]);

    let refused = sink.write(Batch::new(&lane, &records)).await;

    assert_eq!(refused.map_err(|error| error.class()).err(), Some(Class::Fatal));
    assert_eq!(store.calls().len(), 0);
}

/// Of the order of a lane; parks everything, or applies it.
struct Whole(Outcome);

#[async_trait]
impl Sink for Whole {
    fn name(&self) -> &str {
        "whole"
    }

    fn order(&self) -> Order {
        Order::Lane
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        Ok(Report::all(batch, self.0.clone()))
    }
}

#[tokio::test(start_paused = true)]
async fn in_the_order_of_a_lane_nothing_is_claimed_behind_a_failure() {
    let store = Faulty::default();
    let sink = Whole(Outcome::Applied).dedupe(layer(&store));
    store.fail([(Call::Claim, Fault::Before(Class::Transient))]);

    let report = write(&sink, &[change("a", 1), change("b", 2)]).await;

    assert_eq!((words(&report), store.count(Call::Claim)), (vec!["transient".into(), "blocked by 0".into()], 1));
    assert_eq!((sink.order(), sink.name()), (Order::Lane, "whole"));
}

#[tokio::test(start_paused = true)]
async fn what_is_parked_inside_is_not_done() {
    let store = Faulty::default();
    let sink = Whole(Outcome::Parked).dedupe(layer(&store));
    let records = [change("a", 1), change("a", 1)];

    for _ in 0..2 {
        assert_eq!(words(&write(&sink, &records).await), ["parked", "parked"]);
    }
    assert_eq!(store.count(Call::Complete), 0);
}

#[tokio::test(start_paused = true)]
async fn two_instances_with_one_fixed_owner_are_one_to_the_store() {
    let (store, mailbox, _) = scene();
    let make = || -> Dedupe<_, _> { mailbox.sink().dedupe(layer(&store).with_owner(Owner("fixed".into()))) };
    let (one, two) = (make(), make());
    let records = [change("a", 1)];

    let (first, second) = tokio::join!(write(&one, &records), write(&two, &records));

    assert_eq!((words(&first), words(&second)), (vec!["applied".to_owned()], vec!["applied".to_owned()]));
    assert_eq!(mailbox.counts(), [(mail(&records[0]), 2)].into());
}
