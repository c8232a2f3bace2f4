//! Layers that look right, and the histories that show that they are not. The same check passes for the right ones.

use crate::{
    history::{Case, case},
    place,
    replica::World,
};
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, BoxSink, Outcome, Part, Reason, Report, RouteRule, Sink, SinkError, SinkExt, Slots, route};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Fails if no history of many tells the sink from a right one. The seed is fixed.
fn shown_wrong(check: impl Fn(&Case) -> Result<(), String>) {
    let config = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let found = runner.run(&case(), |case| check(&case).map_err(TestCaseError::fail));
    assert!(matches!(found, Err(TestError::Fail(..))), "no history shows it: {found:?}");
}

/// Fails, and shows it, if a history does not hold. `PROPTEST_CASES` is how many are tried.
fn shown_right(check: impl Fn(&Case) -> Result<(), String>) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let found = TestRunner::new(config).run(&case(), |case| check(&case).map_err(TestCaseError::fail));
    if let Err(found) = found {
        panic!("{found}");
    }
}

/// A sink that hands down what a function makes of each record, all at once.
struct AtOnce {
    make: fn(&ChangeRecord) -> Vec<(usize, ChangeRecord)>,
    branches: Vec<BoxSink>,
}

#[async_trait]
impl Sink for AtOnce {
    fn name(&self) -> &str {
        "at once"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut slots = Slots::new(self.order(), batch);
        let mut parts = vec![Part::new(batch); self.branches.len()];
        for (at, record) in batch.records().iter().enumerate() {
            let made = (self.make)(record);
            if made.is_empty() {
                slots.put(at, Outcome::Skipped(Reason::Filtered));
            }
            for (to, record) in made {
                parts[to].push(at, record);
            }
        }
        for (part, branch) in parts.iter().zip(&self.branches).filter(|(part, _)| !part.is_empty()) {
            slots.place(part, branch.write(part.batch()).await);
        }
        slots.finish()
    }
}

fn filter_by_new_image(record: &ChangeRecord) -> Vec<(usize, ChangeRecord)> {
    let image = record.new_image().or(record.old_image());
    image.filter(|image| place::is_inside(*image)).map(|_| (0, record.clone())).into_iter().collect()
}

fn one_to_one(record: &ChangeRecord) -> Vec<(usize, ChangeRecord)> {
    let map = |image| place::keyed(image, record.key()).unwrap();
    let (old, new) = (record.old_image().map(map), record.new_image().map(map));
    let key = &new.as_ref().or(old.as_ref()).unwrap().key;
    let derived = record.derive(key, old.as_ref().map(|old| &old.item), new.as_ref().map(|new| &new.item));
    vec![(0, derived.unwrap())]
}

fn halves_at_once(record: &ChangeRecord) -> Vec<(usize, ChangeRecord)> {
    let map = |image| place::keyed(image, record.key()).unwrap();
    match (record.old_image().map(map), record.new_image().map(map)) {
        (Some(old), Some(new)) if old.key != new.key => {
            let there = record.derive(&old.key, Some(&old.item), None).unwrap().leaving();
            let here = record.derive(&new.key, None, Some(&new.item)).unwrap().entering().with_part(1);
            vec![(0, there), (0, here)]
        }
        _ => one_to_one(record),
    }
}

fn branches_at_once(record: &ChangeRecord) -> Vec<(usize, ChangeRecord)> {
    let to = |image: Option<_>| image.and_then(place::branch).map(|name| usize::from(name == "right"));
    let (is_modify, old, new) = (record.old_image().is_some(), to(record.old_image()), to(record.new_image()));
    match (old, new) {
        (Some(old), Some(new)) if old == new => vec![(new, record.clone())],
        (Some(old), Some(new)) => vec![(old, record.leaving()), (new, record.entering().with_part(1))],
        (Some(old), None) => vec![(old, record.leaving())],
        (None, Some(new)) if is_modify => vec![(new, record.entering())],
        (None, new) => new.map(|new| (new, record.clone())).into_iter().collect(),
    }
}

fn copy(make: fn(&ChangeRecord) -> Vec<(usize, ChangeRecord)>) -> impl Fn(&World) -> BoxSink {
    move |world| AtOnce { make, branches: vec![world.replica("copy").boxed()] }.boxed()
}

fn two(world: &World) -> Vec<BoxSink> {
    ["left", "right"].map(|name| world.replica(name).boxed()).into()
}

#[test]
fn a_filtered_replica_is_the_filtered_table() {
    shown_right(|case| {
        case.check(|world| world.replica("copy").filter_items(place::is_inside).boxed(), place::filtered)
    });
}

#[test]
fn a_filter_by_the_new_image_only_is_wrong() {
    shown_wrong(|case| case.check(copy(filter_by_new_image), place::filtered));
}

#[test]
fn a_mapped_replica_is_the_mapped_table() {
    shown_right(|case| case.check(|world| world.replica("copy").map(place::keyed).boxed(), place::mapped));
}

#[test]
fn a_map_of_one_record_to_one_is_wrong() {
    shown_wrong(|case| case.check(copy(one_to_one), place::mapped));
}

#[test]
fn both_halves_of_a_move_at_once_are_wrong() {
    shown_wrong(|case| case.check(copy(halves_at_once), place::mapped));
}

#[test]
fn places_that_items_share_see_the_changes_in_order() {
    let stack = |world: &World| world.replica("copy").map(place::only).boxed();
    shown_right(|case| case.check_step_by_step(stack, place::shared));
}

#[test]
fn routed_replicas_are_the_table_in_parts() {
    let stack = |world: &World| {
        let branches = ["left", "right"].into_iter().zip(two(world));
        route(branches, RouteRule::items(place::branch)).boxed()
    };
    shown_right(|case| case.check(stack, place::routed));
}

#[test]
fn a_route_to_all_branches_at_once_is_wrong() {
    let stack = |world: &World| AtOnce { make: branches_at_once, branches: two(world) }.boxed();
    shown_wrong(|case| case.check(stack, place::routed));
}

#[test]
fn a_route_by_records_keeps_no_state() {
    let stack = |world: &World| {
        let choose = |record: &ChangeRecord| record.new_image().or(record.old_image()).and_then(place::branch);
        route(["left", "right"].into_iter().zip(two(world)), RouteRule::records(choose)).boxed()
    };
    shown_wrong(|case| case.check(stack, place::routed));
}

#[test]
fn layers_stand_on_each_other() {
    let stack = |world: &World| {
        world
            .replica("copy")
            .filter_items(|image| image.contains("at"))
            .map(place::keyed)
            .filter_items(place::is_inside)
            .boxed()
    };
    shown_right(|case| case.check(stack, |id, item| (item.0 < 2).then(|| place::mapped(id, item)).flatten()));
}
