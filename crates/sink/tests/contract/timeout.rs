//! A limit to the time of one write.

use crate::{
    scene::{lane, records, words},
    script::Script,
};
use dynacdc_sink::{
    Batch, Class, Order, Outcome, Redelivery, RetryLayer, Sink, SinkError, SinkExt, Timeout, TimeoutLayer, sink_fn,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn over(takes: Duration) -> (Script, Timeout<Script>) {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.takes = takes;
    (script.clone(), script.timeout(TimeoutLayer::new(seconds(8))).unwrap())
}

#[test]
fn a_sink_that_stands_no_late_calls_is_refused_at_start_up() {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.redelivery = Redelivery::Continued;

    let error = script.timeout(TimeoutLayer::new(seconds(8))).err().unwrap();

    assert_eq!(error.class(), Class::Fatal);
    assert!(error.to_string().starts_with("script: no timeout goes around"), "{error}");
}

#[test]
fn a_limit_of_no_time_is_refused() {
    let script = Script::each(|_, _| Outcome::Applied);

    assert_eq!(script.timeout(TimeoutLayer::new(Duration::ZERO)).err().map(|error| error.class()), Some(Class::Fatal));
}

#[tokio::test(start_paused = true)]
async fn a_slow_write_is_given_up_and_its_fate_is_unknown() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let (_, sink) = over(seconds(9));
    let begin = Instant::now();

    let error = sink.write(Batch::new(&lane, &records)).await.unwrap_err();

    assert_eq!((error.class(), begin.elapsed()), (Class::Transient, seconds(8)));
    assert_eq!(error.to_string(), "given up after 8s; the fate of its records is unknown");
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_there_when_the_time_is_over_counts() {
    let (lane, records) = (lane(), records(["a", "b"]));
    for takes in [Duration::ZERO, seconds(8)] {
        let (_, sink) = over(takes);

        let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

        assert!(report.is_settled(), "{takes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_smaller_of_limit_and_deadline_counts() {
    let (lane, records) = (lane(), records(["a", "b"]));
    for (deadline, ends, begun_by, told) in [(6, 6, 4, "deadline of the batch"), (20, 8, 6, "after 8s")] {
        let (script, sink) = over(seconds(60));
        let begin = Instant::now();

        let error = sink.write(Batch::new(&lane, &records).with_deadline(begin + seconds(deadline))).await.unwrap_err();

        assert_eq!((error.class(), begin.elapsed()), (Class::Transient, seconds(ends)));
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(script.calls()[0].deadline, Some(begin + seconds(begun_by)), "with a reserve of 2 s");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_at_the_deadline_or_for_no_records() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let (script, sink) = over(seconds(1));

    let late = sink.write(Batch::new(&lane, &records).with_deadline(Instant::now())).await.unwrap();
    let empty = sink.write(Batch::new(&lane, &[])).await.unwrap();

    assert_eq!(words(late.outcomes()), ["transient", "transient"]);
    assert_eq!((script.sent().len(), empty.outcomes().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_never_has_more_time_than_the_reserve_gets_on() {
    // given: a reserve of 2 s, which is as much as every delivery has
    let (lane, records) = (lane(), records(["a", "b"]));
    let (script, sink) = over(Duration::from_millis(500));
    let begin = Instant::now();

    let report = sink.write(Batch::new(&lane, &records).with_deadline(begin + seconds(2))).await.unwrap();

    assert!(report.is_settled());
    assert_eq!(script.calls()[0].deadline, Some(begin + seconds(1)), "half of the time is left for what was begun");
}

#[tokio::test(start_paused = true)]
async fn a_sink_of_many_calls_gets_on_although_the_batch_takes_longer_than_the_limit() {
    // given: 20 records of one second each, and a limit of 8 s
    let slow = || {
        let handle = |_| async {
            sleep(seconds(1)).await;
            Ok::<(), SinkError>(())
        };
        sink_fn("slow", handle).with_redelivery(Redelivery::Any)
    };
    let (lane, records) = (lane(), records(["a"; 20]));
    let batch = Batch::new(&lane, &records);

    let first = slow().timeout(TimeoutLayer::new(seconds(8))).unwrap().write(batch).await.unwrap();
    let never = TimeoutLayer::new(seconds(8)).with_reserve(Duration::ZERO);
    let without = slow().timeout(never).unwrap().write(batch).await;
    let retry = RetryLayer::new().with_delays(Duration::ZERO, Duration::ZERO);
    let retried = slow().timeout(TimeoutLayer::new(seconds(8))).unwrap().retry(retry).write(batch).await.unwrap();

    assert_eq!(first.settled_prefix(), 6);
    assert!(without.is_ok_and(|report| report.settled_prefix() == 8), "its last call ends with the limit");
    assert!(retried.is_settled());
}

#[test]
fn it_forwards_what_the_inner_sink_says() {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.order = Order::Lane;
    let sink = script.timeout(TimeoutLayer::new(seconds(1))).unwrap();

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("script", Order::Lane, Redelivery::Any));
    assert_eq!(sink.get_ref().name().to_owned(), sink.into_inner().name());
}
