//! When a disabled stream has ended: only when nothing of it can be unread.

use crate::scene::{Given, Scene, number};
use dynacdc_source::{GapPolicy, Progress, StreamsErrorKind};
use std::time::Duration;

const A: &[(&str, Option<&str>)] = &[("a", None)];

/// A disabled stream of one shard, which is read to its end and saved. Its children are still to be looked for.
fn leaf_is_read(quiet: Duration) -> Scene {
    let mut scene = Given::new().settings(|settings| settings.with_quiet(quiet)).scene();
    scene.acts();
    scene.listed_disabled(A);
    scene.found("a");
    scene.last_page("a", []);
    scene.saved("a");
    scene
}

#[test]
fn it_ends_when_listings_have_shown_nothing_new_for_a_while() {
    let mut scene = leaf_is_read(Duration::from_secs(60));
    assert_eq!(scene.search_in_vain("a", A), ["list"]);
    let began = scene.now.instant;

    let mut acts = scene.listed_disabled(A);
    while acts.is_empty() {
        assert_eq!(scene.wake(), ["list"]);
        acts = scene.listed_disabled(A);
    }

    assert_eq!(acts, ["done 0 ended=true"]);
    assert_eq!(scene.now.instant - began, Duration::from_secs(60));
}

#[test]
fn a_shard_that_is_found_begins_the_wait_anew() {
    let mut scene = leaf_is_read(Duration::from_secs(60));
    scene.search_in_vain("a", A);
    scene.listed_disabled(A);
    scene.pass(Duration::from_secs(30));

    let both = &[("a", None), ("c", Some("a"))];
    assert_eq!(scene.listed_disabled(both), ["iterator c horizon"]);
    scene.found("c");
    scene.last_page("c", []);
    scene.saved("c");
    scene.pass(Duration::from_secs(5));
    scene.listed_disabled(both);
    assert_eq!(scene.search_in_vain("c", both), ["list"]);
    assert!(scene.listed_disabled(both).is_empty());
}

#[test]
fn a_child_that_is_told_after_the_search_is_read() {
    let mut scene = leaf_is_read(Duration::ZERO);
    scene.search_in_vain("a", A);

    assert_eq!(scene.listed_disabled(&[("a", None), ("c", Some("a"))]), ["iterator c horizon"]);
}

#[test]
fn without_a_wait_one_listing_after_the_search_is_enough() {
    let mut scene = leaf_is_read(Duration::ZERO);
    scene.search_in_vain("a", A);

    assert_eq!(scene.listed_disabled(A), ["done 0 ended=true"]);
}

#[test]
fn an_enabled_stream_never_ends() {
    let mut scene = leaf_is_read(Duration::ZERO);
    scene.search_in_vain("a", A);

    assert!(scene.listed(A).is_empty());
    assert_eq!(scene.pass(Duration::from_secs(10)), ["list"]);
}

#[test]
fn a_listing_that_lacks_what_is_read_does_not_end_it() {
    let mut scene = Given::new().settings(|settings| settings.with_quiet(Duration::ZERO)).scene();
    scene.acts();
    scene.listed_disabled(A);
    scene.found("a");
    assert_eq!(scene.pass(Duration::from_secs(10)), ["list"]);

    assert!(scene.listed_disabled(&[]).is_empty());
}

#[test]
fn a_stream_that_is_gone_has_ended_if_nothing_is_unfinished() {
    let mut over = Given::new().stored("a", Progress::Finished { last: None }, 60).scene();
    over.acts();
    assert_eq!(over.listed_err(StreamsErrorKind::NotFound), ["done 0 ended=true"]);

    let mut open = Given::new().stored("a", Progress::After(number(101)), 60).scene();
    open.acts();
    assert_eq!(open.listed_err(StreamsErrorKind::NotFound), ["iterator a after 101"]);
    let acts = open.iterator_err("a", StreamsErrorKind::NotFound);
    assert!(acts[0].starts_with("failed records are gone"), "{acts:?}");

    let mut unknown = Scene::new();
    unknown.acts();
    assert_eq!(unknown.listed_err(StreamsErrorKind::NotFound), ["failed the stream cannot be read"]);
}

#[test]
fn the_children_of_what_was_finished_before_are_looked_for_too() {
    let mut scene = Given::new().stored("a", Progress::Finished { last: None }, 60).scene();
    scene.acts();

    assert_eq!(scene.listed_disabled(A), ["children a"]);
    assert_eq!(scene.children("a", &["c"]), ["iterator c horizon"]);
}

/// A disabled stream of which nothing is left, read again after so many hours.
fn everything_is_gone(hours: i64, policy: GapPolicy) -> Vec<String> {
    let given = Given::new().settings(|settings| settings.with_quiet(Duration::ZERO).with_on_gap(policy));
    let mut scene = given.stored("a", Progress::Finished { last: None }, hours * 3_600).scene();
    scene.acts();
    scene.listed_disabled(&[]);
    scene.search_in_vain("a", &[]);
    scene.listed_disabled(&[])
}

#[test]
fn shards_that_may_have_come_and_gone_while_nobody_read_are_a_gap() {
    assert_eq!(everything_is_gone(23, GapPolicy::Fail), ["done 0 ended=true"]);

    let acts = everything_is_gone(25, GapPolicy::Fail);
    assert!(acts.iter().any(|act| act.starts_with("failed records are gone")), "{acts:?}");
    assert_eq!(everything_is_gone(25, GapPolicy::Skip), ["done 0 ended=true"]);
}
