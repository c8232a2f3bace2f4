//! Letters that come back, with all that may come between.

use crate::faulty::{Deed, Faulty};
use crate::scene::{Fallible, at, behind, clock, failed, key, lane, numbers, put};
use crate::target::Target;
use dynacdc_sink::{
    Batch, Class, DeadLetter, DeadLetterDesk, DeadLetterLayer, DeadLetterStore, Lane, NewLetter, RedriveOptions, Sink,
    SinkExt,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

type Stack = DeadLetter<Target, Faulty>;

fn given() -> Fallible<(Target, Faulty, Stack)> {
    let (target, store) = (Target::default(), Faulty::default());
    let sink = target.clone().dead_letter(DeadLetterLayer::new(store.clone()).with_clock(clock()))?;
    Ok((target, store, sink))
}

/// Queues of these numbers are in the store.
async fn parked(store: &Faulty, queues: &[(&str, &[u64])]) -> Fallible {
    for (pk, numbers) in queues {
        for number in *numbers {
            store.inner.park(failed(put(pk, *number), 0, "refused")).await?;
        }
    }
    Ok(())
}

async fn queue(store: &Faulty, pk: &str) -> Fallible<Vec<u64>> {
    Ok(numbers(&store.inner.letters(&key(pk), None, 99).await?))
}

#[tokio::test(start_paused = true)]
async fn letters_come_back_in_order_on_the_lane_of_a_redrive() -> Fallible {
    let (target, store, sink) = given()?;
    let unordered = NewLetter { lane: Lane::unordered(None), ..failed(put("a", 3), 0, "refused") };
    store.inner.park(unordered).await?;
    parked(&store, &[("a", &[9, 1]), ("b", &[2])]).await?;

    let progress = sink.redrive(RedriveOptions::all()).await?;

    assert_eq!((progress.redriven, progress.keys_freed, progress.failed, progress.keys_left), (4, 2, 0, 0));
    assert_eq!(target.rows(), [("a".to_owned(), 9), ("b".to_owned(), 2)]);
    assert_eq!(target.calls(), [[1], [3], [9], [2]]);
    let lanes: Vec<Lane> = target.state().calls.iter().map(|(lane, _)| lane.clone()).collect();
    assert_eq!(lanes[..2], [Lane::redrive(lane()), Lane::redrive(Lane::unordered(None))]);
    assert!(store.inner.keys(None, 9).await?.is_empty());

    let records = [put("a", 10)];
    assert!(sink.write(Batch::new(&lane(), &records)).await?.is_settled());
    assert_eq!(target.rows()[0].1, 10);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_letter_that_fails_again_keeps_its_key_and_others_go_on() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[1, 2]), ("b", &[3])]).await?;
    target.refuse(Class::Poison, [1]);
    tokio::time::advance(Duration::from_secs(7)).await;

    let progress = sink.redrive(RedriveOptions::all()).await?;

    assert_eq!((progress.redriven, progress.keys_freed, progress.failed, progress.keys_left), (1, 1, 1, 1));
    let letters = store.inner.letters(&key("a"), None, 9).await?;
    assert_eq!((numbers(&letters), letters[0].attempts, letters[0].last_parked), (vec![1, 2], 2, at(7)));
    assert_eq!(letters[0].error.as_ref().map(|error| error.message.as_str()), Some("refused 1"));
    assert_eq!(letters[1].attempts, 1, "it was not tried");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_key_or_the_key_of_a_letter_alone() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[1, 2]), ("b", &[3]), ("c", &[4])]).await?;

    let letter = store.inner.letters(&key("a"), None, 9).await?.pop().ok_or("no letter")?;
    let progress = sink.redrive(RedriveOptions::letter(&letter)).await?;
    assert_eq!((progress.redriven, target.calls()), (2, vec![vec![1], vec![2]]));

    sink.redrive(RedriveOptions::key(key("c"))).await?;
    assert_eq!(store.inner.keys(None, 9).await?, [key("b")]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_fatal_error_stops_it_and_blames_no_letter() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[1]), ("b", &[2]), ("c", &[3])]).await?;
    target.refuse(Class::Fatal, [2]);

    let error = sink.redrive(RedriveOptions::all()).await.err().ok_or("it went on")?;

    assert_eq!((error.class(), target.calls()), (Class::Fatal, vec![vec![1], vec![2]]));
    assert_eq!(store.inner.keys(None, 9).await?, [key("b"), key("c")]);
    assert_eq!(store.inner.letters(&key("b"), None, 1).await?[0].attempts, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_stops_it_and_loses_nothing() -> Fallible {
    for call in ["keys", "letters", "remove", "unpark"] {
        let (target, store, sink) = given()?;
        parked(&store, &[("a", &[1, 2])]).await?;
        store.fail(call);
        assert!(sink.redrive(RedriveOptions::all()).await.is_err(), "{call}");

        store.heal();
        sink.redrive(RedriveOptions::all()).await?;
        assert_eq!((target.rows(), store.inner.keys(None, 9).await?.len()), (vec![("a".to_owned(), 2)], 0), "{call}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_letter_that_is_parked_again_meanwhile_is_written_again() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[5])]).await?;
    // A rewind brings 4 and 5 while 5 is on its way.
    for number in [4, 5] {
        store.before("remove", Deed::Park(behind(put("a", number), 1)));
    }

    sink.redrive(RedriveOptions::all()).await?;

    assert_eq!((target.calls(), target.rows()), (vec![vec![5], vec![4], vec![5]], vec![("a".to_owned(), 5)]));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_letter_that_comes_before_the_key_is_freed_is_written_too() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[5])]).await?;
    store.before("unpark", Deed::Park(behind(put("a", 6), 1)));

    let progress = sink.redrive(RedriveOptions::all()).await?;

    assert_eq!((progress.redriven, progress.keys_freed), (2, 1));
    assert_eq!((target.rows(), store.inner.keys(None, 9).await?.len()), (vec![("a".to_owned(), 6)], 0));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_letter_whose_key_was_freed_meanwhile_does_not_park_it_again() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[5])]).await?;
    target.refuse(Class::Poison, [5]);
    store.before("park_behind", Deed::Redrive(key("a")));

    sink.redrive(RedriveOptions::all()).await?;

    assert!(store.inner.keys(None, 9).await?.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_tried_as_often_as_asked() -> Fallible {
    for (attempts, freed) in [(0, 0), (2, 0), (3, 1)] {
        let (target, store, sink) = given()?;
        parked(&store, &[("a", &[1])]).await?;
        target.state().whole.extend([Some(Class::Transient), Some(Class::Transient)]);

        let progress = sink.redrive(RedriveOptions::all().with_attempts(attempts)).await?;

        assert_eq!((progress.keys_freed, target.calls().len()), (freed, attempts.max(1) as usize));
    }
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[1])]).await?;
    target.refuse(Class::Poison, [1]);
    sink.redrive(RedriveOptions::all().with_attempts(9)).await?;
    assert_eq!(target.calls().len(), 1, "poison stays poison");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn keys_go_side_by_side_and_the_rate_holds_for_all_together() -> Fallible {
    for (concurrency, rate, seconds) in [(1, None, 12), (3, None, 4), (0, None, 12), (3, Some(1), 12)] {
        let (target, store, sink) = given()?;
        parked(&store, &[("a", &[1, 2, 3, 4]), ("b", &[5, 6, 7, 8]), ("c", &[9, 10, 11, 12])]).await?;
        target.state().takes = Duration::from_secs(1);
        let options = RedriveOptions::all().with_concurrency(concurrency);
        let options = match rate {
            Some(rate) => options.with_rate(rate),
            None => options,
        };

        let begin = Instant::now();
        sink.redrive(options).await?;

        assert_eq!(begin.elapsed(), Duration::from_secs(seconds), "{concurrency} at once, rate {rate:?}");
        assert_eq!(target.rows().iter().map(|(_, row)| *row).collect::<Vec<_>>(), [4, 8, 12]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_after_every_letter_and_key() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[1, 2]), ("b", &[3])]).await?;
    target.refuse(Class::Poison, [3]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);

    let options = RedriveOptions::all().with_progress(move |progress| heard.lock().unwrap().push(*progress));
    let last = sink.redrive(options).await?;

    let told = told.lock().unwrap();
    let steps: Vec<_> = told.iter().map(|p| (p.redriven, p.failed, p.keys_freed, p.keys_left)).collect();
    assert_eq!(steps, [(1, 0, 0, 0), (2, 0, 0, 0), (2, 0, 1, 0), (2, 1, 1, 0), (2, 1, 1, 1)]);
    assert_eq!(told.last(), Some(&last));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn two_redrives_leave_each_others_keys_alone() -> Fallible {
    let (target, store, sink) = given()?;
    parked(&store, &[("a", &[1, 2]), ("b", &[3, 4])]).await?;
    target.state().takes = Duration::from_secs(1);

    let (one, two) = tokio::join!(sink.redrive(RedriveOptions::all()), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        sink.redrive(RedriveOptions::all()).await
    });

    let (one, two) = (one?, two?);
    assert_eq!((one.redriven + two.redriven, one.keys_freed + two.keys_freed), (4, 2));
    assert_eq!(one.keys_left + two.keys_left, 2);
    let mut written: Vec<_> = target.calls().concat();
    written.sort_unstable();
    assert_eq!(written, [1, 2, 3, 4], "none is written twice");
    Ok(())
}

