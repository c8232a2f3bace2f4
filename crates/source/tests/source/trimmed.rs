//! Records that the stream no longer has.

use crate::scene::{Running, Scene, pass, seconds_from_begin};
use crate::script::Entry::Record;
use dynacdc_source::{GapCause, PollError, Start, StreamsErrorKind};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn gap(running: Running) -> (String, GapCause) {
    match running.end().await {
        Err(PollError::Gap { gap, source: None }) => (gap.shard.unwrap().to_string(), gap.cause),
        other => panic!("{other:?}"),
    }
}

/// A scene in which 101 to 103 are delivered and stored.
async fn stopped_behind_103() -> Scene {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=103);
    let running = scene.start();
    scene.until_applied(103).await;
    running.stop().await.unwrap();
    scene
}

#[tokio::test(start_paused = true)]
async fn a_stored_position_that_is_too_old_is_a_gap() {
    let scene = stopped_behind_103().await;
    scene.script.records("a", 104..=105);
    pass(DAY + Duration::from_secs(60)).await;
    scene.script.records("a", [106]).trim("a", 5);

    assert_eq!(gap(scene.start()).await, ("a".to_owned(), GapCause::Aged));
    assert_eq!(scene.stored().await["a"], "103", "the position stays, for whoever looks into it");
}

#[tokio::test(start_paused = true)]
async fn a_stored_position_of_an_idle_shard_whose_records_are_trimmed_is_none() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=103);
    let running = scene.start_as(scene.builder().idle(Duration::from_secs(20)));
    scene.until_applied(103).await;
    // That it has nothing new is stored now and then, so its position is not older than that.
    for _ in 0..26 {
        pass(Duration::from_secs(3_600)).await;
    }
    running.stop().await.unwrap();

    scene.script.records("a", 104..=106).trim_behind("a", 3);
    let running = scene.start();
    scene.until_applied(106).await;

    assert_eq!(scene.target.applied(), (101..=106).collect::<Vec<_>>());
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stored_position_right_before_the_oldest_record_is_none() {
    let scene = stopped_behind_103().await;
    scene.script.records("a", 104..=106).trim("a", 3);

    let running = scene.start();
    scene.until_applied(106).await;

    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_is_gone_with_what_was_unread_is_a_gap() {
    let scene = stopped_behind_103().await;
    scene.script.forget("a").hide("a").shard("c", Some("a")).records("c", [201]);

    assert_eq!(gap(scene.start()).await, ("a".to_owned(), GapCause::Vanished));
    assert!(scene.applied_of(201..=299).is_empty(), "its child must not come after a gap");
}

#[tokio::test(start_paused = true)]
async fn records_that_are_trimmed_before_they_are_read_are_a_gap() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=106);
    scene.target.takes(Duration::from_secs(60));
    // One page at a time.
    let running = scene.start_as(scene.builder().byte_budget(1));
    scene.until_applied(101).await;

    scene.script.trim("a", 5);

    assert_eq!(gap(running).await, ("a".to_owned(), GapCause::Overtaken));
    assert_eq!(scene.target.applied(), [101, 102, 103]);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_vanishes_while_it_waits_is_a_gap() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]).shard("c", Some("p")).records("c", [201]);
    scene.script.shard("g", Some("c")).records("g", [301]);
    let running = scene.start();
    scene.until_applied(101).await;

    scene.script.forget("c").hide("c");
    pass(Duration::from_secs(60)).await;
    scene.script.end("p");

    assert_eq!(gap(running).await, ("c".to_owned(), GapCause::Vanished));
    assert_eq!(scene.target.applied(), [101]);
}

#[tokio::test(start_paused = true)]
async fn a_first_start_takes_the_oldest_record_that_there_is() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=104).shard("b", None).forget("b");
    // The oldest records go between the iterator and the first page.
    scene.script.fail("records a", [StreamsErrorKind::Trimmed; 3]);
    let running = scene.start();

    scene.until_applied(104).await;

    assert_eq!(scene.target.applied(), [101, 102, 103, 104]);
    pass(Duration::from_secs(1)).await;
    assert!(!running.has_ended());
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_not_to_be_delivered_is_no_gap() {
    let scene = Scene::new();
    let old = seconds_from_begin(-3_600);
    scene.script.shard("a", None).put("a", (101..=106).map(|number| Record(number, old)));
    let latest = || scene.start_as(scene.builder().start(Start::Latest));
    let running = latest();
    pass(Duration::from_secs(20)).await;
    running.stop().await.unwrap();

    scene.script.put("a", [Record(107, seconds_from_begin(1))]).fail("records a", [StreamsErrorKind::Trimmed; 2]);
    let running = latest();

    scene.until_applied(107).await;
    assert_eq!(scene.target.applied(), [107]);
    running.stop().await.unwrap();
}
