//! What can be seen of a machine.

use crate::scene::{Given, Scene, number, page_of};
use dynacdc_source::{CheckpointErrorKind, Progress, ShardState, StreamStatus, StreamsErrorKind, machine::Input};
use std::time::Duration;

#[test]
fn the_state_of_a_shard_follows_what_happens_to_it() {
    let mut scene = Scene::new();
    scene.begin(&[("p", None), ("c", Some("p"))]);
    let state = |scene: &Scene, id: &str| scene.health[id].state;
    assert_eq!((state(&scene, "p"), state(&scene, "c")), (ShardState::Reading, ShardState::Waiting));
    scene.found("p");
    scene.records_err("p", StreamsErrorKind::Throttled);
    assert_eq!(state(&scene, "p"), ShardState::Throttled);
    scene.pass(Duration::from_secs(1));
    scene.page("p", [101, 102]);

    let health = &scene.health["p"];
    assert_eq!((health.state, health.unsettled_records), (ShardState::Reading, 2));
    assert_eq!((health.newest_read, health.newest_settled), (Some(scene.now.time), None));
    assert_eq!(health.polled, Some(scene.now.instant));
    assert_eq!(health.oldest_unsettled, Some(scene.now.time));
    scene.written("p", 1);
    let health = &scene.health["p"];
    assert_eq!((health.settled, health.unsettled_records), (Some(number(101)), 1));
    assert_eq!(health.newest_settled, Some(scene.now.time));
}

#[test]
fn what_is_stored_tells_how_far_a_shard_is_until_it_is_read() {
    let mut scene = Given::new().stored("a", Progress::After(number(101)), 3_600).scene();
    scene.begin(&[("a", None)]);

    let stored = scene.now.time - Duration::from_secs(3_600);
    assert_eq!(scene.health["a"].as_of, Some(stored));
    scene.found("a");
    scene.pass(Duration::from_secs(5));
    scene.page("a", [102]);
    let health = &scene.health["a"];
    assert_eq!((health.oldest_unsettled, health.as_of), (Some(scene.now.time), Some(stored)));
}

#[test]
fn a_shard_that_is_not_read_shows_what_keeps_it() {
    let mut scene = Given::new().latest().scene();
    scene.acts();
    let mut page = page_of(StreamStatus::Enabled, &[("p", None), ("c", Some("p")), ("d", Some("gone"))]);
    page.shards[0].closed = true;
    assert!(scene.tell(Input::Listed(Ok(page))).contains(&"save p finished".to_owned()));
    scene.save_err("p", CheckpointErrorKind::Unavailable);
    scene.iterator_err("gone", StreamsErrorKind::Throttled);

    let states = [scene.health["p"].state, scene.health["gone"].state];
    assert_eq!(states, [ShardState::Unsaved, ShardState::Throttled]);
}

#[test]
fn only_what_may_have_changed_is_told() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None), ("b", None)]);
    scene.found("a");
    scene.machine.take_changed_health();
    scene.machine.handle(Input::Stop, scene.now);
    assert!(scene.machine.take_changed_health().is_empty());
}

#[test]
fn a_child_that_begins_below_the_end_of_its_parent_is_told_once_and_goes_on() {
    for (first, alarms) in [(101, 1), (102, 0)] {
        let mut scene = Given::new().stored("p", Progress::Finished { last: Some(number(101)) }, 60).scene();
        scene.begin(&[("p", None), ("c", Some("p"))]);
        scene.found("c");
        let acts = scene.page("c", [first]);
        assert_eq!(acts, [format!("write c {first}"), "records c".to_owned()]);
        scene.page("c", [first]);

        assert_eq!(scene.machine.totals().alarms, alarms);
    }
}

#[test]
fn what_happened_is_counted() {
    let mut scene = Scene::new();
    assert_eq!(scene.machine.totals().listed, None);
    scene.begin(&[("a", None)]);
    scene.read("a", [101, 102]);
    scene.end("a", &[]);

    let totals = scene.machine.totals();
    assert_eq!((totals.records, totals.finished_shards, totals.gaps), (2, 1, 0));
    assert_eq!(totals.listed, Some(scene.now.instant));
}