/// Dropped at every moment: whatever was done stays done, and the next redrive ends it.
#[tokio::test(start_paused = true)]
async fn it_may_be_dropped_at_any_await() -> Fallible {
    for millis in (0..7_500).step_by(250) {
        let (target, store, sink) = given()?;
        parked(&store, &[("a", &[1, 2]), ("b", &[3])]).await?;
        store.takes(Duration::from_millis(500));
        target.state().takes = Duration::from_millis(500);

        let redrive = sink.redrive(RedriveOptions::all());
        let ended = tokio::time::timeout(Duration::from_millis(millis), redrive).await.is_ok();
        assert!(!ended, "at {millis} ms it is not over");
        let left = queue(&store, "a").await?;
        let written = target.rows().first().map_or(0, |(_, row)| *row);
        assert!(left.iter().min().is_none_or(|first| *first <= written + 1), "{millis} ms: {left:?} after {written}");

        sink.redrive(RedriveOptions::all()).await?;
        assert_eq!(target.rows(), [("a".to_owned(), 2), ("b".to_owned(), 3)], "{millis} ms");
        assert!(store.inner.keys(None, 9).await?.is_empty());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_desk_lists_shows_and_discards() -> Fallible {
    let (target, store, sink) = given()?;
    store.inner.park(failed(put("a", 2), 5, "refused 2")).await?;
    store.inner.park_behind(behind(put("a", 1), 3)).await?;
    parked(&store, &[("b", &[3]), ("c", &[4])]).await?;

    let listed = store.list(None, 2).await?;
    let told: Vec<_> = listed.iter().map(|parked| (parked.key.clone(), parked.letters, parked.oldest)).collect();
    assert_eq!(told, [(key("a"), 2, Some(at(3))), (key("b"), 1, Some(at(0)))]);
    assert_eq!(listed[0].error.as_ref().map(|error| error.message.as_str()), Some("refused 2"));
    assert_eq!(store.list(Some(&key("b")), 2).await?.len(), 1);

    let shown = store.show(&key("a")).await?;
    assert_eq!(numbers(&shown), [1, 2]);
    for reason in ["", " \n"] {
        assert_eq!(store.discard_letter(&shown[0], reason).await.map_err(|error| error.class()), Err(Class::Fatal));
        assert_eq!(store.discard_key(&key("a"), reason).await.map_err(|error| error.class()), Err(Class::Fatal));
    }
    assert_eq!(queue(&store, "a").await?, [1, 2]);

    assert!(store.discard_letter(&shown[1], "obsolete").await?);
    assert!(!store.discard_letter(&shown[1], "obsolete").await?);
    assert_eq!(queue(&store, "a").await?, [1], "the key stays parked");
    assert!(store.discard_letter(&shown[0], "obsolete").await?);
    assert_eq!(store.discard_key(&key("b"), "obsolete too").await?, 1);
    assert_eq!(store.inner.keys(None, 9).await?, [key("c")]);
    assert_eq!(store.inner.discarded(9).await?.len(), 3);

    sink.redrive(RedriveOptions::all()).await?;
    assert_eq!(target.calls(), [[4]]);
    Ok(())
}
