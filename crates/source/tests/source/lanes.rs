//! Batches and lanes: what is written at once, and what a sink that does not get on holds up.

use crate::scene::{Scene, arn, pass};
use crate::target::number;
use async_trait::async_trait;
use chrono::Utc;
use dynacdc_sink::{Batch, Class, Lane, Order, Outcome, Report, ShardId, Sink, SinkError};
use dynacdc_source::{Beginning, Checkpoint, CheckpointStore, PollError, Poller, Progress, Start};
use std::{
    collections::BTreeSet,
    num::NonZeroU16,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// Keeps what it is given with lane and deadline, and fails at one number.
#[derive(Clone, Default)]
struct Keyed {
    kept: Arc<Mutex<Vec<(Lane, u64)>>>,
    deadlines: Arc<Mutex<Vec<Option<Instant>>>>,
    fails: Option<u64>,
}

impl Keyed {
    fn numbers(&self) -> BTreeSet<u64> {
        self.kept.lock().unwrap().iter().map(|(_, number)| *number).collect()
    }
}

#[async_trait]
impl Sink for Keyed {
    fn name(&self) -> &str {
        "keyed"
    }

    fn order(&self) -> Order {
        Order::Key
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.deadlines.lock().unwrap().push(batch.deadline());
        let mut outcomes = Vec::new();
        for record in batch.records() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let failed = self.fails == Some(number(record));
            outcomes.push(if failed { Outcome::Failed(SinkError::transient("scripted")) } else { Outcome::Applied });
            if !failed {
                self.kept.lock().unwrap().push((batch.lane().clone(), number(record)));
            }
        }
        Report::new(Order::Key, batch, outcomes, dynacdc_sink::Cost::default())
    }
}

#[tokio::test(start_paused = true)]
async fn sub_lanes_are_written_at_once() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=180).end("a").disable();
    let sink = Keyed::default();

    let builder = scene.builder().sub_lanes(8).batch_records(100).page_size(100);
    let running = tokio::spawn(builder.build().run(sink.clone(), std::future::pending()));
    // One after the other they would take 80 s.
    pass(Duration::from_secs(40)).await;
    assert_eq!(sink.numbers().len(), 80);
    let polled = running.await.unwrap().unwrap();

    assert_eq!((polled.records, sink.numbers()), (80, (101..=180).collect()));
    let kept = sink.kept.lock().unwrap();
    let lanes: BTreeSet<String> = kept.iter().map(|(lane, _)| lane.to_string()).collect();
    assert_eq!(lanes.len(), 8, "{lanes:?}");
    for lane in &lanes {
        assert!(kept.iter().filter(|(at, _)| at.to_string() == *lane).is_sorted_by_key(|(_, number)| *number));
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_is_settled_without_a_hole_is_stored() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=140);
    let sink = Keyed { fails: Some(110), ..Keyed::default() };
    let poller = scene.builder().sub_lanes(4).batch_records(100).page_size(100).build();
    let running = tokio::spawn(poller.run(sink.clone(), std::future::pending()));
    pass(Duration::from_secs(300)).await;
    running.abort();

    assert!(sink.numbers().contains(&140), "others go on");
    assert_eq!(scene.stored().await["a"], "109");
    // The number of lanes is that with which the shard was begun.
    let again = Keyed::default();
    let poller = scene.builder().sub_lanes(2).build();
    let running = tokio::spawn(poller.run(again.clone(), std::future::pending()));
    pass(Duration::from_secs(300)).await;
    running.abort();
    assert_eq!(again.numbers(), (110..=140).collect());
    assert!(again.kept.lock().unwrap().iter().all(|(lane, _)| lane.to_string().ends_with("/4]")));
    assert_eq!(scene.stored().await["a"], "140");
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_needs_the_order_of_the_shard_is_refused_with_several_lanes() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);

    let error = scene.start_as(scene.builder().sub_lanes(4)).end().await.unwrap_err();

    let told = "sink `target` needs the order of whole shards, and shards are handled in 4 lanes at once";
    assert_eq!(error.to_string(), told);
    assert!(scene.journal.lines().is_empty(), "{:?}", scene.journal.lines());
    assert_eq!(scene.store.saved.load(&arn()).await.unwrap(), None, "the stream is not taken over");

    // The same for a shard that was begun so and is not finished.
    let beginning = Beginning { start: Start::TrimHorizon, at: Utc::now() };
    let stored = scene.store.saved.take_over(&arn(), "test", beginning).await.unwrap();
    let sub_lanes = NonZeroU16::new(4).unwrap();
    let begun = Checkpoint { progress: Progress::Begun { since: None }, as_of: scene.clock.now(), sub_lanes };
    scene.store.saved.save(&arn(), &ShardId::from("a"), &begun, stored.tenure.stamp(1)).await.unwrap();
    assert_eq!(scene.start().end().await.unwrap_err().to_string(), told);
}

