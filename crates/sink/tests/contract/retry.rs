//! Retries, clause by clause, and against random histories.

mod random;

use crate::{
    scene::{lane, records, words},
    script::{Script, poison, transient},
};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Layer, Order, Outcome, Report, RetryLayer, Sink, SinkError, SinkExt};
use std::time::Duration;
use tokio::time::Instant;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn written(layer: RetryLayer, script: &Script, records: &[ChangeRecord]) -> Report {
    let lane = lane();
    let sink = script.clone().retry(layer);
    sink.write(Batch::new(&lane, records)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_failed_for_a_moment_is_sent_again_with_what_it_blocked_and_nothing_else() {
    // given: the first attempt settles 1 and 5, refuses 3, and fails 2, which blocks 4
    let script = Script::each(|call, number| match (call, number) {
        (0, 2) => transient(),
        (_, 3) => poison(),
        _ => Outcome::Applied,
    });

    let report = written(RetryLayer::new(), &script, &records(["a", "b", "c", "b", "a", "c"])).await;

    assert_eq!(script.sent(), [vec![1, 2, 3, 4, 5, 6], vec![2, 4]]);
    assert_eq!(words(report.outcomes()), ["applied", "applied", "poison", "applied", "applied", "blocked by 2"]);
    assert_eq!((report.cost().calls, report.cost().ops_in), (2, 8));
}

#[tokio::test(start_paused = true)]
async fn what_stands_behind_a_poison_record_of_a_lane_is_not_sent() {
    let mut script = Script::each(|_, number| if number == 2 { poison() } else { Outcome::Applied });
    script.order = Order::Lane;

    let report = written(RetryLayer::new(), &script, &records(["a", "b", "c"])).await;

    assert_eq!(script.sent().len(), 1);
    assert_eq!(words(report.outcomes()), ["applied", "poison", "blocked by 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_is_not_sent_past_one_of_its_key_that_the_sink_blocks_for_another_reason() {
    // given: 1 (a) is poison, 2 (b) fails for a moment, 3 (b) is blocked by 1, 4 (b) is blocked by 2
    let script = Script::new(|call, records| {
        let first = vec![poison(), transient(), Outcome::Blocked { by: 0 }, Outcome::Blocked { by: 1 }];
        Ok(if call == 0 { first } else { vec![Outcome::Applied; records.len()] })
    });

    let report = written(RetryLayer::new(), &script, &records(["a", "b", "b", "b"])).await;

    assert_eq!(script.sent()[1..], [vec![2]]);
    assert!(!report.outcomes()[2].is_settled() && !report.outcomes()[3].is_settled(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_whole_has_the_whole_sent_again() {
    let script = Script::new(|call, records| match call {
        0 => Err(SinkError::transient("away")),
        _ => Ok(vec![Outcome::Applied; records.len()]),
    });

    let report = written(RetryLayer::new(), &script, &records(["a", "b", "a"])).await;

    assert_eq!(script.sent(), [[1, 2, 3], [1, 2, 3]]);
    assert!(report.is_settled());
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded_and_the_last_errors_stay() {
    for (attempts, expected) in [(0, 1), (1, 1), (3, 3)] {
        let script = Script::new(|call, _| Err(SinkError::transient(format!("call {call}"))));

        let report = written(RetryLayer::new().with_attempts(attempts), &script, &records(["a", "b"])).await;

        assert_eq!(script.sent().len(), expected, "{attempts} attempts");
        let (_, error) = report.first_unsettled().unwrap();
        assert!(error.is_unattributed() && error.context() == format!("call {}", expected - 1), "{error:?}");
    }
    let script = Script::new(|_, _| Err(SinkError::transient("away")));
    let _ = written(RetryLayer::default(), &script, &records(["a"])).await;
    assert_eq!(script.sent().len(), 4, "the default");
}

#[tokio::test(start_paused = true)]
async fn poison_and_fatal_are_left_and_one_fatal_failure_ends_it_for_all() {
    for (answer, class) in [(SinkError::poison("no"), "poison"), (SinkError::fatal("stop"), "fatal")] {
        let script = Script::new(move |_, _| Err(answer.clone()));

        let report = written(RetryLayer::new(), &script, &records(["a", "b"])).await;

        assert_eq!((script.sent().len(), words(report.outcomes())), (1, vec![class.to_owned(); 2]));
    }
    let script = Script::each(|_, number| if number == 1 { transient() } else { SinkError::fatal("stop").into() });
    let _ = written(RetryLayer::new(), &script, &records(["a", "b"])).await;
    assert_eq!(script.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_waits_are_random_below_bounds_that_double() {
    fastrand::seed(11);
    let layer = RetryLayer::new().with_attempts(6).with_delays(seconds(1), seconds(4));
    let mut longest = [Duration::ZERO; 5];
    for _ in 0..40 {
        let script = Script::new(|_, _| Err(SinkError::transient("away")));
        let _ = written(layer.clone(), &script, &records(["a"])).await;
        let begun: Vec<Instant> = script.calls().iter().map(|call| call.begun).collect();
        for (longest, pair) in longest.iter_mut().zip(begun.windows(2)) {
            *longest = (pair[1] - pair[0]).max(*longest);
        }
    }
    // A timer has a resolution of a millisecond. With seed 11 each bound is nearly reached.
    for (longest, bound) in longest.into_iter().zip([1, 2, 4, 4, 4]) {
        let bound = seconds(bound);
        assert!(
            longest <= bound + Duration::from_millis(1) && longest > bound.mul_f64(0.8),
            "{longest:?} of {bound:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_attempt_begins_and_no_wait_ends_past_the_deadline() {
    let lane = lane();
    let records = records(["a", "b"]);
    for seed in 0..50 {
        fastrand::seed(seed);
        let mut script = Script::each(|_, number| if number == 1 { transient() } else { Outcome::Applied });
        script.takes = seconds(1);
        let sink = script.clone().retry(RetryLayer::new().with_attempts(50).with_delays(seconds(2), seconds(2)));
        let begin = Instant::now();
        let deadline = begin + seconds(5);

        let report = sink.write(Batch::new(&lane, &records).with_deadline(deadline)).await.unwrap();

        assert!(script.calls().iter().all(|call| call.begun < deadline && call.deadline == Some(deadline)));
        let last = script.calls().last().unwrap().begun;
        assert_eq!(Instant::now(), last + seconds(1), "seed {seed}: it ends with its last attempt, without a wait");
        assert_eq!(words(report.outcomes()), ["transient", "applied"]);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_called_past_the_deadline_or_for_no_records() {
    let lane = lane();
    let records = records(["a", "b", "a"]);
    let script = Script::each(|_, _| Outcome::Applied);
    let sink = script.clone().retry(RetryLayer::new());

    let late = sink.write(Batch::new(&lane, &records).with_deadline(Instant::now())).await.unwrap();
    let empty = sink.write(Batch::new(&lane, &[])).await.unwrap();

    assert_eq!((script.sent().len(), empty.outcomes().len()), (0, 0));
    assert_eq!(words(late.outcomes()), ["transient", "transient", "blocked by 0"]);
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_counts_from_the_first_attempt_and_does_not_shorten_the_deadline() {
    let mut script = Script::new(|_, _| Err(SinkError::transient("away")));
    script.takes = seconds(2);
    let layer = RetryLayer::new().with_attempts(50).with_delays(Duration::ZERO, Duration::ZERO);
    let begin = Instant::now();

    let _ = written(layer.with_time_limit(seconds(5)), &script, &records(["a"])).await;

    let begun: Vec<_> = script.calls().iter().map(|call| (call.begun - begin).as_secs()).collect();
    assert_eq!(begun, [0, 2, 4]);
    assert!(script.calls().iter().all(|call| call.deadline.is_none()));
}

#[test]
fn it_forwards_what_the_inner_sink_says() {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.order = Order::Lane;
    let sink = RetryLayer::new().layer(script.clone());

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("script", Order::Lane, script.redelivery()));
    assert_eq!(sink.get_ref().name().to_owned(), sink.into_inner().name());
}
