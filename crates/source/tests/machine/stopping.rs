//! The end, asked for or not.

use crate::scene::{Scene, arn};
use dynacdc_sink::{Class, Lane};
use dynacdc_source::{
    CheckpointErrorKind,
    machine::{Call, Input},
};
use std::time::Duration;

/// 101 is in flight, 102 buffered, a read in flight.
fn writing() -> Scene {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.found("a");
    scene.page("a", [101]);
    scene.page("a", [102]);
    scene
}

#[test]
fn a_write_in_flight_is_waited_for_and_saved_and_nothing_is_begun() {
    let mut scene = writing();
    assert!(scene.tell(Input::Stop).is_empty());
    assert!(scene.page("a", [103]).is_empty(), "a page that comes is left");
    assert_eq!(scene.written("a", 1), ["save a 101"]);

    assert_eq!(scene.saved("a"), ["done 1 ended=false"]);
    assert_eq!(scene.machine.wake_at(), None);
    assert!(scene.pass(Duration::from_secs(100)).is_empty(), "nothing follows");
}

#[test]
fn a_stop_with_nothing_in_flight_but_reads_ends_at_once() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);

    assert_eq!(scene.tell(Input::Stop), ["done 0 ended=false"]);
    let mut unborn = Scene::new();
    assert_eq!(unborn.tell(Input::Stop), ["done 0 ended=false"]);
}

#[test]
fn waiting_has_an_end() {
    let mut scene = writing();
    scene.tell(Input::Stop);
    assert_eq!(scene.wakes_in(), Some(30.0));
    assert!(scene.pass(Duration::from_millis(29_999)).is_empty());

    assert_eq!(scene.pass(Duration::from_millis(1)), ["done 0 ended=false"]);
}

#[test]
fn a_save_that_fails_is_tried_again_while_there_is_time() {
    let mut scene = writing();
    scene.tell(Input::Stop);
    scene.written("a", 1);
    assert!(scene.save_err("a", CheckpointErrorKind::Unavailable).is_empty());

    assert_eq!(scene.wake(), ["save a 101"]);
    assert_eq!(scene.saved("a"), ["done 1 ended=false"]);
}

#[test]
fn what_a_write_in_flight_did_not_settle_is_not_tried_again() {
    let mut scene = writing();
    scene.tell(Input::Stop);

    assert_eq!(scene.write_err("a", 0, Class::Transient), ["done 0 ended=false"]);
}

#[test]
fn an_error_of_a_write_in_flight_is_told() {
    let mut scene = writing();
    scene.tell(Input::Stop);

    assert_eq!(scene.write_err("a", 0, Class::Fatal), ["failed shard a: delivery stopped"]);
}

#[test]
fn one_error_stops_all_others_and_the_first_counts() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None), ("b", None), ("c", None)]);
    for (id, number) in [("a", 101), ("b", 201), ("c", 301)] {
        scene.found(id);
        scene.page(id, [number]);
    }
    assert!(scene.write_err("b", 0, Class::Poison).is_empty(), "others are in flight");
    assert_eq!(scene.written("a", 1), ["save a 101"]);
    assert!(scene.write_err("c", 0, Class::Fatal).is_empty());

    assert_eq!(scene.saved("a"), ["failed shard b: delivery stopped"]);
}

#[test]
fn a_panic_ends_the_poller_and_counts_as_an_answer() {
    let mut scene = writing();
    let call = Call::Write(Lane::ordered(arn(), "a"));
    let acts = scene.tell(Input::Panicked { call });
    assert_eq!(acts.len(), 1);
    assert!(acts[0].starts_with("failed panic while writing to arn"), "{acts:?}");

    let mut scene = writing();
    scene.written("a", 1);
    assert!(scene.tell(Input::Panicked { call: Call::Save("a".into()) }).is_empty(), "102 is in flight");
    assert_eq!(scene.written("a", 1), ["save a 102"]);
    assert_eq!(scene.saved("a"), ["failed panic while saving the position of a"]);
}
