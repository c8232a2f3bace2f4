//! Positions on their way to the store.

use crate::scene::{Given, Scene, text};
use dynacdc_source::{CheckpointErrorKind, machine::Action};
use std::time::Duration;

fn written(scene: &mut Scene, numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    let numbers: Vec<u64> = numbers.into_iter().collect();
    scene.page("a", numbers.iter().copied());
    scene.written("a", numbers.len())
}

fn reading(scene: Scene) -> Scene {
    let mut scene = scene;
    scene.begin(&[("a", None)]);
    scene.found("a");
    scene
}

#[test]
fn one_save_is_in_flight_and_the_next_one_is_the_newest() {
    let mut scene = reading(Scene::new());
    assert_eq!(written(&mut scene, [101]), ["save a 101"]);
    assert!(written(&mut scene, [102]).is_empty(), "delivery goes on");
    assert!(written(&mut scene, [103]).is_empty());

    assert_eq!(scene.saved("a"), ["save a 103"]);
    assert!(scene.saved("a").is_empty());
}

#[test]
fn each_save_has_a_higher_count() {
    let mut scene = reading(Scene::new());
    let mut counts = Vec::new();
    for number in 101..=103 {
        scene.machine.handle(page(&scene, number), scene.now);
        while let Some(action) = scene.machine.next(scene.now) {
            match action {
                Action::Write { lane, .. } => {
                    let written = dynacdc_source::machine::Written { settled: 1, error: None };
                    scene.machine.handle(dynacdc_source::machine::Input::Written { lane, written }, scene.now);
                }
                Action::Save { stamp, .. } => counts.push((stamp.term, stamp.count)),
                other => assert_eq!(text(&other), "records a"),
            }
        }
        if number == 101 {
            scene.save_err("a", CheckpointErrorKind::Unavailable);
            scene.now.instant += Duration::from_secs(1);
        } else {
            scene
                .machine
                .handle(dynacdc_source::machine::Input::Saved { shard: "a".into(), result: Ok(()) }, scene.now);
        }
    }

    assert_eq!(counts, [(1, 2), (1, 3), (1, 4)], "the first is that of its start");
}

fn page(scene: &Scene, number: u64) -> dynacdc_source::machine::Input {
    let records = crate::scene::decoded([(number, number, scene.now.time, 100)]);
    let next = Some(dynacdc_source::ShardIterator::new("next"));
    dynacdc_source::machine::Input::Records {
        shard: "a".into(),
        page: Ok(dynacdc_source::RecordPage { records, next }),
    }
}

#[test]
fn a_store_that_is_not_there_is_asked_again_and_holds_nothing_up() {
    let mut scene = reading(Scene::new());
    written(&mut scene, [101]);
    assert!(scene.save_err("a", CheckpointErrorKind::Unavailable).is_empty());
    assert_eq!(scene.health["a"].state.as_str(), "unsaved");
    assert!(written(&mut scene, [102]).is_empty());

    assert!(scene.wake().contains(&"save a 102".to_owned()));
}

#[test]
fn whoever_was_superseded_stops_without_another_save() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None), ("b", None)]);
    scene.found("a");
    scene.found("b");
    written(&mut scene, [101]);
    scene.page("b", [201]);
    assert!(scene.save_err("a", CheckpointErrorKind::Superseded).is_empty(), "201 is in flight");

    assert_eq!(scene.written("b", 1), ["failed another owner has taken the stream over"]);
}

#[test]
fn a_store_that_refuses_ends_the_poller_and_other_positions_are_saved() {
    let mut scene = Scene::new();
    scene.begin(&[("a", None), ("b", None)]);
    scene.found("a");
    scene.found("b");
    written(&mut scene, [101]);
    scene.page("b", [201]);
    scene.save_err("a", CheckpointErrorKind::Refused);
    assert_eq!(scene.written("b", 1), ["save b 201"]);

    assert_eq!(scene.saved("b"), ["failed positions cannot be kept"]);
}

#[test]
fn saves_can_be_spaced_but_not_that_of_an_end() {
    let change = |settings: dynacdc_source::machine::Settings| settings.with_save_every(Duration::from_secs(4));
    let mut scene = reading(Given::new().settings(change).scene());
    scene.pass(Duration::from_secs(4));
    assert_eq!(written(&mut scene, [101]), ["save a 101"]);
    scene.saved("a");
    assert!(written(&mut scene, [102]).is_empty());
    scene.pass(Duration::from_secs(3));
    assert!(written(&mut scene, [103]).is_empty());
    assert_eq!(scene.pass(Duration::from_secs(1)), ["save a 103"]);
    scene.saved("a");

    assert_eq!(scene.last_page("a", []), ["save a finished 103", "children a"]);
}

#[test]
fn only_the_end_may_be_saved() {
    let change = |settings: dynacdc_source::machine::Settings| settings.with_save_every(Duration::MAX);
    let mut scene = reading(Given::new().settings(change).scene());
    assert!(written(&mut scene, [101]).is_empty());
    assert!(!scene.pass(Duration::from_secs(86_400)).iter().any(|act| act.starts_with("save")));

    assert_eq!(scene.tell(dynacdc_source::machine::Input::Stop), ["save a 101"]);
}
