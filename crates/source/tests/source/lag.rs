//! How far behind a poller says that it is.

use crate::{
    scene::{Running, Scene, pass, seconds_from_begin},
    script::Entry::Record,
};
use dynacdc_sink::Class;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

fn age(running: &Running) -> Option<u64> {
    running.health.report().shards[0].record_age.map(|age| age.as_secs())
}

async fn stored_20_hours_ago() -> Scene {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    let running = scene.start();
    scene.until_applied(101).await;
    running.stop().await.unwrap();
    scene.script.put("a", (0..5).map(|hour| Record(102 + hour, seconds_from_begin(3_600 * (1 + hour.cast_signed())))));
    pass(20 * HOUR).await;
    scene
}

#[tokio::test(start_paused = true)]
async fn a_backlog_counts_before_anything_of_it_is_settled() {
    let scene = stored_20_hours_ago().await;
    scene.target.fail(102, usize::MAX, Class::Transient);
    let running = scene.start();

    pass(Duration::from_secs(10)).await;

    let of_the_oldest = 19 * 3_600;
    assert!(age(&running).is_some_and(|age| (of_the_oldest..of_the_oldest + 60).contains(&age)), "{:?}", age(&running));
    running.crash().await;
}

#[tokio::test(start_paused = true)]
async fn a_position_counts_before_anything_is_read() {
    let scene = stored_20_hours_ago().await;
    scene.script.hang("records a");
    let running = scene.start();

    pass(Duration::from_secs(10)).await;

    let stored = 20 * 3_600;
    assert!(age(&running).is_some_and(|age| (stored..stored + 60).contains(&age)), "{:?}", age(&running));
    running.crash().await;
}

#[tokio::test(start_paused = true)]
async fn one_new_record_of_an_idle_shard_is_as_old_as_it_is() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]);
    let running = scene.start_as(scene.builder().idle(Duration::from_secs(10)));
    scene.until_applied(101).await;
    pass(5 * HOUR).await;
    assert_eq!(age(&running), Some(0));

    scene.target.fail(102, usize::MAX, Class::Transient);
    scene.script.records("a", [102]);
    pass(Duration::from_secs(30)).await;

    assert!(age(&running).is_some_and(|age| (29..=31).contains(&age)), "{:?}", age(&running));
    running.crash().await;
}

#[tokio::test(start_paused = true)]
async fn a_backlog_counts_while_it_is_read() {
    let scene = stored_20_hours_ago().await;
    scene.script.takes("records a", Duration::from_secs(20));
    let running = scene.start();
    scene.until_applied(104).await;
    pass(Duration::from_secs(10)).await;

    // The next page is on its way, and nothing is unsettled.
    let of_the_newest = 17 * 3_600;
    assert!(age(&running).is_some_and(|age| (of_the_newest..of_the_newest + 60).contains(&age)), "{:?}", age(&running));
    running.crash().await;
}
