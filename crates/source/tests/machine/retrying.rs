//! What becomes of records that the sink does not settle.

use crate::scene::{Scene, number};
use dynacdc_sink::Class;
use dynacdc_source::{
    DeliveryError, PollError,
    machine::{Action, Input, Written},
};

fn writing() -> Scene {
    let mut scene = Scene::new();
    scene.begin(&[("a", None)]);
    scene.found("a");
    assert_eq!(scene.page("a", [101, 102]), ["write a 101,102", "records a"]);
    scene
}

#[test]
fn transient_errors_are_tried_again_for_ever() {
    let mut scene = writing();
    for attempt in 0..20 {
        assert!(scene.write_err("a", 0, Class::Transient).is_empty());
        let most = (0.05 * f64::from(1 << attempt.min(16))).min(10.0);
        assert!(scene.wakes_in().unwrap() <= most);
        assert_eq!(scene.health["a"].state.as_str(), "retrying");
        while !scene.wake().contains(&"write a 101,102".to_owned()) {}
    }
    assert_eq!(scene.write_err("a", 1, Class::Transient), ["save a 101"]);
    assert!(scene.wakes_in().unwrap() <= 0.05, "progress begins the waits anew");
}

#[test]
fn a_write_that_says_nothing_of_its_rest_is_tried_again() {
    let mut scene = writing();

    assert_eq!(scene.written("a", 1), ["save a 101"]);
    assert_eq!(scene.wake(), ["write a 102"]);
}

fn error(scene: &mut Scene, settled: usize, class: Class) -> PollError {
    let error = Some(dynacdc_sink::SinkError::new(class, "no"));
    let lane = dynacdc_sink::Lane::ordered(crate::scene::arn(), "a");
    scene.machine.handle(Input::Written { lane, written: Written { settled, error } }, scene.now);
    loop {
        match scene.machine.next(scene.now).unwrap() {
            Action::Done(result) => return result.unwrap_err(),
            Action::Save { shard, .. } => {
                scene.machine.handle(Input::Saved { shard, result: Ok(()) }, scene.now);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn poison_ends_the_poller_and_names_the_record() {
    let PollError::Delivery { shard, source } = error(&mut writing(), 1, Class::Poison) else { panic!("no delivery") };

    assert_eq!(shard.as_str(), "a");
    let DeliveryError::Poison { sequence_number, .. } = *source else { panic!("{source:?}") };
    assert_eq!(sequence_number, number(102));
}

#[test]
fn a_fatal_error_ends_the_poller() {
    let PollError::Delivery { source, .. } = error(&mut writing(), 0, Class::Fatal) else { panic!("no delivery") };

    assert!(matches!(*source, DeliveryError::Fatal { .. }), "{source:?}");
}
