//! From the latest record: nothing older, and nothing missed.

use crate::scene::{Running, Scene, pass, seconds_from_begin};
use crate::script::Entry::{self, Malformed, Record};
use dynacdc_source::{PollError, Start, StreamsErrorKind};
use std::time::Duration;

fn start(scene: &Scene) -> Running {
    scene.start_as(scene.builder().start(Start::Latest))
}

/// Records that were made an hour before the scene began.
fn old(numbers: impl IntoIterator<Item = u64>) -> impl Iterator<Item = Entry> {
    numbers.into_iter().map(|number| Record(number, seconds_from_begin(-3_600)))
}

/// Waits until the poller looks for what is new.
async fn begun() {
    pass(Duration::from_secs(20)).await;
}

#[tokio::test(start_paused = true)]
async fn only_what_comes_later_is_delivered() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=104).shard("b", None).records("b", [201]);
    let running = start(&scene);
    begun().await;
    assert_eq!(scene.stored().await["a"], "since");

    scene.script.records("a", 105..=106).records("b", [202]);
    scene.until_applied(106).await;
    scene.until_applied(202).await;

    assert_eq!(scene.applied_of(101..=199), [105, 106]);
    assert_eq!(scene.applied_of(201..=299), [202]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn shards_that_are_found_later_are_read_from_their_beginning() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    let running = start(&scene);
    begun().await;

    scene.script.end("a").shard("child", Some("a")).records("child", 201..=202);
    scene.script.shard("root", None).records("root", 301..=302);
    scene.until_applied(202).await;
    scene.until_applied(302).await;

    assert_eq!(scene.applied_of(101..=299), [201, 202]);
    assert_eq!(scene.applied_of(301..=399), [301, 302]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_restart_before_the_first_record_misses_nothing() {
    let scene = Scene::new();
    let old = seconds_from_begin(-3_600);
    scene.script.shard("a", None).put("a", (101..=104).map(|number| Record(number, old)));
    let running = start(&scene);
    begun().await;
    running.stop().await.unwrap();

    // It comes while nothing runs.
    scene.script.put("a", [Record(105, seconds_from_begin(1))]);
    let running = start(&scene);
    scene.until_applied(105).await;

    assert_eq!(scene.target.applied(), [105]);
    assert_eq!(scene.stored().await["a"], "105");
    assert_eq!(scene.journal.of("iterator"), ["iterator a Latest", "iterator a TrimHorizon"]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_by_less_than_a_minute_loses_nothing_after_a_restart() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let running = start(&scene);
    begun().await;
    running.crash().await;

    // The first one that is not older ends the search, whatever the times behind it say, on its page and later.
    let times = [seconds_from_begin(-70), seconds_from_begin(-55), 0, 0];
    scene.script.put("a", (101..).zip(times).map(|(number, at)| Record(number, at)));
    let running = start(&scene);
    scene.until_applied(104).await;

    assert_eq!(scene.target.applied(), [102, 103, 104]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_iterator_that_expires_before_the_first_record_does_not_go_to_the_latest_again() {
    let scene = Scene::new();
    scene.script.shard("a", None).put("a", old(101..=104));
    let running = start(&scene);
    begun().await;

    scene.script.expire("a").put("a", [Record(105, seconds_from_begin(1))]);
    scene.until_applied(105).await;

    assert_eq!(scene.target.applied(), [105]);
    assert_eq!(scene.journal.count("iterator a Latest"), 1);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_clock_is_believed_while_nothing_old_can_come() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let running = start(&scene);
    begun().await;

    // As if the clock of this machine were years ahead, also when the iterator expires between the two.
    scene.script.put("a", [Record(101, 0)]);
    scene.until_applied(101).await;
    scene.script.expire("a").put("a", [Record(102, 0)]);
    scene.until_applied(102).await;

    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_first_iterator_that_fails_misses_nothing() {
    let scene = Scene::new();
    scene.script.shard("a", None).put("a", old(101..=104));
    scene.script.fail("iterator a", [StreamsErrorKind::Throttled; 8]);
    let running = start(&scene);
    pass(Duration::from_millis(10)).await;
    scene.script.put("a", [Record(105, seconds_from_begin(1))]);
    scene.until_applied(105).await;

    assert_eq!(scene.target.applied(), [105]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn that_a_shard_seems_closed_is_not_taken_for_its_end() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]).seem_closed("a");
    let running = start(&scene);
    begun().await;

    scene.script.records("a", [102]);
    scene.until_applied(102).await;

    assert_eq!(scene.target.applied(), [102]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_closed_shard_with_children_is_over() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]).end("p").shard("c", Some("p")).records("c", [201]);
    let running = start(&scene);
    begun().await;

    scene.script.records("c", [202]);
    scene.until_applied(202).await;

    assert_eq!(scene.target.applied(), [202]);
    assert_eq!(scene.journal.of("iterator"), ["iterator c Latest"]);
    assert_eq!(scene.stored().await["p"], "finished");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_child_that_waits_for_its_parent_misses_nothing() {
    let scene = Scene::new();
    // The description shows the child already, and the parent as open.
    scene.script.shard("p", None).put("p", old([101])).shard("c", Some("p")).put("c", old([201]));
    let running = start(&scene);
    begun().await;

    scene.script.put("c", [Record(202, seconds_from_begin(1))]).put("p", [Record(102, seconds_from_begin(1))]);
    scene.script.end_unnoticed("p");
    scene.until_applied(202).await;

    assert_eq!(scene.target.applied(), [102, 202]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_beginning_that_was_interrupted_goes_on() {
    let old = seconds_from_begin(-3_600);
    for saves in 1..4 {
        let scene = Scene::new();
        for (shard, number) in [("a", 101), ("b", 201), ("d", 301)] {
            scene.script.shard(shard, None).put(shard, [Record(number, old)]);
        }
        scene.script.end("a").shard("c", Some("a")).put("c", [Record(401, old)]);
        scene.store.saves_left(saves);
        let error = start(&scene).end().await.unwrap_err();
        assert!(matches!(error, PollError::Checkpoint(_)), "{error:?}");
        assert!(scene.stored().await.len() <= saves);

        scene.store.saves_left(usize::MAX);
        let new = seconds_from_begin(1);
        for (shard, number) in [("b", 202), ("c", 402), ("d", 302)] {
            scene.script.put(shard, [Record(number, new)]);
        }
        let running = start(&scene);
        for number in [202, 302, 402] {
            scene.until_applied(number).await;
        }

        let mut applied = scene.target.applied();
        applied.sort_unstable();
        assert_eq!(applied, [202, 302, 402], "after {saves} saves");
        running.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_record_from_before_the_start_is_none_of_the_readers_business() {
    let scene = Scene::new();
    let old = seconds_from_begin(-3_600);
    scene.script.shard("a", None);
    let entries = [Malformed(101), Record(102, old), Malformed(103), Record(104, old), Record(105, old)];
    scene.script.put("a", entries);
    let latest = || scene.start_as(scene.builder().start(Start::Latest).page_size(1_000));
    let running = latest();
    begun().await;
    running.stop().await.unwrap();

    // Its time is not known, and this one may be new: it is reported.
    scene.script.put("a", [Malformed(106), Record(107, seconds_from_begin(1))]);
    let error = latest().end().await.unwrap_err();

    let PollError::Delivery { source, .. } = error else { panic!("{error:?}") };
    let dynacdc_source::DeliveryError::Malformed { record, .. } = *source else { panic!("{source:?}") };
    assert_eq!(record.event_id(), Some("106"));
    assert!(scene.target.applied().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_counts_more_than_the_start() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=102);
    let running = scene.start();
    scene.until_applied(102).await;
    running.stop().await.unwrap();

    scene.script.records("a", [103]).shard("b", None).records("b", [201]);
    let running = start(&scene);
    scene.until_applied(103).await;
    scene.until_applied(201).await;

    assert_eq!(scene.applied_of(101..=199), [101, 102, 103]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_came_while_nothing_ran_is_read_from_its_beginning() {
    let scene = Scene::new();
    scene.script.shard("a", None).shard("idle", None);
    let running = start(&scene);
    begun().await;
    scene.script.records("a", [101]);
    scene.until_applied(101).await;
    running.stop().await.unwrap();
    assert_eq!(scene.stored().await["idle"], "since");

    scene.script.shard("b", None).records("b", [201]);
    let running = start(&scene);
    scene.until_applied(201).await;

    running.stop().await.unwrap();
}
