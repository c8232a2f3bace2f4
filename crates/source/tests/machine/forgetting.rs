//! Positions of shards that are gone.

use crate::scene::{Given, Scene, number};
use dynacdc_source::{Progress, machine::Input};
use std::time::Duration;

const HOUR: i64 = 3_600;

fn finished() -> Progress {
    Progress::Finished { last: Some(number(101)) }
}

fn forgets(scene: &mut Scene, listed: &[(&str, Option<&str>)]) -> bool {
    scene.acts();
    scene.listed(listed).contains(&"forget p".to_owned())
}

#[test]
fn a_finished_shard_is_forgotten_when_it_is_old_and_gone_and_its_children_are_stored() {
    let old = || Given::new().stored("p", finished(), 26 * HOUR);
    let with_child = |given: Given| given.stored("c", Progress::After(number(201)), 60).scene();
    let child = ("c", Some("p"));

    assert!(forgets(&mut with_child(old()), &[child]));
    assert!(!forgets(&mut with_child(old()), &[("p", None), child]), "it is listed");
    let young = Given::new().stored("p", finished(), 24 * HOUR);
    assert!(!forgets(&mut with_child(young), &[child]), "it is young");
    let open = Given::new().stored("p", Progress::After(number(101)), HOUR);
    assert!(!forgets(&mut with_child(open), &[child]), "it is not finished");
    let mut childless = Given::new()
        .settings(|settings| settings.with_on_gap(dynacdc_source::GapPolicy::Skip))
        .stored("p", finished(), 26 * HOUR)
        .scene();
    assert!(!forgets(&mut childless, &[child]), "its child is not stored");
}

#[test]
fn what_was_forgotten_and_is_listed_again_is_not_read_again() {
    let given = Given::new().stored("p", finished(), 26 * HOUR).stored("c", Progress::After(number(201)), 60);
    let mut scene = given.scene();
    assert!(forgets(&mut scene, &[("c", Some("p"))]));
    assert!(scene.tell(Input::Forgotten { shard: "p".into(), result: Ok(()) }).is_empty());
    assert_eq!(scene.pass(Duration::from_secs(10)), ["list"]);

    assert!(scene.listed(&[("p", None), ("c", Some("p"))]).is_empty());
}
