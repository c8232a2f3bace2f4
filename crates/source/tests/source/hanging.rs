//! Calls that are never answered, as those of a connection that was dropped without a word.

use crate::scene::{Scene, pass};
use dynacdc_source::ShardState;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const CALL: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_save_that_is_never_answered_is_told_and_made_again() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    scene.store.hang_saves(3);
    let running = scene.start();
    scene.until_applied(101).await;
    pass(MINUTE * 3 / 2).await;

    let readiness = running.health.readiness(MINUTE);
    assert!(!readiness.is_ready());
    assert!(readiness.to_string().starts_with("the position of shard a was not stored for "), "{readiness}");
    assert_eq!(running.health.report().shards[0].health.state, ShardState::Unsaved);

    pass(MINUTE * 2).await;
    assert_eq!(scene.stored().await["a"], "101");
    assert!(running.health.readiness(MINUTE).is_ready());
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_save_that_fails_for_long_is_told() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    scene.store.fail_saves([dynacdc_source::CheckpointErrorKind::Unavailable; 100]);
    let running = scene.start();
    scene.until_applied(101).await;

    pass(MINUTE / 2).await;
    assert!(running.health.readiness(MINUTE).is_ready());
    pass(MINUTE).await;
    assert!(!running.health.readiness(MINUTE).is_ready());
    running.crash().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_of_the_service_that_is_never_answered_is_made_again() {
    for call in ["describe", "iterator a", "records a"] {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", [101]).hang(call);
        let running = scene.start();
        pass(MINUTE / 2).await;
        scene.script.takes(call, CALL);
        assert!(scene.target.applied().is_empty(), "{call}");

        pass(MINUTE).await;

        assert_eq!(scene.target.applied(), [101], "{call}");
        running.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_listing_that_is_never_answered_is_made_again() {
    let scene = Scene::new();
    scene.script.shard("a", None);
    let running = scene.start();
    pass(MINUTE).await;
    scene.script.hang("describe");
    pass(MINUTE / 2).await;
    scene.script.takes("describe", CALL).shard("b", None).records("b", [201]);

    pass(MINUTE).await;

    assert_eq!(scene.target.applied(), [201]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_take_over_that_is_never_answered_is_made_again() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    scene.store.hang_take_overs(2);
    let running = scene.start();

    pass(MINUTE * 4).await;

    assert_eq!(scene.target.applied(), [101]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_latest_record_that_is_asked_for_in_vain_loses_nothing() {
    let scene = Scene::new();
    scene.script.shard("a", None).hang("iterator a");
    let running = scene.start_as(scene.builder().start(dynacdc_source::Start::Latest));
    pass(MINUTE / 2).await;
    scene.script.takes("iterator a", CALL).records("a", [101]);

    pass(MINUTE).await;

    assert_eq!(scene.target.applied(), [101]);
    assert_eq!(scene.journal.of("iterator"), ["iterator a Latest", "iterator a TrimHorizon"]);
    running.stop().await.unwrap();
}
