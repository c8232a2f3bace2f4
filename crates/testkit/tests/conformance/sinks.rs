//! Sinks: two that are right, wrong ones, and the suite over them.

use crate::{
    accepted, all_caught, left_out,
    target::{Fixture, How, Target},
    wrong_sinks::{Flaw, Wrong},
};
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_sink::{BoxSink, Done, SinkExt, fan_out, sink_fn};
use dynacdc_testkit::conformance;
use std::collections::BTreeSet;

/// Plain writes of one record at a time; without a fence, so it needs order.
fn one_by_one(target: Target) -> BoxSink {
    let each = sink_fn("one by one", move |record| {
        let target = target.clone();
        async move { target.call(&[record], How::Plain).await?.pop().unwrap_or(Ok(Done::Applied)) }
    });
    each.with_concurrency(2).boxed()
}

fn bulk(target: Target) -> BoxSink {
    Wrong::new(Flaw::Nothing, target).boxed()
}

async fn verdict_on(make: impl Fn(Target) -> BoxSink + Copy + Send + Sync) -> conformance::Verdict {
    conformance::sink(|| Fixture::new(make)).run().await
}

#[tokio::test(start_paused = true)]
async fn right_sinks_are_accepted() {
    accepted(&verdict_on(bulk).await);
    accepted(&verdict_on(|target| fan_out([bulk(target)]).boxed()).await);

    let continued = verdict_on(one_by_one).await;
    left_out("one by one", &continued, &["old_record", "disorder"]);
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_sink() {
    let flaws: [(Flaw, &str); 22] = [
        (Flaw::DoesNothing, "reference"),
        (Flaw::Background, "durable"),
        (Flaw::Short, "bulk"),
        (Flaw::Pinging, "empty"),
        (Flaw::Marked, "failure"),
        (Flaw::Swallows, "poison"),
        (Flaw::Sorted, "poison"),
        (Flaw::Adding, "again"),
        (Flaw::OnlyTheLast, "rewind"),
        (Flaw::OnlyTheLast, "cuts"),
        (Flaw::TwinBlind, "twins"),
        (Flaw::Remembers, "restart"),
        (Flaw::MarkOfLane, "redrive"),
        (Flaw::Trusting, "unordered"),
        (Flaw::LastArrival, "old_record"),
        (Flaw::ForgetsDeletes, "old_record"),
        (Flaw::ForgetsDeletes, "disorder"),
        (Flaw::OneAtATime, "lanes_at_once"),
        (Flaw::NotedFirst, "dropped"),
        (Flaw::Blaming, "blame"),
        (Flaw::Unhurried, "deadline"),
        (Flaw::SkipsLate, "deadline"),
    ];
    let mut caught = BTreeSet::new();
    for (flaw, trial) in flaws {
        let verdict = verdict_on(move |target| Wrong::new(flaw, target).boxed()).await;
        println!("{flaw:?}: {:?}", verdict.failed());
        assert!(verdict.failed().contains(&trial), "{flaw:?}\n{verdict}");
        caught.insert(trial);
    }
    all_caught(&verdict_on(bulk).await, &caught);
}

#[tokio::test(start_paused = true)]
async fn a_history_of_ones_own_is_used() {
    let record = |key: &str, number: u64, value: i64| {
        ChangeRecord::builder(
            EventName::Insert,
            item! { "id" => key },
            SequenceNumber::parse(&number.to_string()).unwrap(),
        )
        .new_image(item! { "id" => key, "v" => value })
        .build()
        .unwrap()
    };
    let suite = || conformance::sink(|| Fixture::new(bulk));

    accepted(&suite().with_records([record("x", 1, 1), record("y", 2, 1), record("x", 3, 2)]).run().await);
    let none = suite().with_records([]).run().await;
    assert_eq!((none.failed(), none.trials().len()), (vec!["reference"], 1));
}
