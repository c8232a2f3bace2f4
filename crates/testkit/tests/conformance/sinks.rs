//! Sinks: what they write to, two that are right, and the suite over them.

use crate::{
    accepted, all_caught,
    wrong_sinks::{Flaw, Wrong},
};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, ItemKey, SequenceNumber, item};
use dynacdc_sink::{BoxSink, Done, Reason, SinkError, SinkExt, fan_out, sink_fn};
use dynacdc_testkit::conformance::{self, Ending, Opened, SinkFixture};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::time::sleep;

/// A table with versions, whose calls take a millisecond and then have an effect.
#[derive(Clone, Default)]
pub(crate) struct Target(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    rows: BTreeMap<ItemKey, (SequenceNumber, Option<i64>)>,
    pub(crate) fails_next: bool,
    /// What a sink keeps beside its rows.
    pub(crate) noted: HashSet<SequenceNumber>,
    pub(crate) mark: Option<SequenceNumber>,
}

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Unless a newer change is there; a deleted row keeps its version.
    Fenced,
    /// Over whatever is there.
    Plain,
    /// Fenced, but a deleted row is forgotten.
    Forgetful,
    /// Added to what is there.
    Added,
}

impl Target {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// One call, of as many records as one likes.
    pub(crate) async fn call(
        &self,
        records: &[ChangeRecord],
        how: How,
    ) -> Result<Vec<Result<Done, SinkError>>, SinkError> {
        sleep(Duration::from_millis(1)).await;
        let mut state = self.state();
        if std::mem::take(&mut state.fails_next) {
            return Err(SinkError::transient("the target is away"));
        }
        Ok(records.iter().map(|record| state.write(record, how)).collect())
    }
}

impl State {
    pub(crate) fn write(&mut self, record: &ChangeRecord, how: How) -> Result<Done, SinkError> {
        let key = record.item_key();
        if key.get("poison").is_some() {
            return Err(SinkError::poison("an item without a place"));
        }
        let value = record.new_image().and_then(|image| image.get("v")?.read::<i64>().ok());
        let row = self.rows.entry(key.clone()).or_insert_with(|| (SequenceNumber::parse("0").unwrap(), None));
        if matches!(how, How::Fenced | How::Forgetful) && row.0 > record.sequence_number() {
            return Ok(Done::Skipped(Reason::Stale));
        }
        let value = if how == How::Added { Some(row.1.unwrap_or(0) + value.unwrap_or(0)) } else { value };
        *row = (record.sequence_number(), value);
        if value.is_none() && how == How::Forgetful {
            self.rows.remove(&key);
        }
        Ok(Done::Applied)
    }
}

/// A target with the way to make its sinks.
struct Fixture<M> {
    target: Target,
    make: M,
}

#[async_trait]
impl<M: Fn(Target) -> BoxSink + Send + Sync> SinkFixture for Fixture<M> {
    type Sink = BoxSink;
    type State = BTreeMap<ItemKey, i64>;

    async fn sink(&self) -> Opened<BoxSink> {
        Ok((self.make)(self.target.clone()))
    }

    async fn state(&self) -> Opened<Self::State> {
        let state = self.target.state();
        Ok(state.rows.iter().filter_map(|(key, (_, value))| Some((key.clone(), (*value)?))).collect())
    }

    fn fail_next(&self) -> bool {
        self.target.state().fails_next = true;
        true
    }

    fn poison(&self) -> Option<ChangeRecord> {
        let keys = item! { "poison" => "p" };
        Some(ChangeRecord::builder(EventName::Insert, keys, SequenceNumber::parse("7").unwrap()).build().unwrap())
    }
}

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
    conformance::sink(|| Fixture { target: Target::default(), make }).run().await
}

#[tokio::test(start_paused = true)]
async fn right_sinks_are_accepted() {
    accepted(&verdict_on(bulk).await);
    accepted(&verdict_on(|target| fan_out([bulk(target)]).boxed()).await);

    let continued = verdict_on(one_by_one).await;
    let left_out = continued.trials().iter().filter(|trial| matches!(trial.ending(), Ending::LeftOut(_)));
    assert_eq!(left_out.map(|trial| trial.name()).collect::<Vec<_>>(), ["old_record", "disorder"], "{continued}");
    assert!(continued.into_result().is_ok());
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_sink() {
    let flaws: [(Flaw, &str); 20] = [
        (Flaw::DoesNothing, "reference"),
        (Flaw::Background, "durable"),
        (Flaw::Short, "bulk"),
        (Flaw::Pinging, "empty"),
        (Flaw::Marked, "failure"),
        (Flaw::Swallows, "poison"),
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
    let suite = || conformance::sink(|| Fixture { target: Target::default(), make: bulk });

    accepted(&suite().with_records([record("x", 1, 1), record("y", 2, 1), record("x", 3, 2)]).run().await);
    let none = suite().with_records([]).run().await;
    assert_eq!((none.failed(), none.trials().len()), (vec!["reference"], 1));
}
