//! Pauses between calls of the service.

use crate::scene::{Given, Scene};
use dynacdc_source::StreamsErrorKind;
use std::time::Duration;

fn reading() -> Scene {
    let mut scene = Scene::new();
    scene.begin(&[("a", None), ("b", None)]);
    scene.found("a");
    scene
}

#[test]
fn empty_pages_are_asked_for_ever_less_often() {
    let mut scene = Given::new().settings(|settings| settings.with_discovery(Duration::MAX)).scene();
    scene.begin(&[("a", None)]);
    scene.found("a");
    let mut waits = Vec::new();
    for _ in 0..6 {
        assert!(scene.page("a", []).is_empty());
        waits.push(scene.wakes_in().unwrap());
        assert_eq!(scene.wake(), ["records a"]);
    }
    assert_eq!(waits, [0.1, 0.2, 0.4, 0.8, 0.8, 0.8]);

    assert_eq!(scene.page("a", [101]), ["write a 101", "records a"], "at once");
    scene.page("a", []);
    assert_eq!(scene.wakes_in(), Some(0.1), "from the beginning");
}

#[test]
fn a_shard_that_is_throttled_waits_alone() {
    let mut scene = reading();
    for attempt in 0..8 {
        assert!(scene.records_err("a", StreamsErrorKind::Throttled).is_empty());
        assert!(scene.wakes_in().unwrap() <= (0.1 * f64::from(1 << attempt)).min(10.0));
        if attempt == 0 {
            assert_eq!(scene.found("b"), ["records b"]);
            assert_eq!(scene.page("b", [201]), ["write b 201", "records b"]);
        }
        while !scene.wake().contains(&"records a".to_owned()) {}
    }
    assert!(scene.machine.totals().errors >= 8);
}

#[test]
fn a_call_that_is_refused_ends_the_poller() {
    assert_eq!(reading().records_err("a", StreamsErrorKind::Refused), ["failed the stream cannot be read"]);
    assert_eq!(reading().iterator_err("b", StreamsErrorKind::Refused), ["failed the stream cannot be read"]);
}

#[test]
fn no_error_is_answered_without_a_pause() {
    use StreamsErrorKind::{IteratorExpired, Throttled, Trimmed, Unavailable};
    for kind in [IteratorExpired, Throttled, Trimmed, Unavailable] {
        let mut scene = reading();
        assert!(scene.iterator_err("b", kind).is_empty(), "{kind:?}");
        assert!(scene.records_err("a", kind).is_empty(), "{kind:?}");
    }
}

#[test]
fn an_answer_to_nothing_is_passed_over() {
    let mut scene = reading();

    assert!(scene.page("b", [201]).is_empty());
    assert!(scene.written("a", 1).is_empty());
    assert!(scene.saved("a").is_empty());
    assert!(scene.found("a").is_empty());
    assert!(scene.listed(&[("x", None)]).is_empty());
    assert!(scene.children("a", &["x"]).is_empty());
}
