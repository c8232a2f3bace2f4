//! Where shards begin, and what is dropped.

use crate::scene::{Given, Scene, decoded, number, page_of, shard};
use chrono::TimeDelta;
use dynacdc_source::{Progress, Shard, ShardPage, StreamStatus, StreamsErrorKind, machine::Input};
use std::time::Duration;

/// A page of records that were made so many seconds after the start.
fn made(scene: &mut Scene, id: &str, records: &[(u64, i64)]) -> Vec<String> {
    let start = Given::new().now.time;
    let records = records.iter().map(|(number, at)| (*number, *number, start + TimeDelta::seconds(*at), 100));
    let page = decoded(records);
    scene.page_with(id, page)
}

#[test]
fn latest_is_asked_for_once_and_its_time_is_saved() {
    let mut scene = Given::new().latest().scene();
    assert_eq!(scene.begin(&[("a", None)]), ["iterator a latest", "save a since 0"]);
    scene.saved("a");
    assert!(scene.iterator_err("a", StreamsErrorKind::Throttled).is_empty());

    assert_eq!(scene.wake(), ["iterator a horizon"]);
    scene.found("a");
    let acts = made(&mut scene, "a", &[(101, -61), (102, -59), (103, -3_000)]);
    assert_eq!(acts, ["write a 102,103", "records a"], "the first that is kept ends the dropping");
}

#[test]
fn behind_latest_no_time_is_looked_at_and_an_expired_iterator_goes_on_by_time() {
    let mut scene = Given::new().latest().scene();
    scene.begin(&[("a", None), ("b", None)]);
    scene.found("a");
    assert_eq!(made(&mut scene, "a", &[(101, -3_000)]), ["write a 101", "records a"]);

    scene.found("b");
    scene.records_err("b", StreamsErrorKind::IteratorExpired);
    assert!(scene.wake().contains(&"iterator b horizon".to_owned()));
    scene.found("b");
    assert_eq!(made(&mut scene, "b", &[(201, -3_000)]), ["records b"]);
}

#[test]
fn shards_that_are_not_leaves_of_the_first_listing_begin_at_the_horizon() {
    let mut scene = Given::new().latest().scene();
    // Open, with a child: it is read, and the child after it.
    assert_eq!(scene.begin(&[("p", None), ("c", Some("p"))]), ["iterator p horizon"]);
    scene.found("p");
    made(&mut scene, "p", &[(101, -3_000), (102, 1)]);
    assert_eq!(scene.last_page("p", []), ["children p"], "102 is not settled");
    assert_eq!(scene.written("p", 1), ["save p finished 102"]);
    assert_eq!(scene.saved("p"), ["iterator c horizon"]);

    scene.pass(Duration::from_secs(10));
    assert_eq!(scene.listed(&[("p", None), ("c", Some("p")), ("new", None)]), ["iterator new horizon"]);
}

#[test]
fn a_closed_shard_with_children_is_finished_unread() {
    let mut scene = Given::new().latest().scene();
    scene.acts();
    let mut page = page_of(StreamStatus::Enabled, &[("p", None), ("c", Some("p"))]);
    page.shards[0].closed = true;

    assert_eq!(scene.tell(Input::Listed(Ok(page))), ["save p finished"]);
    assert_eq!(scene.saved("p"), ["iterator c latest", "save c since 0"]);
}

#[test]
fn a_first_listing_that_takes_long_is_not_the_start() {
    let mut scene = Given::new().latest().scene();
    scene.acts();
    scene.pass(Duration::from_secs(61));

    assert_eq!(scene.listed(&[("a", None)]), ["iterator a horizon"]);
}

#[test]
fn a_second_run_never_begins_at_latest() {
    let mut given = Given::new().latest();
    given.stored.tenure.term = 2;
    let mut scene = given.scene();

    assert_eq!(scene.begin(&[("a", None)]), ["iterator a horizon"]);
    scene.found("a");
    assert_eq!(made(&mut scene, "a", &[(101, -61), (102, 0)]), ["write a 102", "records a"]);
}

#[test]
fn a_stored_start_drops_what_is_older() {
    let since = Given::new().now.time - TimeDelta::seconds(600);
    let mut scene = Given::new().stored("a", Progress::Begun { since: Some(since) }, 600).scene();
    assert_eq!(scene.begin(&[("a", None)]), ["iterator a horizon"]);
    scene.found("a");

    assert_eq!(made(&mut scene, "a", &[(101, -661)]), ["records a"]);
    assert_eq!(made(&mut scene, "a", &[(102, -659)]), ["write a 102", "records a"]);
}

#[test]
fn an_expired_iterator_goes_on_behind_what_was_read() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.found("a");
    assert_eq!(scene.page("a", [101, 102]), ["write a 101,102", "records a"]);
    scene.records_err("a", StreamsErrorKind::IteratorExpired);

    assert_eq!(scene.wake(), ["iterator a after 102"], "what is buffered is not read twice");
}

#[test]
fn an_iterator_that_expires_before_anything_was_read_goes_to_the_start() {
    let mut scene = Given::new().stored("a", Progress::After(number(101)), 60).scene();
    scene.begin(&[("a", None)]);
    scene.found("a");
    scene.records_err("a", StreamsErrorKind::IteratorExpired);

    assert_eq!(scene.wake(), ["iterator a after 101"]);
}

#[test]
fn a_malformed_record_before_an_older_one_is_dropped_with_it() {
    let mut given = Given::new().latest();
    given.stored.tenure.term = 2;
    let mut scene = given.scene();
    scene.begin(&[("a", None)]);
    scene.found("a");

    assert_eq!(made(&mut scene, "a", &[(0, 0), (101, -3_000)]), ["records a"]);
    let acts = made(&mut scene, "a", &[(0, 0), (102, 1)]);
    assert!(acts[0].starts_with("failed shard a"), "{acts:?}");
}

#[test]
fn what_ends_while_it_waits_for_its_turn_is_read_though_reading_begins_at_the_latest() {
    let mut scene = Given::new().latest().scene();
    let first =
        [shard("p", None), shard("c", Some("p"))].map(|found| Shard { closed: found.parent.is_none(), ..found });
    scene.acts();
    let page = ShardPage { shards: first.to_vec(), ..page_of(StreamStatus::Enabled, &[]) };
    assert_eq!(scene.tell(Input::Listed(Ok(page))), ["save p finished"]);
    scene.pass(Duration::from_secs(10));
    let split = [shard("c", Some("p")), shard("g", Some("c"))].map(|found| Shard { closed: true, ..found });
    let page = ShardPage { shards: split.to_vec(), ..page_of(StreamStatus::Enabled, &[]) };
    scene.tell(Input::Listed(Ok(page)));

    assert_eq!(scene.saved("p"), ["iterator c horizon"]);
}
