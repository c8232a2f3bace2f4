//! Positions: stored only for what is settled, and read on from there.

use crate::scene::{Scene, arn, pass};
use chrono::Utc;
use dynacdc_sink::{Class, ShardId};
use dynacdc_source::{Beginning, Checkpoint, CheckpointErrorKind, CheckpointStore, PollError, Progress, Start};
use std::{num::NonZeroU16, time::Duration};

#[tokio::test(start_paused = true)]
async fn a_position_is_stored_only_for_what_is_settled() {
    for failing in 101..=107 {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", 101..=107).end("a").disable();
        scene.target.fail(failing, usize::MAX, Class::Transient);
        let running = scene.start();
        pass(Duration::from_secs(60)).await;
        running.crash().await;

        let stored = scene.stored().await;
        let expected = (failing > 101).then(|| (failing - 1).to_string());
        assert_eq!(stored.get("a"), expected.as_ref(), "{failing} fails");

        // Nothing is lost, and only what is behind the stored position may come again.
        let before = scene.target.applied();
        assert_eq!(before, (101..failing).collect::<Vec<_>>());
        scene.target.mend();
        scene.start().end().await.unwrap();
        assert_eq!(scene.target.applied()[before.len()..], (failing..=107).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_time_loses_nothing_and_repeats_what_was_not_stored() {
    let mut repeated = 0;
    for millis in 1..100 {
        let scene = Scene::new();
        scene.script.shard("p", None).records("p", 101..=105).end("p");
        scene.script.shard("c", Some("p")).records("c", 201..=204).end("c").disable();
        scene.target.takes(Duration::from_millis(5));
        let running = scene.start();
        pass(Duration::from_millis(millis)).await;
        if running.has_ended() {
            break;
        }
        running.crash().await;
        let (before, stored) = (scene.target.applied(), scene.stored().await);
        let last_stored: u64 = match (stored.get("p").map(String::as_str), stored.get("c")) {
            (_, Some(number)) => number.parse().unwrap_or(204),
            (Some("finished"), None) => 105,
            (Some(number), None) => number.parse().unwrap(),
            (None, None) => 100,
        };
        assert!(last_stored == 100 || before.contains(&last_stored), "{last_stored} is stored of {before:?}");

        scene.start().end().await.unwrap();

        let after = scene.target.applied()[before.len()..].to_vec();
        let all = (101..=105).chain(201..=204);
        assert_eq!(after, all.filter(|number| *number > last_stored).collect::<Vec<_>>(), "crash at {millis} ms");
        repeated += after.iter().filter(|number| before.contains(number)).count();
    }
    assert!(repeated > 0, "no crash was within a write");
}

#[tokio::test(start_paused = true)]
async fn records_that_were_written_but_not_stored_come_again() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=107).end("a").disable();
    // That it was begun, and its first page.
    scene.store.saves_left(2);

    let error = scene.start().end().await.unwrap_err();

    assert!(matches!(error, PollError::Checkpoint(_)), "{error:?}");
    assert_eq!(scene.stored().await["a"], "103");
    let before = scene.target.applied();
    assert_eq!(before[..6], [101, 102, 103, 104, 105, 106]);
    scene.store.saves_left(usize::MAX);
    scene.start().end().await.unwrap();
    assert_eq!(scene.target.applied()[before.len()..], [104, 105, 106, 107]);
}

#[tokio::test(start_paused = true)]
async fn positions_follow_their_records() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=104).end("a").disable();

    scene.start().end().await.unwrap();

    let journal = &scene.journal;
    assert!(journal.first("applied 103") < journal.first("saved a 103"));
    assert!(journal.first("applied 104") < journal.first("saved a finished"));
    let saved = journal.of("saved");
    assert!(
        saved == ["saved a 103", "saved a finished"] || saved == ["saved a 103", "saved a 104", "saved a finished"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_finished_shard_is_not_read_again() {
    let scene = Scene::new();
    scene.script.shard("p", None).records("p", [101]).end("p").shard("c", Some("p")).records("c", [201]);
    let running = scene.start();
    scene.until_applied(201).await;
    running.stop().await.unwrap();
    scene.journal.clear();

    scene.script.records("c", [202]);
    let running = scene.start();
    scene.until_applied(202).await;

    assert_eq!(scene.journal.count("iterator p"), 0);
    assert_eq!(scene.journal.of("iterator c"), ["iterator c behind 201"]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_read_to_its_end_ends_at_once() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", [101]).end("a").disable();
    scene.start().end().await.unwrap();

    let again = scene.start().end().await.unwrap();

    assert_eq!((again.records, again.finished_shards, again.ended), (0, 0, true));
    assert_eq!(scene.target.applied(), [101]);
}

#[tokio::test(start_paused = true)]
async fn an_expired_iterator_goes_on_behind_the_last_record_that_was_read() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=102);
    let running = scene.start();
    scene.until_applied(102).await;
    pass(Duration::from_secs(1)).await;

    scene.script.expire("a").records("a", 103..=104);
    scene.until_applied(104).await;

    assert_eq!(scene.target.applied(), [101, 102, 103, 104]);
    assert_eq!(scene.journal.of("iterator"), ["iterator a TrimHorizon", "iterator a behind 102"]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_cannot_be_taken_over_stops_the_poller_before_it_reads() {
    for kind in [CheckpointErrorKind::Refused, CheckpointErrorKind::Corrupt] {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", [101]);
        scene.store.fail_take_over([kind]);

        let error = scene.start().end().await.unwrap_err();

        assert_eq!(error.to_string(), "positions cannot be kept");
        assert!(scene.journal.lines().is_empty(), "{:?}", scene.journal.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_reached_is_waited_for() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=107).end("a").disable();
    scene.store.fail_take_over([CheckpointErrorKind::Unavailable; 5]);
    scene.store.fail_saves([CheckpointErrorKind::Unavailable; 5]);

    let polled = scene.start().end().await.unwrap();

    assert_eq!((polled.records, polled.ended), (7, true));
    assert_eq!(scene.target.applied(), (101..=107).collect::<Vec<_>>(), "delivery goes on, and nothing is repeated");
    assert_eq!(scene.stored().await["a"], "finished");
}

#[tokio::test(start_paused = true)]
async fn a_poller_whose_stream_is_taken_over_ends_and_changes_nothing() {
    let scene = Scene::new();
    scene.script.shard("a", None).records("a", 101..=103);
    let first = scene.start_as(scene.builder().owner("first"));
    scene.until_applied(103).await;
    pass(Duration::from_secs(1)).await;

    let second = scene.start_as(scene.builder().owner("second"));
    pass(Duration::from_secs(1)).await;
    scene.script.records("a", [104]);
    let error = first.end().await.unwrap_err();

    assert!(matches!(error, PollError::Superseded(_)), "{error:?}");
    scene.until_applied(104).await;
    second.stop().await.unwrap();
    let stored = scene.store.saved.load(&arn()).await.unwrap().unwrap();
    assert_eq!((&*stored.tenure.owner, stored.tenure.term), ("second", 2));
    assert_eq!(scene.stored().await["a"], "104");
}

#[tokio::test(start_paused = true)]
async fn positions_of_another_stream_do_not_count() {
    let scene = Scene::new();
    let other = crate::script::ARN.replace("2026", "2025").parse().unwrap();
    let beginning = Beginning { start: Start::TrimHorizon, at: Utc::now() };
    let stored = scene.store.saved.take_over(&other, "test", beginning).await.unwrap();
    let finished = Progress::Finished { last: None };
    let checkpoint = Checkpoint { progress: finished, as_of: Utc::now(), sub_lanes: NonZeroU16::MIN };
    scene.store.saved.save(&other, &ShardId::from("a"), &checkpoint, stored.tenure.stamp(1)).await.unwrap();
    let before = scene.store.saved.load(&other).await.unwrap();
    scene.script.shard("a", None).records("a", [101]).end("a").disable();

    scene.start().end().await.unwrap();

    assert_eq!(scene.target.applied(), [101]);
    assert_eq!(scene.store.saved.load(&other).await.unwrap(), before);
    assert_eq!(scene.stored().await["a"], "finished");
}
