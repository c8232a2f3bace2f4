//! Records that are gone: which of them are lost, and what is done about it.

use crate::scene::{Given, Scene, number, page_of};
use async_trait::async_trait;
use chrono::TimeDelta;
use dynacdc_sink::{ShardId, SinkError};
use dynacdc_source::{
    Checkpoint, Gap, GapHook, GapPolicy, Progress, StreamStatus, StreamsErrorKind,
    machine::{Action, Input},
};
use std::{num::NonZeroU16, time::Duration};

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

/// Listed as one that has ended.
fn closed(shards: &[(&str, Option<&str>)]) -> Input {
    let mut page = page_of(StreamStatus::Enabled, shards);
    page.shards.iter_mut().for_each(|shard| shard.closed = true);
    Input::Listed(Ok(page))
}

/// The service does not have it, and what it is listed as says otherwise: it is asked for again.
fn is_tried_again(scene: &mut Scene, shard: &str) {
    assert!(scene.iterator_err(shard, StreamsErrorKind::NotFound).is_empty());
    let again = format!("iterator {shard} ");
    for _ in 0..10 {
        if scene.wake().iter().any(|act| act.starts_with(&again)) {
            return;
        }
    }
    panic!("{shard} is given up");
}

#[test]
fn an_unfinished_shard_that_vanishes_is_a_gap() {
    let mut stored = after_101(1, GapPolicy::Fail);
    stored.pass(Duration::from_secs(10));
    stored.tell(closed(&[("a", None)]));
    is_gap(&stored.iterator_err("a", StreamsErrorKind::NotFound));
    let mut scene = Scene::new();
    scene.begin(&[("p", None), ("c", Some("p"))]);
    scene.found("p");
    assert_eq!(scene.end("p", &["c"]).last().map(String::as_str), Some("iterator c horizon"));
    scene.pass(Duration::from_secs(10));
    scene.listed(&[("p", None)]);

    is_gap(&scene.iterator_err("c", StreamsErrorKind::NotFound));
}

#[test]
fn an_open_shard_that_is_listed_does_not_vanish() {
    let mut fresh = Scene::new();
    fresh.begin(&[("a", None)]);
    is_tried_again(&mut fresh, "a");
    fresh.listed(&[("a", None)]);
    is_tried_again(&mut fresh, "a");
    fresh.found("a");
    assert!(fresh.records_err("a", StreamsErrorKind::NotFound).is_empty());
    assert!(fresh.wake().iter().any(|act| act == "iterator a horizon" || act == "list"));

    let mut stored = after_101(1, GapPolicy::Skip);
    is_tried_again(&mut stored, "a");
    assert_eq!(stored.machine.totals().gaps, 0);
}

#[test]
fn a_child_that_was_just_found_does_not_vanish() {
    let mut scene = Given::new().settings(|settings| settings.with_on_gap(GapPolicy::Skip)).scene();
    scene.begin(&[("p", None)]);
    scene.found("p");
    scene.pass(Duration::from_secs(10));
    // A listing is under way, and was made before the child.
    assert_eq!(scene.end("p", &["c"]).last().map(String::as_str), Some("iterator c horizon"));
    scene.listed(&[("p", None)]);

    is_tried_again(&mut scene, "c");
    assert_eq!(scene.machine.totals().gaps, 0);
}

#[test]
fn a_parent_that_is_listed_while_it_is_asked_for_is_not_gone() {
    let mut scene = Scene::new();
    assert_eq!(scene.begin(&[("c", Some("p"))]), ["iterator p horizon"]);
    scene.pass(Duration::from_secs(10));
    scene.listed(&[("p", None), ("c", Some("p"))]);

    assert_eq!(scene.iterator_err("p", StreamsErrorKind::NotFound), ["iterator p horizon"]);
}

#[test]
fn a_shard_that_the_next_listing_lacks_is_gone_if_the_service_says_so() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    is_tried_again(&mut scene, "a");
    scene.pass(Duration::from_secs(10));
    scene.listed(&[]);

    assert_eq!(scene.iterator_err("a", StreamsErrorKind::NotFound), ["save a finished", "children a"]);
}

#[test]
fn a_first_run_begins_at_whatever_is_there() {
    let mut scene = Scene::new();
    scene.acts();
    scene.tell(closed(&[("a", None), ("b", None)]));
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
    scene.pass(Duration::from_secs(10));
    scene.listed(&[("c", Some("a"))]);
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

#[test]
fn after_a_long_pause_with_nothing_stored_a_shard_is_a_gap() {
    for (hours, lost) in [(25, true), (23, false)] {
        let mut given = Given::new();
        given.stored.tenure.term = 2;
        given.stored.beginning.at -= TimeDelta::hours(hours);
        let mut scene = given.scene();
        scene.acts();

        let acts = scene.listed(&[("a", None)]);

        if lost { is_gap(&acts) } else { assert_eq!(acts, ["iterator a horizon"]) }
    }
}

#[test]
fn a_call_that_fails_says_nothing_of_an_idle_shard() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.read("a", [101]);
    let mut saves = 0;
    for _ in 0..150 {
        scene.records_err("a", StreamsErrorKind::Throttled);
        scene.pass(Duration::from_secs(30));
        saves += scene.tell(empty()).iter().filter(|act| *act == "save a 101").count();
        scene.saved("a");
        scene.pass(Duration::from_secs(30));
    }

    assert!(saves > 0);
}

