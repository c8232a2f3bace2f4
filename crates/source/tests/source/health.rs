//! What a poller tells of itself.

use crate::scene::{Scene, pass};
use dynacdc_sink::Class;
use dynacdc_source::{Health, Phase, Readiness, ShardReport, ShardState, StreamsErrorKind};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn shard(health: &Health, id: &str) -> ShardReport {
    let report = health.report();
    report.shards.into_iter().find(|shard| shard.id.as_str() == id).unwrap_or_else(|| panic!("no shard {id}"))
}

#[tokio::test(start_paused = true)]
async fn a_poller_is_ready_from_its_first_listing_until_it_ends() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let poller = scene.builder().build();
    let health = poller.health();
    assert_eq!((health.readiness(MINUTE), health.report().phase), (Readiness::Starting, Phase::New));
    drop(poller);

    let running = scene.start();
    let health = running.health.clone();
    assert_eq!(health.readiness(MINUTE), Readiness::Starting);
    for _ in 0..10 {
        pass(MINUTE).await;
        assert_eq!(health.readiness(MINUTE), Readiness::Ready, "an idle stream is no stalled one");
    }
    running.stop().await.unwrap();
    assert_eq!((health.readiness(MINUTE), health.report().phase), (Readiness::Ended, Phase::Ended));

    let running = scene.start();
    let health = running.health.clone();
    pass(MINUTE).await;
    running.crash().await;
    assert_eq!(health.readiness(MINUTE), Readiness::Ended);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_is_not_read_is_named() {
    for call in ["records b", "iterator b"] {
        for hangs in [true, false] {
            let scene = Scene::new();
            scene.script.shard("a", None).shard("b", None).shard("c", Some("b"));
            match hangs {
                true => scene.script.hang(call),
                false => scene.script.fail_always(call, StreamsErrorKind::Throttled),
            };
            let running = scene.start();
            pass(MINUTE / 2).await;
            // Without its first iterator it has not begun.
            let early = if call == "iterator b" { Readiness::Starting } else { Readiness::Ready };
            assert_eq!(running.health.readiness(MINUTE), early, "{call}: not for long yet");

            pass(MINUTE).await;

            let readiness = running.health.readiness(MINUTE);
            let Readiness::Unread { shard, since, .. } = &readiness else { panic!("{call}: {readiness:?}") };
            assert_eq!(shard.as_str(), "b", "{call}");
            assert!((85..=90).contains(&since.as_secs()), "{call}: {since:?}");
            assert!(readiness.to_string().starts_with("shard b was not read for "), "{readiness}");
            running.stop().await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn shards_that_are_not_listed_are_told() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let running = scene.start();
    pass(MINUTE / 2).await;
    scene.script.hang("describe");

    pass(MINUTE).await;
    assert!(running.health.readiness(MINUTE).is_ready());
    pass(MINUTE).await;
    assert!(matches!(running.health.readiness(MINUTE), Readiness::Unlisted { .. }));
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_hangs_is_not_ready() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let poller = scene.builder().build();
    let health = poller.health();
    let mut run = Box::pin(poller.run(scene.target.clone(), std::future::pending()));
    tokio::select! {
        _ = &mut run => panic!("it ends"),
        () = pass(MINUTE) => {}
    }
    assert!(health.readiness(MINUTE).is_ready());

    // Nobody polls the future.
    pass(2 * MINUTE).await;

    assert!(matches!(health.readiness(MINUTE), Readiness::Unread { .. }), "{:?}", health.readiness(MINUTE));
    drop(run);
}

#[tokio::test(start_paused = true)]
async fn a_shard_tells_how_far_it_is() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=107).shard("c", Some("a"));
    scene.target.fail(104, usize::MAX, Class::Transient);
    let running = scene.start();
    scene.until_applied(103).await;
    pass(MINUTE).await;

    let a = shard(&running.health, "a");
    assert_eq!(a.health.settled.map(|number| number.to_string()).as_deref(), Some("103"));
    assert_eq!((a.health.state, a.health.unsettled_records), (ShardState::Retrying, 4));
    assert!(a.health.unsettled_bytes > 0);
    assert_eq!(a.record_age.map(|age| age.as_secs()), Some(60), "the records are as old as the scene");
    assert!(a.polled_ago.is_some_and(|ago| ago < Duration::from_secs(1)), "{:?}", a.polled_ago);
    assert_eq!(shard(&running.health, "c").health.state, ShardState::Waiting);
    assert_eq!(running.health.report().totals.records, 3);

    scene.target.mend();
    scene.until_applied(107).await;
    pass(MINUTE).await;
    let a = shard(&running.health, "a");
    assert_eq!((a.health.unsettled_records, a.health.unsettled_bytes), (0, 0));
    assert_eq!(a.record_age, Some(Duration::ZERO), "it is at its tip, however old that is");

    scene.script.end("a");
    pass(MINUTE).await;
    assert_eq!(shard(&running.health, "a").health.state, ShardState::Finished);
    assert_eq!(shard(&running.health, "c").health.state, ShardState::Reading);
    assert_eq!(running.health.report().totals.finished_shards, 1);
    running.stop().await.unwrap();
}
