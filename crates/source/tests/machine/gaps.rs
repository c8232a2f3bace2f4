//! Records that are gone: which of them are lost, and what is done about it.

use crate::scene::{Given, Scene, number};
use async_trait::async_trait;
use dynacdc_sink::SinkError;
use dynacdc_source::{Gap, GapHook, GapPolicy, Progress, StreamsErrorKind, machine::Input};
use std::time::Duration;

const HOUR: i64 = 3_600;

struct Hook;

#[async_trait]
impl GapHook for Hook {
    async fn mend(&self, _: &Gap) -> Result<(), SinkError> {
        Ok(())
    }
}

fn after_101(hours: i64, policy: GapPolicy) -> Scene {
    let given = Given::new().settings(|settings| settings.with_on_gap(policy));
    let mut scene = given.stored("a", Progress::After(number(101)), hours * HOUR).scene();
    assert_eq!(scene.begin(&[("a", None), ("c", Some("a"))]), ["iterator a after 101"]);
    scene
}

fn is_gap(acts: &[String]) {
    assert!(acts.iter().any(|act| act.starts_with("failed records are gone")), "{acts:?}");
}

#[test]
fn an_idle_shard_whose_position_is_trimmed_has_lost_nothing() {
    let mut scene = after_101(23, GapPolicy::Fail);
    assert!(scene.iterator_err("a", StreamsErrorKind::Trimmed).is_empty());
    assert_eq!(scene.wake(), ["iterator a horizon"]);
    scene.found("a");

    assert_eq!(scene.page("a", [100, 101, 102]), ["write a 102", "records a"]);
}

#[test]
fn a_position_older_than_a_day_that_is_trimmed_is_a_gap() {
    let mut scene = after_101(24, GapPolicy::Fail);

    is_gap(&scene.iterator_err("a", StreamsErrorKind::Trimmed));
}

#[test]
fn a_position_older_than_a_day_that_is_there_is_none() {
    let mut scene = after_101(30, GapPolicy::Fail);

    assert_eq!(scene.found("a"), ["records a"]);
}

#[test]
fn a_start_older_than_a_day_is_a_gap() {
    let mut scene = Given::new().stored("a", Progress::Begun { since: None }, 25 * HOUR).scene();
    scene.acts();

    is_gap(&scene.listed(&[("a", None)]));
}

#[test]
fn the_child_of_what_was_finished_more_than_a_day_ago_is_a_gap() {
    let finished = Progress::Finished { last: Some(number(101)) };
    let mut old = Given::new().stored("p", finished.clone(), 25 * HOUR).scene();
    old.acts();
    is_gap(&old.listed(&[("p", None), ("c", Some("p"))]));

    let mut young = Given::new().stored("p", finished, 23 * HOUR).scene();
    young.acts();
    assert_eq!(young.listed(&[("p", None), ("c", Some("p"))]), ["iterator c horizon"]);
}

#[test]
fn after_a_long_pause_a_shard_whose_parent_is_gone_unseen_is_a_gap() {
    for (hours, lost) in [(25, true), (23, false)] {
        let mut scene = Given::new().stored("a", Progress::After(number(101)), hours * HOUR).scene();
        scene.acts();
        scene.listed(&[("a", None), ("c", Some("gone"))]);

        let acts = scene.iterator_err("gone", StreamsErrorKind::NotFound);

        if lost { is_gap(&acts) } else { assert_eq!(acts, ["iterator c horizon"]) }
    }
}

#[test]
fn what_is_trimmed_while_it_is_read_is_a_gap() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.read("a", [101]);

    is_gap(&scene.records_err("a", StreamsErrorKind::Trimmed));
}

#[test]
fn an_unfinished_shard_that_vanishes_is_a_gap() {
    is_gap(&after_101(1, GapPolicy::Fail).iterator_err("a", StreamsErrorKind::NotFound));
    let mut scene = Scene::new();
    scene.begin(&[("p", None), ("c", Some("p"))]);
    scene.found("p");
    assert_eq!(scene.end("p", &["c"]).last().map(String::as_str), Some("iterator c horizon"));

    is_gap(&scene.iterator_err("c", StreamsErrorKind::NotFound));
}

#[test]
fn a_first_run_begins_at_whatever_is_there() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None), ("b", None)]);
    assert_eq!(scene.iterator_err("b", StreamsErrorKind::NotFound), ["save b finished", "children b"]);
    scene.found("a");
    assert!(scene.records_err("a", StreamsErrorKind::Trimmed).is_empty());

    assert!(scene.wake().contains(&"iterator a horizon".to_owned()));
}

#[test]
fn a_gap_that_is_skipped_is_saved_before_reading_goes_on() {
    let mut scene = after_101(25, GapPolicy::Skip);
    assert_eq!(scene.iterator_err("a", StreamsErrorKind::Trimmed), ["save a begun"]);

    assert_eq!(scene.saved("a"), ["iterator a horizon"]);
    assert_eq!(scene.machine.totals().gaps, 1);
}

#[test]
fn a_vanished_shard_that_is_skipped_is_finished_and_its_children_start() {
    let mut scene = after_101(25, GapPolicy::Skip);
    assert_eq!(scene.iterator_err("a", StreamsErrorKind::NotFound), ["save a finished 101", "children a"]);

    assert_eq!(scene.saved("a"), ["iterator c horizon"]);
}

#[test]
fn the_hook_runs_when_all_before_is_settled_and_until_it_succeeds() {
    let given = Given::new().settings(|settings| settings.with_on_gap(GapPolicy::resnapshot(Hook)));
    let mut scene = given.scene();
    scene.begin(&[("a", None)]);
    scene.found("a");
    assert_eq!(scene.page("a", [101]), ["write a 101", "records a"]);
    assert!(scene.records_err("a", StreamsErrorKind::Trimmed).is_empty(), "101 is not settled");
    assert_eq!(scene.written("a", 1), ["save a 101", "mend a"]);
    scene.saved("a");
    let mended = |result| Input::Mended { shard: "a".into(), result };
    assert!(scene.tell(mended(Err(SinkError::transient("later")))).is_empty());
    assert_eq!(scene.wake(), ["mend a"]);
    assert_eq!(scene.tell(mended(Ok(()))), ["save a begun"]);

    assert_eq!(scene.saved("a"), ["iterator a horizon"]);
}

#[test]
fn a_hook_that_fails_for_good_ends_the_poller() {
    let mut scene = after_101(25, GapPolicy::resnapshot(Hook));
    assert_eq!(scene.iterator_err("a", StreamsErrorKind::Trimmed), ["mend a"]);

    is_gap(&scene.tell(Input::Mended { shard: "a".into(), result: Err(SinkError::poison("never")) }));
}

#[test]
fn an_idle_shard_is_saved_for_its_time() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.read("a", [101]);
    let mut saves = Vec::new();
    for minute in 0..150 {
        let acts = scene.tell(empty());
        scene.pass(Duration::from_secs(60));
        if acts.iter().any(|act| act == "save a 101") {
            saves.push(minute);
            scene.saved("a");
        }
    }

    assert_eq!(saves.len(), 2, "{saves:?}");
}

fn empty() -> Input {
    let next = Some(dynacdc_source::ShardIterator::new("next"));
    let page = dynacdc_source::RecordPage { records: dynacdc_record::Decoded::default(), next };
    Input::Records { shard: "a".into(), page: Ok(page) }
}