#[test]
fn two_empty_pages_with_a_long_wait_between_are_not_the_newest_record() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.read("a", [101]);
    scene.tell(empty());
    scene.pass(Duration::from_secs(7_200));

    assert!(scene.tell(empty()).iter().all(|act| !act.starts_with("save")));
}

#[test]
fn what_was_written_before_anything_was_stored_may_be_unread() {
    let mut given = Given::new().settings(|settings| settings.with_sub_lanes(NonZeroU16::MIN.saturating_add(1)));
    given.stored.tenure.term = 2;
    given.stored.beginning.at -= TimeDelta::hours(20);
    let beginning = given.stored.beginning.at;
    let mut scene = given.scene();
    scene.acts();
    scene.machine.handle(Input::Listed(Ok(page_of(StreamStatus::Enabled, &[("a", None)]))), scene.now);

    let actions: Vec<Action> = std::iter::from_fn(|| scene.machine.next(scene.now)).collect();

    let is_early = |action: &Action| matches!(action, Action::Save { checkpoint, .. } if checkpoint.as_of == beginning);
    assert!(actions.iter().any(is_early), "{actions:?}");
}

/// What is stored at some time, as of then.
fn stores(scene: &mut Scene) -> Vec<(ShardId, Checkpoint)> {
    let actions: Vec<Action> = std::iter::from_fn(|| scene.machine.next(scene.now)).collect();
    let saves = actions.into_iter().filter_map(|action| match action {
        Action::Save { shard, checkpoint, .. } => Some((shard, checkpoint)),
        _ => None,
    });
    saves.collect()
}

#[test]
fn a_shard_that_is_lost_before_anything_of_it_was_settled_is_a_gap() {
    let finished = Progress::Finished { last: Some(number(101)) };
    let mut before =
        Given::new().stored("p", finished.clone(), 60).stored("other", Progress::After(number(7)), 60).scene();
    before.acts();
    let listing = page_of(StreamStatus::Enabled, &[("p", None), ("c", Some("p")), ("other", None)]);
    before.machine.handle(Input::Listed(Ok(listing)), before.now);
    let saves = stores(&mut before);
    assert_eq!(saves.len(), 1, "{saves:?}");
    assert_eq!((saves[0].0.as_str(), &saves[0].1.progress), ("c", &Progress::Begun { since: None }));

    // All went on but for c, whose records the sink did not take.
    let mut given = Given::new().stored("p", finished, 28 * HOUR).stored("other", Progress::After(number(8)), 60);
    let (id, checkpoint) = saves[0].clone();
    given.stored.checkpoints.push((id, Checkpoint { as_of: given.now.time - TimeDelta::hours(28), ..checkpoint }));
    let mut after = given.scene();
    after.acts();

    is_gap(&after.listed(&[("g", Some("c")), ("other", None)]));
}

#[test]
fn a_first_shard_is_stored_when_it_begins() {
    let mut scene = Scene::new();
    scene.acts();
    scene.machine.handle(Input::Listed(Ok(page_of(StreamStatus::Enabled, &[("a", None)]))), scene.now);

    let saves = stores(&mut scene);

    assert_eq!(saves.len(), 1);
    assert_eq!((&saves[0].1.progress, saves[0].1.as_of), (&Progress::Begun { since: None }, scene.now.time));
}

#[test]
fn a_shard_that_is_found_late_is_not_as_old_as_the_beginning() {
    for sub_lanes in [1, 2] {
        let of = NonZeroU16::new(sub_lanes).unwrap();
        let mut given = Given::new().settings(|settings| settings.with_sub_lanes(of));
        given = given.stored("other", Progress::After(number(7)), 60);
        given.stored.beginning.at -= TimeDelta::weeks(3);
        let mut scene = given.scene();
        scene.acts();
        let listing = page_of(StreamStatus::Enabled, &[("late", None), ("other", None)]);
        scene.machine.handle(Input::Listed(Ok(listing)), scene.now);

        let saves = stores(&mut scene);

        assert_eq!(saves.len(), 1, "{saves:?}");
        assert_eq!(saves[0].1.as_of, scene.now.time - TimeDelta::seconds(60));
    }
}
