//! Taking a refused batch apart.

use crate::{
    scene::{lane, number, on_paused_clock, records, words},
    script::{Script, poison, transient},
};
use dynacdc_sink::{Batch, IsolateLayer, Layer, Order, Outcome, Redelivery, Report, Sink, SinkError, SinkExt};
use fastrand::Rng;
use std::{collections::HashSet, time::Duration};
use tokio::time::Instant;

/// Refuses every call with one of the bad records in it.
fn refusing(bad: impl IntoIterator<Item = u64>) -> Script {
    let bad: HashSet<u64> = bad.into_iter().collect();
    Script::new(move |_, records| match records.iter().any(|record| bad.contains(&number(record))) {
        true => Err(SinkError::poison("refused")),
        false => Ok(vec![Outcome::Applied; records.len()]),
    })
}

async fn written(script: &Script, keys: &[&str]) -> Report {
    script.clone().isolate().write(Batch::new(&lane(), &records(keys))).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_refused_record_is_found_and_blamed() {
    let script = refusing([3]);

    let report = written(&script, &["a", "b", "c", "d", "e"]).await;

    assert_eq!(script.sent(), [vec![1, 2, 3, 4, 5], vec![1, 2, 3], vec![1, 2], vec![3], vec![4, 5]]);
    assert_eq!(words(report.outcomes()), ["applied", "applied", "poison", "applied", "applied"]);
    assert!(report.first_unsettled().is_some_and(|(at, error)| at == 2 && !error.is_unattributed()));
    assert_eq!(report.cost().calls, 4 - 2, "calls that failed as a whole have no report and so no cost");
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_a_refused_record_of_its_domain_is_not_sent_alone() {
    let script = refusing([1]);
    let report = written(&script, &["a", "a", "b", "a", "b"]).await;
    assert_eq!(words(report.outcomes()), ["poison", "blocked by 0", "applied", "blocked by 0", "applied"]);
    assert_eq!(script.sent()[3..], [[1], [3], [5]]);

    let mut script = refusing([2]);
    script.order = Order::Lane;
    let report = written(&script, &["a", "b", "c", "d"]).await;
    assert_eq!(words(report.outcomes()), ["applied", "poison", "blocked by 1", "blocked by 1"]);
    assert_eq!(script.sent(), [vec![1, 2, 3, 4], vec![1, 2], vec![1], vec![2]]);
}

#[tokio::test(start_paused = true)]
async fn transient_and_fatal_failures_and_attributed_ones_are_not_taken_apart() {
    for error in [SinkError::transient("away"), SinkError::fatal("stop")] {
        let script = Script::new(move |_, _| Err(error.clone()));
        let report = written(&script, &["a", "b"]).await;
        assert_eq!(script.sent().len(), 1);
        assert!(report.first_unsettled().is_some_and(|(_, error)| error.is_unattributed()));
    }
    let script = Script::each(|_, number| if number == 1 { poison() } else { transient() });
    let _ = written(&script, &["a", "b"]).await;
    assert_eq!(script.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_what_was_refused_as_a_whole_is_sent_again() {
    // given: a bulk sink whose second call, of 3 and 4, was refused; 5 of the key of 3 waits, 2 failed for a moment
    let script = Script::new(|call, records| match call {
        0 => {
            let refused = || Outcome::from(SinkError::poison("refused").unattributed());
            Ok(vec![Outcome::Applied, transient(), refused(), refused(), Outcome::Applied])
        }
        _ => Ok(vec![Outcome::Applied; records.len()]),
    });

    let report = written(&script, &["a", "b", "c", "d", "c"]).await;

    assert_eq!(script.sent()[1..], [vec![3, 4], vec![5]]);
    assert_eq!(words(report.outcomes()), ["applied", "transient", "applied", "applied", "applied"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_a_sink_refuses_alone_is_blamed_however_it_says_so() {
    let script = Script::new(|_, records| Ok(vec![SinkError::poison("refused").unattributed().into(); records.len()]));

    let report = written(&script, &["a", "b"]).await;

    assert_eq!(script.sent(), [vec![1, 2], vec![1], vec![2]]);
    assert!(report.outcomes().iter().filter_map(Outcome::error).all(|error| !error.is_unattributed()));
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_record_of_another_key_is_not_sent_without_it() {
    // given: 2 (b) is refused, and the sink has 3 (c) wait for 2
    let script = Script::new(|call, records| {
        let refused = || Outcome::from(SinkError::poison("refused").unattributed());
        if call == 0 {
            return Ok(vec![refused(), refused(), Outcome::Blocked { by: 1 }]);
        }
        Ok(records.iter().map(|record| if number(record) == 2 { poison() } else { Outcome::Applied }).collect())
    });

    let report = written(&script, &["a", "b", "c"]).await;

    assert_eq!(script.sent()[1..], [vec![1, 2]]);
    assert_eq!(words(report.outcomes()), ["applied", "poison", "blocked by 1"]);
}

#[tokio::test(start_paused = true)]
async fn no_piece_is_sent_past_the_deadline_and_what_is_done_stays() {
    let mut script = refusing([4]);
    script.takes = Duration::from_secs(1);
    let (lane, records) = (lane(), records(["a", "b", "c", "d"]));

    // when: there is time for three calls: all four, the first half, the second half
    let batch = Batch::new(&lane, &records).with_deadline(Instant::now() + Duration::from_secs(3));
    let report = script.clone().isolate().write(batch).await.unwrap();

    assert_eq!(script.sent().len(), 3);
    assert_eq!(words(report.outcomes()), ["applied", "applied", "poison", "poison"]);
    assert!(report.outcomes().iter().filter_map(Outcome::error).all(SinkError::is_unattributed));
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_calls_nothing() {
    let script = refusing([]);

    let report = written(&script, &[]).await;

    assert_eq!((script.sent().len(), report.outcomes().len()), (0, 0));
}

/// The number of calls that the documentation names.
fn bound(bad: usize, length: usize) -> usize {
    let steps = length.next_power_of_two().trailing_zeros() as usize;
    (1 + 2 * bad * steps).min((2 * length).saturating_sub(1)).max(1)
}

#[test]
fn the_calls_are_bounded_and_every_bad_record_is_found() {
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let length = rng.usize(1..60);
        let bad: HashSet<u64> = (0..rng.usize(..4)).map(|_| rng.u64(1..=length as u64)).collect();
        let keys: Vec<String> = (0..length).map(|at| at.to_string()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let script = refusing(bad.clone());

        let report = on_paused_clock(written(&script, &keys));

        let calls = script.sent().len();
        assert!(calls <= bound(bad.len(), length), "seed {seed}: {calls} calls for {} of {length}", bad.len());
        for (number, outcome) in (1..).zip(report.outcomes()) {
            assert_eq!(outcome.is_settled(), !bad.contains(&number), "seed {seed}: record {number}");
            assert!(outcome.error().is_none_or(|error| !error.is_unattributed()), "seed {seed}: record {number}");
        }
    }
    let keys: Vec<String> = (0..1_000).map(|at| at.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let script = refusing([1]);
    let _ = on_paused_clock(written(&script, &keys));
    assert_eq!(script.sent().len(), 21);
}

#[test]
fn of_one_domain_nothing_is_sent_behind_an_unsettled_record() {
    for seed in 0..500 {
        let mut rng = Rng::with_seed(seed);
        let length = rng.usize(1..30);
        let keys: Vec<&str> = (0..length).map(|_| ["a", "b", "c", "d"][rng.usize(..4)]).collect();
        let bad: HashSet<u64> = (0..rng.usize(..5)).map(|_| rng.u64(1..=length as u64)).collect();
        let mut script = refusing(bad.clone());
        script.order = if rng.bool() { Order::Key } else { Order::Lane };
        let same = |one: u64, other: u64| {
            let key = |number: u64| keys[usize::try_from(number - 1).unwrap()];
            script.order == Order::Lane || key(one) == key(other)
        };

        let report = on_paused_clock(written(&script, &keys));

        let mut settled = HashSet::new();
        for (call, numbers) in script.sent().into_iter().enumerate() {
            for &later in &numbers {
                let left = (1..later)
                    .find(|earlier| same(*earlier, later) && !settled.contains(earlier) && !numbers.contains(earlier));
                assert_eq!(left, None, "seed {seed}: call {call} sends {later}");
                assert!(!settled.contains(&later), "seed {seed}: call {call} sends {later} again");
            }
            if !numbers.iter().any(|number| bad.contains(number)) {
                settled.extend(numbers);
            }
        }
        let reported: HashSet<u64> = (1..)
            .zip(report.outcomes())
            .filter_map(|(number, outcome)| outcome.is_settled().then_some(number))
            .collect();
        assert_eq!(reported, settled, "seed {seed}");
    }
}

#[test]
fn it_forwards_what_the_inner_sink_says() {
    let mut script = refusing([]);
    script.order = Order::Lane;
    let sink = IsolateLayer::new().layer(script);

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("script", Order::Lane, Redelivery::Any));
    assert_eq!(sink.get_ref().name().to_owned(), sink.into_inner().name());
}
