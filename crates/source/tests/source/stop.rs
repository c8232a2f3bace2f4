//! Stopping, and doing nothing in the meantime.

use crate::scene::{Scene, pass};
use dynacdc_sink::Class;
use dynacdc_source::StreamsErrorKind;
use std::time::Duration;
use tokio::time::Instant;

/// Less than any wait of the poller.
const AT_ONCE: Duration = Duration::from_millis(5);

#[tokio::test(start_paused = true)]
async fn it_stops_at_once_whatever_it_waits_for() {
    type Trouble = fn(&Scene);
    let troubles: [(&str, Trouble); 8] = [
        ("nothing new", |_| {}),
        ("a sink that fails", |scene| scene.target.fail(101, usize::MAX, Class::Transient)),
        ("an iterator that is throttled", |scene| {
            scene.script.fail_always("iterator a", StreamsErrorKind::Throttled);
        }),
        ("records that are throttled", |scene| {
            scene.script.fail_always("records a", StreamsErrorKind::Throttled);
        }),
        ("records that do not come", |scene| {
            scene.script.hang("records a");
        }),
        ("a first listing that is throttled", |scene| {
            scene.script.fail_always("describe", StreamsErrorKind::Throttled);
        }),
        ("a first listing that does not come", |scene| {
            scene.script.hang("describe");
        }),
        ("an iterator that does not come", |scene| {
            scene.script.hang("iterator a");
        }),
    ];
    for (trouble, make) in troubles {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", [101]);
        make(&scene);
        // A call that does not come is not given up.
        let running = scene.start_as(scene.builder().call_timeout(Duration::from_secs(3_600)));
        pass(Duration::from_secs(120)).await;

        let before = Instant::now();
        let polled = running.stop().await.unwrap();

        assert!(before.elapsed() < AT_ONCE, "{trouble}: {:?}", before.elapsed());
        assert!(!polled.ended, "{trouble}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_stops_at_once_while_a_later_listing_waits() {
    for hangs in [false, true] {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", [101]);
        let running = scene.start_as(scene.builder().call_timeout(Duration::from_secs(3_600)));
        scene.until_applied(101).await;
        if hangs {
            scene.script.hang("describe");
        } else {
            scene.script.fail_always("describe", StreamsErrorKind::Throttled);
        }
        pass(Duration::from_secs(120)).await;

        let before = Instant::now();
        let polled = running.stop().await.unwrap();

        assert!(before.elapsed() < AT_ONCE, "{:?}", before.elapsed());
        assert_eq!(polled.records, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_in_flight_is_finished_and_stored_and_nothing_is_begun() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=109);
    scene.target.takes(Duration::from_secs(10));
    let running = scene.start();
    scene.until_applied(101).await;
    let read = scene.journal.count("records");

    let polled = running.stop().await.unwrap();

    assert_eq!(scene.target.applied(), [101, 102, 103]);
    assert_eq!(scene.stored().await["a"], "103");
    assert_eq!(polled.records, 3);
    assert_eq!(scene.journal.count("write"), 1);
    assert_eq!(scene.journal.count("records"), read);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_takes_longer_than_the_drain_is_given_up() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=103).shard("b", None).records("b", [201]);
    scene.target.takes(Duration::from_secs(10));
    let running = scene.start_as(scene.builder().drain(Duration::from_secs(15)));
    scene.until_applied(201).await;

    let before = Instant::now();
    let polled = running.stop().await.unwrap();

    assert_eq!(before.elapsed().as_secs(), 15);
    assert_eq!((polled.records, scene.stored().await.get("b").map(String::as_str)), (1, Some("201")));
    assert_eq!(scene.stored().await.get("a"), None);
}

#[tokio::test(start_paused = true)]
async fn what_a_write_in_flight_did_not_settle_is_not_tried_again() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=103);
    scene.target.takes(Duration::from_secs(10));
    scene.target.fail(102, 1, Class::Transient);
    let running = scene.start();
    scene.until_applied(101).await;

    let polled = running.stop().await.unwrap();

    assert_eq!((polled.records, scene.journal.count("write")), (1, 1));
    assert_eq!(scene.stored().await["a"], "101");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_comes_with_the_stop_is_left() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=103);
    scene.script.takes("records a", Duration::from_secs(10));
    let running = scene.start();
    pass(Duration::from_secs(5)).await;
    assert_eq!(scene.journal.count("records a"), 1);

    let task = running.ask_to_stop();
    // The answer is there before anyone has looked.
    tokio::time::advance(Duration::from_secs(10)).await;
    let polled = task.await.unwrap().unwrap();

    assert_eq!((polled.records, scene.journal.count("write")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_write_in_flight_is_told_though_the_poller_was_stopped() {
    for failing in [101, 102] {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", 101..=103);
        scene.target.takes(Duration::from_secs(10));
        scene.target.fail(failing, 1, Class::Fatal);
        let running = scene.start_as(scene.builder().drain(Duration::from_secs(60)));
        scene.target.until_begun(1).await;

        let error = running.stop().await.unwrap_err();

        assert_eq!(error.to_string(), "shard a: delivery stopped", "{failing}");
        assert_eq!(scene.journal.count("write"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_poller_that_is_stopped_before_it_starts_does_nothing() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);

    let polled = scene.builder().build().run(scene.target.clone(), async {}).await.unwrap();

    assert_eq!(polled.records, 0);
    assert!(scene.journal.lines().is_empty(), "{:?}", scene.journal.lines());
}

#[tokio::test(start_paused = true)]
async fn idle_shards_are_looked_at_four_times_a_second() {
    let scene = Scene::new();
    scene.script.shard("a", None).shard("b", None).records("b", [201]);
    let running = scene.start();
    scene.until_applied(201).await;
    scene.journal.clear();

    pass(Duration::from_secs(60)).await;

    let calls = ["records a", "records b"].map(|call| scene.journal.count(call));
    assert!(calls.iter().all(|calls| (230..=245).contains(calls)), "{calls:?} in a minute");
    assert_eq!(scene.journal.count("iterator"), 0);
    assert_eq!(scene.journal.count("saved"), 0);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_wait_after_an_empty_page_can_be_set() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let running = scene.start_as(scene.builder().idle(Duration::from_secs(6)));

    pass(Duration::from_secs(60)).await;

    let calls = scene.journal.count("records a");
    assert!((9..=16).contains(&calls), "{calls} in a minute");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_failure_is_answered_without_a_pause() {
    use StreamsErrorKind::{IteratorExpired, Throttled, Trimmed, Unavailable};
    for call in ["describe", "iterator a", "records a"] {
        for kind in [IteratorExpired, Throttled, Trimmed, Unavailable] {
            if call == "describe" && !kind.is_transient() {
                continue;
            }
            let scene = Scene::new();
            scene.script.shard("a", None).records("a", [101]).fail_always(call, kind);
            let running = scene.start();

            pass(Duration::from_secs(600)).await;

            let calls = scene.journal.count(call);
            assert!((20..600).contains(&calls), "{calls} of {call} in ten minutes of {kind:?}");
            running.stop().await.unwrap();
        }
    }
}
