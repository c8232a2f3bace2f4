//! Finding shards: all pages of a description or none.

use crate::scene::{Scene, pass};
use dynacdc_sink::Class;
use dynacdc_source::{PollError, StreamsErrorKind};
use std::time::Duration;

fn five_shards(scene: &Scene) {
    for (number, shard) in (100..).step_by(100).zip(["a", "b", "c", "d", "e"]) {
        scene.script.shard(shard, None).records(shard, [number]).end(shard);
    }
    scene.script.describe_in_pages_of(2).disable();
}

#[tokio::test(start_paused = true)]
async fn all_pages_of_a_description_are_read() {
    let scene = Scene::new();
    five_shards(&scene);

    let polled = scene.start().end().await.unwrap();

    assert_eq!((polled.records, polled.finished_shards), (5, 5));
    assert_eq!(scene.journal.of("describe")[..3], ["describe", "describe b", "describe d"]);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_repeats_ends_a_description() {
    // The cursor of the last page is that of the page itself, of the page before, or one that is followed by nothing.
    for cursor in ["d", "b", "e"] {
        let scene = Scene::new();
        five_shards(&scene);
        scene.script.last_cursor(cursor);

        let polled = scene.start().end().await.unwrap();

        assert_eq!((polled.records, polled.finished_shards, polled.ended), (5, 5, true), "{cursor}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_description_is_never_used() {
    let scene = Scene::new();
    // The first page has the child alone: its parent seems to be gone.
    scene.script.shard("child", Some("parent")).records("child", [201]);
    scene.script.shard("parent", None).records("parent", [101]).end("parent");
    scene.script.describe_in_pages_of(1).fail("describe", [StreamsErrorKind::Throttled; 3]);
    let running = scene.start();
    // The second page is not there for a while.
    pass(Duration::from_millis(1)).await;

    scene.until_applied(201).await;

    assert_eq!(scene.target.applied(), [101, 201]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_throttled_holds_up_no_child_that_is_known() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]).shard("c", Some("p")).records("c", [201]);
    let running = scene.start();
    scene.until_applied(101).await;

    scene.script.fail_always("describe", StreamsErrorKind::Throttled);
    pass(Duration::from_secs(60)).await;
    scene.script.end("p");

    scene.until_applied(201).await;
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_throttled_holds_up_no_error() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    scene.target.fail(102, 1, Class::Fatal);
    let running = scene.start();
    scene.until_applied(101).await;

    scene.script.fail_always("describe", StreamsErrorKind::Throttled);
    pass(Duration::from_secs(60)).await;
    scene.script.records("a", [102]);

    let error = running.end().await.unwrap_err();
    assert!(matches!(error, PollError::Delivery { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_waits_is_read_though_the_description_loses_it() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]).shard("c", Some("p")).records("c", [201]);
    scene.script.shard("g", Some("c")).records("g", [301]).end("c");
    let running = scene.start();
    scene.until_applied(101).await;

    scene.script.hide("c");
    pass(Duration::from_secs(60)).await;
    scene.script.end("p");
    scene.until_applied(301).await;

    assert_eq!(scene.target.applied(), [101, 201, 301]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn new_shards_are_looked_for_as_often_as_asked() {
    for (seconds, listings) in [(10, 5..8), (1, 50..62)] {
        let scene = Scene::new();
        scene.script.shard("a", None);
        let running = scene.start_as(scene.builder().discovery(Duration::from_secs(seconds)));
        pass(Duration::from_secs(60)).await;
        let count = scene.journal.count("describe");
        assert!(listings.contains(&count), "{count} listings in a minute, one per {seconds} s");
        running.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_interval_without_end_is_no_interval() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    let running = scene.start_as(scene.builder().discovery(Duration::MAX));

    scene.until_applied(101).await;
    pass(Duration::from_secs(600)).await;
    assert_eq!(scene.journal.count("describe"), 1);
    running.stop().await.unwrap();
}