#[tokio::test(start_paused = true)]
async fn pages_are_joined_while_a_write_is_in_flight() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=112);
    scene.target.takes(Duration::from_secs(1));
    let running = scene.start_as(scene.builder().batch_records(1_000));
    scene.until_applied(112).await;

    assert_eq!(scene.journal.of("write"), ["write a 3", "write a 9"]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_not_full_waits_as_long_as_asked() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let running = scene.start_as(scene.builder().batch_records(1_000).linger(Duration::from_secs(5)));
    for number in 101..=104 {
        scene.script.records("a", [number]);
        pass(Duration::from_secs(1)).await;
    }
    assert_eq!(scene.journal.count("write"), 0, "{:#?}", scene.journal.lines());
    pass(Duration::from_secs(3)).await;
    assert_eq!(scene.journal.of("write"), ["write a 4"]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn batches_have_a_deadline_where_one_is_set() {
    for timeout in [None, Some(Duration::from_secs(7))] {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", [101]).end("a").disable();
        let sink = Keyed::default();
        let builder = scene.builder();
        let builder = timeout.map_or(scene.builder(), |timeout| builder.write_timeout(timeout));
        let begin = Instant::now();
        builder.build().run(sink.clone(), std::future::pending()).await.unwrap();

        let deadlines = sink.deadlines.lock().unwrap().clone();
        let [deadline] = deadlines[..] else { panic!("{deadlines:?}") };
        let left = deadline.map(|deadline| deadline - begin);
        assert_eq!(left.map(|left| left.as_secs()), timeout.map(|timeout| timeout.as_secs()));
    }
}

/// Blocks its thread on one shard until it is let go.
struct Blocking {
    gate: Arc<std::sync::Barrier>,
    applied: Arc<Notify>,
}

#[async_trait]
impl Sink for Blocking {
    fn name(&self) -> &str {
        "blocking"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        match batch.lane().shard().unwrap().as_str() {
            "a" => drop(self.gate.wait()),
            _ => self.applied.notify_one(),
        }
        Ok(Report::all(batch, Outcome::Applied))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_blocks_its_thread_does_not_hold_up_another_shard() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]).shard("b", None);
    let (gate, applied) = (Arc::new(std::sync::Barrier::new(2)), Arc::new(Notify::new()));
    let sink = Blocking { gate: Arc::clone(&gate), applied: Arc::clone(&applied) };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let builder = Poller::builder(scene.script.clone(), arn()).idle(Duration::from_millis(2));
    let running = tokio::spawn(builder.build().run(sink, async { drop(stopped.await) }));
    for number in 201..=203 {
        scene.script.records("b", [number]);
        tokio::time::timeout(Duration::from_secs(60), applied.notified()).await.expect("b is written while a blocks");
    }

    tokio::task::spawn_blocking(move || gate.wait()).await.unwrap();
    stop.send(()).unwrap();
    let polled = running.await.unwrap().unwrap();
    assert_eq!(polled.records, 4);
}

#[tokio::test(start_paused = true)]
async fn one_shard_that_fails_leaves_bytes_for_the_others() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=160).shard("b", None).records("b", 201..=260);
    scene.target.fail(101, usize::MAX, Class::Transient);
    let running = scene.start_as(scene.builder().byte_budget(1));
    scene.until_applied(260).await;

    assert_eq!(scene.journal.count("records a"), 1, "one page of it is held, and nothing beyond is read");
    let error: Result<_, PollError> = running.stop().await;
    error.unwrap();
}
