//! When a poller may be counted on: what is written from then on is not passed over.

use crate::scene::{Running, Scene, pass};
use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::SinkError;
use dynacdc_source::{Gap, GapHook, GapPolicy, Phase, Readiness, Start, StreamsErrorKind};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SLOW: Duration = Duration::from_secs(20);

fn latest(scene: &Scene) -> Running {
    scene.start_as(scene.builder().start(Start::Latest))
}

#[tokio::test(start_paused = true)]
async fn what_is_written_once_it_is_ready_is_delivered() {
    type Shards = fn(&Scene);
    let layouts: [(&str, Shards); 4] = [
        ("a root", |scene| {
            scene.script.shard("c", None);
        }),
        ("beside one that is read at once", |scene| {
            scene.script.shard("a", None).shard("c", None);
        }),
        ("behind one that is passed over", |scene| {
            scene.script.shard("a", None).shard("p", None).end("p").shard("c", Some("p"));
        }),
        ("behind one that is gone", |scene| {
            scene.script.shard("a", None).shard("c", Some("p")).takes("iterator p", SLOW / 2);
            scene.script.shard("p", None).hide("p").forget("p");
        }),
    ];
    for (layout, make) in layouts {
        let scene = Scene::new();
        make(&scene);
        scene.script.takes("iterator c", SLOW);
        let running = latest(&scene);
        pass(SLOW / 4).await;
        assert_eq!(running.health.readiness(MINUTE), Readiness::Starting, "{layout}");
        pass(SLOW / 2).await;
        assert_eq!(running.health.readiness(MINUTE), Readiness::Starting, "{layout}");

        while !running.health.readiness(MINUTE).is_ready() {
            pass(Duration::from_millis(1)).await;
        }
        scene.script.records("c", [301]);
        scene.until_applied(301).await;
        running.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_cannot_be_begun_is_never_ready() {
    for hangs in [true, false] {
        let scene = Scene::new();
        scene.script.shard("a", None).shard("b", None);
        match hangs {
            true => scene.script.hang("iterator b"),
            false => scene.script.fail_always("iterator b", StreamsErrorKind::Unavailable),
        };
        let running = latest(&scene);
        for _ in 0..100 {
            pass(Duration::from_secs(2)).await;
            assert!(!running.health.readiness(MINUTE).is_ready());
        }
        running.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_shard_does_not_put_it_back_to_starting() {
    let scene = Scene::new();
    scene.script.shard("a", None).takes("iterator b", SLOW);
    let running = latest(&scene);
    pass(MINUTE).await;
    scene.script.end("a").shard("b", Some("a"));

    for _ in 0..60 {
        pass(Duration::from_secs(1)).await;
        assert_eq!(running.health.readiness(MINUTE), Readiness::Ready);
    }
    assert_eq!(scene.journal.count("iterator b"), 1);
    running.stop().await.unwrap();
}

struct Hour;

#[async_trait]
impl GapHook for Hour {
    async fn mend(&self, _: &Gap) -> Result<(), SinkError> {
        pass(60 * MINUTE).await;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_gap_between_streams_that_is_being_mended_is_told() {
    let scene = Scene::new();
    let next = crate::script::ARN.replace("2026-01-01", "2026-01-02");
    scene.script.shard("a", None).end("a").disable().next_stream(StreamArn::parse(&next).unwrap());
    let running = scene.start_as(scene.builder().follow_table().on_gap(GapPolicy::resnapshot(Hour)));

    pass(30 * MINUTE).await;

    let health = &running.health;
    assert_eq!((health.readiness(MINUTE), health.report().phase), (Readiness::Mending, Phase::Mending));
    running.stop().await.unwrap();
}
