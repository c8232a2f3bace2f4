//! Bytes that are read and not settled.

use crate::scene::{Given, Scene, decoded};

const PAGE: usize = 1 << 20;

/// A page of one record of so many kilobytes.
fn large(scene: &mut Scene, id: &str, number: u64, kilobytes: usize) -> Vec<String> {
    let page = decoded([(number, number, scene.now.time, kilobytes << 10)]);
    scene.page_with(id, page)
}

fn reading(shards: &[&str], pages: usize) -> Scene {
    let mut scene = Given::new().settings(|settings| settings.with_byte_budget(pages * PAGE)).scene();
    let listed: Vec<_> = shards.iter().map(|id| (*id, None)).collect();
    scene.begin(&listed);
    for id in shards {
        assert_eq!(scene.found(id), [format!("records {id}")]);
    }
    scene
}

#[test]
fn a_page_is_set_aside_before_it_is_read() {
    let mut scene = reading(&["a"], 3);
    assert_eq!(large(&mut scene, "a", 101, 1024), ["write a 101", "records a"]);
    assert_eq!(large(&mut scene, "a", 102, 1024), ["records a"], "one page is left");
    assert!(large(&mut scene, "a", 103, 1).is_empty(), "less than a page is left");
    assert_eq!(scene.health["a"].state.as_str(), "full");
    assert_eq!(scene.health["a"].unsettled_bytes, 2 * PAGE + 1024);

    let acts = scene.written("a", 1);
    assert_eq!(acts, ["save a 101", "write a 102,103", "records a"]);
}

#[test]
fn a_shard_that_is_stuck_takes_no_more_than_its_share() {
    let mut scene = reading(&["a", "b"], 4);
    assert_eq!(large(&mut scene, "a", 101, 1024), ["write a 101", "records a"]);
    assert!(large(&mut scene, "a", 102, 1024).is_empty(), "two of four");

    assert_eq!(large(&mut scene, "b", 201, 1024), ["write b 201", "records b"]);
    assert!(large(&mut scene, "b", 202, 1024).is_empty());
}

#[test]
fn with_more_shards_than_pages_each_has_one() {
    let mut scene = reading(&["a", "b", "c"], 1);
    for (id, number) in [("a", 101), ("b", 201), ("c", 301)] {
        assert_eq!(large(&mut scene, id, number, 512), [format!("write {id} {number}")]);
    }

    assert_eq!(scene.written("b", 1), ["save b 201", "records b"]);
}

#[test]
fn a_shard_that_begins_while_another_is_stuck_can_read() {
    let mut scene = reading(&["a"], 2);
    large(&mut scene, "a", 101, 1024);
    large(&mut scene, "a", 102, 1024);
    scene.pass(std::time::Duration::from_secs(10));
    scene.listed(&[("a", None), ("b", None)]);

    assert_eq!(scene.found("b"), ["records b"]);
    assert_eq!(large(&mut scene, "b", 201, 1024), ["write b 201"], "and no more than one page");
}

#[test]
fn those_who_wait_are_served_in_turn() {
    let mut scene = reading(&["a", "b", "c"], 9);
    // They hold two pages each and a bit, and have a third one set aside.
    for (id, first) in [("a", 100), ("b", 200), ("c", 300)] {
        for number in 1..=2 {
            large(&mut scene, id, first + number, if id == "b" { 1023 } else { 1024 });
        }
    }
    // All nine are taken: whoever is answered by less holds less than its share, and goes on.
    assert_eq!(large(&mut scene, "b", 203, 0), ["records b"]);
    assert_eq!(large(&mut scene, "c", 303, 1024), Vec::<String>::new());
    assert_eq!(scene.written("c", 1), ["save c 301", "write c 302,303", "records c"]);
}

#[test]
fn an_error_gives_the_page_back() {
    let mut scene = reading(&["a"], 1);
    for _ in 0..5 {
        scene.records_err("a", dynacdc_source::StreamsErrorKind::Throttled);
        while !scene.wake().contains(&"records a".to_owned()) {}
    }

    assert_eq!(large(&mut scene, "a", 101, 1), ["write a 101"]);
    assert_eq!(scene.written("a", 1), ["save a 101", "records a"]);
}

#[test]
fn a_record_counts_for_what_it_takes_to_hold_it() {
    for told in [0, 18, 511] {
        let mut scene = reading(&["a"], 1);
        let page = decoded([(101, 101, scene.now.time, told), (102, 102, scene.now.time, told)]);
        scene.page_with("a", page);

        assert_eq!(scene.health["a"].unsettled_bytes, 2 * 512, "{told}");
    }
}
