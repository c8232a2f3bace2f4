//! What stands in a batch.

use crate::scene::{Given, Scene, arn, decoded};
use async_trait::async_trait;
use dynacdc_record::Malformed;
use dynacdc_sink::{Lane, SinkError, SubLane};
use dynacdc_source::{MalformedStore, OnMalformed, machine::Settings};
use std::{num::NonZeroU16, time::Duration};

struct Store;

#[async_trait]
impl MalformedStore for Store {
    async fn park(&self, _: &Lane, _: &Malformed) -> Result<(), SinkError> {
        Ok(())
    }
}

fn reading(change: impl FnOnce(Settings) -> Settings) -> Scene {
    let mut scene = Given::new().settings(change).scene();
    scene.begin(&[("a", None)]);
    scene.found("a");
    scene
}

#[test]
fn pages_that_come_while_a_write_is_in_flight_are_joined() {
    let mut scene = reading(|settings| settings);
    assert_eq!(scene.page("a", [101]), ["write a 101", "records a"]);
    assert_eq!(scene.page("a", [102]), ["records a"]);
    assert_eq!(scene.page("a", [103, 104]), ["records a"]);

    assert_eq!(scene.written("a", 1), ["save a 101", "write a 102,103,104"]);
}

#[test]
fn a_batch_has_its_limits() {
    let mut scene = reading(|settings| settings.with_batch_records(2));
    assert_eq!(scene.page("a", [101, 102, 103]), ["write a 101,102", "records a"]);
    assert_eq!(scene.written("a", 2), ["save a 102", "write a 103"]);

    let mut scene = reading(|settings| settings.with_batch_bytes(1200));
    assert_eq!(scene.page("a", [101, 102, 103]), ["write a 101,102", "records a"]);

    let mut scene = reading(|settings| settings.with_batch_bytes(10));
    assert_eq!(scene.page("a", [101, 102]), ["write a 101", "records a"], "a large record is a batch of its own");
}

#[test]
fn a_batch_that_is_not_full_lingers() {
    let linger = Duration::from_millis(500);
    let mut scene = reading(|settings| settings.with_linger(linger).with_batch_records(3));
    assert_eq!(scene.page("a", [101]), ["records a"]);
    scene.pass(Duration::from_millis(400));
    assert_eq!(scene.page("a", [102]), ["records a"]);
    assert_eq!(scene.pass(Duration::from_millis(100)), ["write a 101,102"], "since the first record");
    scene.written("a", 2);
    assert_eq!(scene.page("a", [103, 104, 105]), ["write a 103,104,105", "records a"], "full");
    scene.written("a", 3);

    assert!(scene.last_page("a", [106]).contains(&"write a 106".to_owned()), "nothing more will come");
}

#[test]
fn what_was_not_settled_is_joined_with_what_came_since() {
    let mut scene = reading(|settings| settings);
    scene.page("a", [101, 102]);
    scene.page("a", [103]);
    assert_eq!(scene.write_err("a", 1, dynacdc_sink::Class::Transient), ["save a 101"]);

    assert_eq!(scene.wake(), ["write a 102,103"]);
}

#[test]
fn a_malformed_record_parts_what_is_before_from_what_is_behind() {
    let mut scene = reading(|settings| settings.with_on_malformed(OnMalformed::park(Store)));
    assert_eq!(scene.page("a", [101, 0, 102]), ["write a 101", "records a"]);
    assert_eq!(scene.written("a", 1), ["save a 101", "park a"]);
    assert!(scene.parked("a", Err(SinkError::transient("later"))).is_empty());
    assert_eq!(scene.wake(), ["park a"]);

    let acts = scene.parked("a", Ok(()));
    assert_eq!(acts, ["write a 102"]);
}

#[test]
fn a_malformed_record_counts_for_what_it_takes_to_hold_it() {
    let mut scene = reading(|settings| settings.with_on_malformed(OnMalformed::park(Store)));
    let page = decoded([(0, 0, scene.now.time, 1)]);
    scene.page_with("a", page);

    assert_eq!(scene.health["a"].unsettled_bytes, 512);
}

#[test]
fn a_batch_may_wait_for_ever() {
    let mut scene = reading(|settings| settings.with_linger(Duration::MAX));

    assert_eq!(scene.page("a", [101]), ["records a"]);
    assert!(!scene.pass(Duration::from_secs(86_400)).iter().any(|act| act.starts_with("write")));
}

#[test]
fn the_poller_stops_at_a_malformed_record_when_all_before_is_settled() {
    let mut scene = reading(|settings| settings);
    assert_eq!(scene.page("a", [101, 0, 102]), ["write a 101", "records a"]);

    assert_eq!(scene.written("a", 1), ["save a 101"]);
    assert_eq!(scene.saved("a"), ["failed shard a: delivery stopped"]);
}

fn parts(of: u16, numbers: &[u64]) -> Scene {
    let mut scene = Given::new().settings(|settings| settings.with_sub_lanes(NonZeroU16::new(of).unwrap())).scene();
    assert_eq!(scene.begin(&[("a", None)]), ["save a begun", "iterator a horizon"]);
    scene.found("a");
    assert_eq!(scene.page("a", numbers.iter().copied()), ["records a"], "the number of sub-lanes is not saved");
    scene
}

#[test]
fn sub_lanes_settle_out_of_order_and_the_position_waits() {
    let mut scene = parts(2, &[101, 102, 103, 104]);
    // By FNV-1a of `pk:S:101` and so on: fixed for ever.
    assert_eq!(scene.saved("a"), ["write a[0/2] 102,104", "write a[1/2] 101,103"]);

    assert!(scene.part_written("a", 0, 2, 2).is_empty(), "101 is not settled");
    assert_eq!(scene.part_written("a", 1, 2, 1), ["save a 102"]);
    assert_eq!(scene.wake(), ["write a[1/2] 103"]);
}

#[test]
fn a_malformed_record_is_a_barrier_for_all_sub_lanes() {
    let of = NonZeroU16::new(2).unwrap();
    let change = |settings: Settings| settings.with_sub_lanes(of).with_on_malformed(OnMalformed::park(Store));
    let mut scene = Given::new().settings(change).scene();
    scene.begin(&[("a", None)]);
    scene.saved("a");
    scene.found("a");
    let time = scene.now.time;
    let page = decoded([101, 102, 0, 103, 104].map(|number| (number, number, time, 100)));
    assert_eq!(scene.page_with("a", page), ["write a[0/2] 102", "write a[1/2] 101", "records a"]);
    assert_eq!(scene.part_written("a", 1, 2, 1), ["save a 101"]);
    assert_eq!(scene.part_written("a", 0, 2, 1), ["park a"]);

    let lane = Lane::ordered_part(arn(), "a", SubLane::WHOLE);
    let input = dynacdc_source::machine::Input::Parked { lane, result: Ok(()) };
    assert_eq!(scene.tell(input), ["write a[0/2] 104", "write a[1/2] 103"]);
}
