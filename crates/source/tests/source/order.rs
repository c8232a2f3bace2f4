//! From the oldest record: everything, in order, parents before children.

use crate::scene::{Scene, pass};
use crate::script::Entry::{Empty, Record};
use dynacdc_sink::Class;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_disabled_stream_is_delivered_to_its_end() {
    let scene = Scene::new();
    // The last page of `a` carries records, that of `b` is empty, `c` has nothing at all.
    scene.script.shard("a", None).records("a", 101..=107).end("a");
    scene.script.shard("b", None).put("b", [Empty, Record(201, 0), Empty, Empty, Record(202, 0), Empty]).end("b");
    scene.script.shard("c", None).end("c").disable();

    let polled = scene.start().end().await.unwrap();

    assert_eq!((polled.records, polled.finished_shards, polled.ended), (9, 3, true));
    assert_eq!(scene.applied_of(101..=107), [101, 102, 103, 104, 105, 106, 107]);
    assert_eq!(scene.applied_of(201..=202), [201, 202]);
    assert!(scene.stored().await.values().all(|checkpoint| checkpoint == "finished"));
    assert_eq!(scene.journal.of("write a"), ["write a 3", "write a 3", "write a 1"], "pages of three");
}

#[tokio::test(start_paused = true)]
async fn an_enabled_stream_goes_on() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=102).end("a");
    let running = scene.start();
    scene.until_applied(102).await;

    pass(Duration::from_secs(60)).await;
    assert!(!running.has_ended(), "all shards are at their end, but a child may come");
    scene.script.shard("b", Some("a")).records("b", [201]);
    scene.until_applied(201).await;

    let polled = running.stop().await.unwrap();
    assert_eq!((polled.records, polled.finished_shards, polled.ended), (3, 1, false));
}

#[tokio::test(start_paused = true)]
async fn a_child_starts_when_the_last_record_of_its_parent_is_settled() {
    let scene = Scene::new();
    // The names are in the order that is not that of the lineage.
    scene.script.shard("z", None).records("z", 101..=104).end("z");
    scene.script.shard("m", Some("z")).records("m", [201]).end("m");
    scene.script.shard("a", Some("m")).records("a", [301]).end("a").disable();
    scene.target.fail(104, 6, Class::Transient);

    let polled = scene.start().end().await.unwrap();

    assert_eq!(scene.target.applied(), [101, 102, 103, 104, 201, 301]);
    assert_eq!((polled.records, polled.ended), (6, true));
    assert_eq!(scene.journal.count("write z"), 1 + 7, "a page of three, and seven tries of the last one");
    let journal = &scene.journal;
    assert!(journal.first("applied 104") < journal.first("saved z finished"));
    assert!(journal.first("saved z finished") < journal.first("iterator m TrimHorizon"));
    assert!(journal.first("saved m finished") < journal.first("iterator a TrimHorizon"));
}

#[tokio::test(start_paused = true)]
async fn children_that_are_listed_before_their_parent_ends_wait() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]);
    scene.script.shard("c", Some("p")).records("c", [201]).shard("d", Some("p")).records("d", [301]);
    let running = scene.start();
    scene.until_applied(101).await;
    pass(Duration::from_secs(60)).await;
    assert_eq!(scene.target.applied(), [101]);

    scene.script.records("p", [102]).end("p");
    scene.until_applied(201).await;
    scene.until_applied(301).await;

    assert_eq!(scene.target.applied()[..2], [101, 102]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_child_of_a_parent_that_is_gone_starts() {
    let scene = Scene::new();
    scene.script.shard("c", Some("trimmed")).records("c", [201]).end("c").disable();

    scene.start().end().await.unwrap();

    assert_eq!(scene.target.applied(), [201]);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_seems_closed_is_read_on() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]).seem_closed("a");
    let running = scene.start();
    scene.until_applied(101).await;
    pass(Duration::from_secs(60)).await;

    scene.script.records("a", [102]);

    scene.until_applied(102).await;
    assert_eq!(scene.stored().await["a"], "102");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_shard_is_followed_by_a_search_for_its_children() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]);
    let running = scene.start_as(scene.builder().discovery(Duration::from_secs(3_000)));
    scene.until_applied(101).await;

    scene.script.end("p").shard("c", Some("p")).records("c", [201]);
    let before = tokio::time::Instant::now();
    scene.until_applied(201).await;

    assert!(before.elapsed() < Duration::from_secs(1), "it took {:?}", before.elapsed());
    assert!(scene.journal.count("children p") > 0);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn pages_are_limited_as_asked() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=105).end("a").disable();

    scene.start_as(scene.builder().page_size(2)).end().await.unwrap();

    assert_eq!(scene.journal.of("records a"), ["records a at 0", "records a at 2", "records a at 4"]);
}
