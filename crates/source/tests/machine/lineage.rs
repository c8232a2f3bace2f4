//! Which shards are read, and in what order.

use crate::scene::{Given, Scene, page_of};
use dynacdc_source::{Progress, StreamStatus, StreamsErrorKind, machine::Input};
use std::time::Duration;

#[test]
fn a_listing_is_all_of_its_pages() {
    let mut scene = Scene::new();
    assert_eq!(scene.acts(), ["list"]);
    let mut page = page_of(StreamStatus::Enabled, &[("c", Some("p"))]);
    page.more_after = Some("c".into());

    assert_eq!(scene.tell(Input::Listed(Ok(page))), ["list after c"], "nothing starts by a part of a listing");
    assert_eq!(scene.listed(&[("p", None)]), ["iterator p horizon"]);
}

#[test]
fn a_cursor_that_was_followed_before_ends_a_listing() {
    let mut scene = Scene::new();
    scene.acts();
    let mut page = page_of(StreamStatus::Enabled, &[("a", None)]);
    page.more_after = Some("a".into());
    assert_eq!(scene.tell(Input::Listed(Ok(page.clone()))), ["list after a"]);

    assert_eq!(scene.tell(Input::Listed(Ok(page))), ["iterator a horizon"]);
}

#[test]
fn a_child_starts_when_the_end_of_its_parent_is_saved() {
    let mut scene = Scene::new();
    assert_eq!(scene.begin(&[("c", Some("p")), ("p", None)]), ["iterator p horizon"]);
    scene.read("p", [101]);

    assert_eq!(scene.last_page("p", [102]), ["write p 102", "children p"]);
    assert_eq!(scene.written("p", 1), ["save p finished 102"]);
    assert!(scene.children("p", &["c"]).is_empty(), "settled is not enough");

    assert_eq!(scene.saved("p"), ["iterator c horizon"]);
}

#[test]
fn children_are_looked_for_at_once_and_for_a_while() {
    let mut scene = Scene::new();
    scene.begin(&[("p", None)]);
    scene.found("p");
    assert_eq!(scene.last_page("p", []), ["save p finished", "children p"]);
    scene.saved("p");
    for _ in 0..9 {
        assert!(scene.children("p", &[]).is_empty());
        let before = scene.now.instant;
        assert_eq!(scene.wake(), ["children p"]);
        assert!(scene.now.instant - before <= Duration::from_millis(1200));
    }

    assert_eq!(scene.children("p", &["c", "d"]), ["iterator c horizon", "iterator d horizon"]);
}

#[test]
fn a_search_without_children_ends_with_a_listing() {
    let mut scene = Scene::new();
    scene.begin(&[("p", None)]);
    scene.found("p");
    scene.last_page("p", []);
    scene.saved("p");

    assert_eq!(scene.search_in_vain("p", &[]), ["list"]);
    assert_eq!(scene.listed(&[("p", None), ("c", Some("p"))]), ["iterator c horizon"]);
}

#[test]
fn an_error_of_the_search_falls_back_to_a_listing() {
    let mut scene = Scene::new();
    scene.begin(&[("p", None)]);
    scene.found("p");
    scene.last_page("p", []);
    scene.pass(Duration::from_secs(2));
    let error = dynacdc_source::StreamsError::new(StreamsErrorKind::Refused, "DescribeStream");

    assert_eq!(scene.tell(Input::Children { of: "p".into(), found: Err(error) }), ["list"]);
}

#[test]
fn a_parent_that_is_not_listed_is_asked_for_and_gone_only_then() {
    let mut scene = Scene::new();
    assert_eq!(scene.begin(&[("c", Some("p"))]), ["iterator p horizon"]);

    assert!(scene.iterator_err("p", StreamsErrorKind::Throttled).is_empty());
    assert_eq!(scene.wake(), ["iterator p horizon"]);
    assert_eq!(scene.iterator_err("p", StreamsErrorKind::NotFound), ["iterator c horizon"]);
}

