//! What fails: tried again, or the end with an error that names it.

use crate::scene::{Scene, pass};
use dynacdc_sink::Class;
use dynacdc_source::{DeliveryError, PollError, StreamsErrorKind};
use std::{error::Error, time::Duration};

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_tried_again_in_order() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=106).end("a").disable();
    scene.target.fail(102, 3, Class::Transient);
    scene.target.fail(105, 2, Class::Transient);

    let polled = scene.start().end().await.unwrap();

    assert_eq!(scene.target.applied(), [101, 102, 103, 104, 105, 106]);
    assert_eq!(polled.records, 6);
    // The first batch, and what is left once more after each failure, joined with what has been read in the meantime.
    let writes = ["write a 3", "write a 3", "write a 3", "write a 3", "write a 2", "write a 2", "write a 2"];
    assert_eq!(scene.journal.of("write"), writes);
}

#[tokio::test(start_paused = true)]
async fn a_failing_shard_does_not_hold_up_another() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]).shard("b", None).records("b", 201..=230);
    scene.target.fail(101, usize::MAX, Class::Transient);
    let running = scene.start();
    scene.until_applied(230).await;

    assert_eq!(scene.applied_of(101..=199), [0; 0]);
    // Nor does it try without a pause: with waits of up to 10 s drawn at random, some 12 in a minute.
    let before = scene.journal.count("write a");
    pass(Duration::from_secs(600)).await;
    let tries = scene.journal.count("write a") - before;
    assert!((20..600).contains(&tries), "{tries} tries in ten minutes");

    scene.target.mend();
    scene.until_applied(101).await;
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_does_not_return_does_not_hold_up_another_shard() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]).hang("records a").shard("b", None).records("b", 201..=210);
    let running = scene.start();

    scene.until_applied(210).await;
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fatal_error_stops_everything_and_names_shard_and_sink() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=105).shard("b", None).records("b", 201..=260);
    scene.target.takes(Duration::from_millis(10));
    scene.target.fail(105, 1, Class::Fatal);

    let error = scene.start().end().await.unwrap_err();

    assert_eq!(error.to_string(), "shard a: delivery stopped");
    let PollError::Delivery { shard, source } = error else { panic!("{error:?}") };
    assert_eq!(shard.as_str(), "a");
    assert!(source.to_string().contains(" a: sink `target` cannot go on"), "{source}");
    assert_eq!(source.source().map(ToString::to_string).as_deref(), Some("scripted"));
    assert!(matches!(*source, DeliveryError::Fatal { source: error, .. } if error.class() == Class::Fatal));
    // What was settled before is stored, of the other shard too, and its write in flight was finished.
    let stored = scene.stored().await;
    assert_eq!(stored["a"], "104");
    let last = scene.applied_of(201..=299).pop().unwrap();
    assert_eq!(stored["b"], last.to_string());
    assert!((203..260).contains(&last), "{last}");
    assert_eq!(scene.applied_of(101..=199), [101, 102, 103, 104]);
}

#[tokio::test(start_paused = true)]
async fn a_poison_record_stops_everything_and_is_named() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=105);
    scene.target.fail(102, usize::MAX, Class::Poison);

    let error = scene.start().end().await.unwrap_err();

    let PollError::Delivery { shard, source } = error else { panic!("{error:?}") };
    assert!(source.to_string().contains("can never write record 102"), "{source}");
    let DeliveryError::Poison { lane, sink, sequence_number, source } = *source else { panic!("{source:?}") };
    assert_eq!((shard.as_str(), lane.shard(), sink.as_str()), ("a", Some(&shard), "target"));
    assert_eq!((sequence_number.as_str(), source.class()), ("102", Class::Poison));
    assert_eq!(scene.stored().await["a"], "101");
    assert_eq!(scene.target.applied(), [101]);
}

#[tokio::test(start_paused = true)]
async fn the_error_that_stopped_the_poller_is_the_one_that_is_told() {
    // The write of the other shard is in flight and fails too, later.
    for (first, second) in [("a", "b"), ("b", "a")] {
        let scene = Scene::new();
        scene.script.shard(first, None).records(first, [101]).shard(second, None).records(second, [201, 202]);
        scene.target.takes(Duration::from_millis(10));
        scene.target.fail(101, 1, Class::Fatal);
        scene.target.fail(202, 1, Class::Poison);

        let error = scene.start().end().await.unwrap_err();

        assert_eq!(error.to_string(), format!("shard {first}: delivery stopped"));
        assert_eq!(scene.stored().await[second], "201");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_throttled_or_not_answered_are_made_again() {
    use StreamsErrorKind::{Throttled, Unavailable};
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=107).end("a").disable();
    for call in ["describe", "iterator a", "records a"] {
        scene.script.fail(call, [Throttled, Unavailable, Throttled, Throttled, Unavailable]);
    }

    let polled = scene.start().end().await.unwrap();

    assert_eq!(scene.target.applied(), (101..=107).collect::<Vec<_>>());
    assert!(polled.ended);
    assert_eq!(scene.journal.count("iterator a"), 6);
    assert_eq!(scene.journal.count("records a"), 5 + 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_stops_the_poller() {
    for call in ["describe", "iterator a", "records a"] {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", [101]).fail(call, [StreamsErrorKind::Refused]);

        let error = scene.start().end().await.unwrap_err();

        let PollError::Streams(error) = error else { panic!("{call}: {error:?}") };
        assert_eq!(error.kind(), StreamsErrorKind::Refused, "{call}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_refused_later_stops_the_poller_when_all_is_stored() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=104);
    let running = scene.start();
    scene.until_applied(104).await;

    scene.script.fail("describe", [StreamsErrorKind::Refused]);
    let error = running.end().await.unwrap_err();

    assert!(matches!(error, PollError::Streams(_)), "{error:?}");
    assert_eq!(scene.stored().await["a"], "104");
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_sink_stops_the_poller() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    scene.target.panics();

    let error = scene.start().end().await.unwrap_err();

    assert!(matches!(error, PollError::Panicked { .. }), "{error:?}");
    assert!(scene.stored().await.is_empty());
}