#[test]
fn a_parent_that_no_listing_has_is_read_first() {
    let mut scene = Scene::new();
    scene.begin(&[("c", Some("p"))]);
    assert!(scene.found("p").is_empty(), "its own parent is not known yet");
    assert_eq!(scene.wake(), ["list"]);

    let acts = scene.listed(&[("g", None), ("p", Some("g")), ("c", Some("p"))]);

    assert_eq!(acts, ["iterator g horizon"]);
}

#[test]
fn a_parent_that_is_listed_while_it_is_asked_for_is_read_after_that() {
    let mut scene = Scene::new();
    assert_eq!(scene.begin(&[("a", None), ("c", Some("p"))]), ["iterator p horizon", "iterator a horizon"]);
    scene.found("a");
    assert_eq!(scene.last_page("a", []), ["save a finished", "children a"]);

    assert!(scene.tell(children_of("a", &[("p", Some("a"))])).is_empty(), "one call for an iterator is in flight");
    assert!(scene.found("p").is_empty(), "the end of its parent is not saved");
    assert_eq!(scene.saved("a"), ["iterator p horizon"]);
}

fn children_of(of: &str, shards: &[(&str, Option<&str>)]) -> Input {
    Input::Children { of: of.into(), found: Ok(page_of(StreamStatus::Enabled, shards)) }
}

#[test]
fn a_parent_that_stays_unlisted_is_read_after_some_listings() {
    let mut scene = Scene::new();
    scene.begin(&[("c", Some("p"))]);
    scene.found("p");
    let mut listings = 1;
    while scene.wake() == ["list"] {
        listings += 1;
        if scene.listed(&[("c", Some("p"))]) == ["iterator p horizon"] {
            break;
        }
    }

    assert!((3..10).contains(&listings), "{listings}");
    scene.found("p");
    assert_eq!(scene.end("p", &[]).last().map(String::as_str), Some("iterator c horizon"));
}

#[test]
fn what_a_listing_lacks_stays_known() {
    let mut scene = Scene::new();
    scene.begin(&[("p", None), ("c", Some("p")), ("g", Some("c"))]);
    scene.read("p", [101]);
    scene.pass(Duration::from_secs(10));
    scene.listed(&[("p", None), ("g", Some("c"))]);

    let acts = scene.end("p", &[]);

    assert!(acts.contains(&"iterator c horizon".to_owned()), "{acts:?}");
}

#[test]
fn what_was_begun_before_needs_no_parent() {
    let given = Given::new().stored("c", Progress::After(crate::scene::number(201)), 60);
    let mut scene = given.scene();

    // The parent is there again in a listing, and was over when the child began.
    assert_eq!(scene.begin(&[("g", None), ("p", Some("g")), ("c", Some("p"))]), ["iterator c after 201"]);
    assert_eq!(scene.machine.totals().alarms, 2, "nobody knows that they were read");
    scene.pass(Duration::from_secs(10));
    scene.listed(&[("g", None), ("p", Some("g")), ("c", Some("p"))]);
    assert_eq!(scene.machine.totals().alarms, 2, "it is told once");
}

#[test]
fn a_parent_that_was_set_back_is_read_before_its_child() {
    let given = Given::new().stored("c", Progress::After(crate::scene::number(201)), 60).stored(
        "p",
        Progress::After(crate::scene::number(101)),
        60,
    );
    let mut scene = given.scene();

    assert_eq!(scene.begin(&[("p", None), ("c", Some("p"))]), ["iterator p after 101"]);
    scene.found("p");
    assert!(scene.end("p", &["c"]).contains(&"iterator c after 201".to_owned()));
}

#[test]
fn shards_are_listed_as_often_as_is_set_and_with_patience() {
    let mut scene = Scene::new();
    scene.begin(&[]);
    assert_eq!(scene.pass(Duration::from_millis(9_999)), Vec::<String>::new());
    assert_eq!(scene.pass(Duration::from_millis(1)), ["list"]);

    assert!(scene.listed_err(StreamsErrorKind::Unavailable).is_empty());
    assert_eq!(scene.wake(), ["list"]);
    let acts = scene.listed_err(StreamsErrorKind::Refused);
    assert_eq!(acts, ["failed the stream cannot be read"]);
}
