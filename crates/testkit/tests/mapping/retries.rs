//! Attempts, division, age.

use crate::{Seen, Tested, failures, numbers, outcomes, put, records, sizes, with};
use dynacdc_testkit::{DiscardCondition, EventSourceMapping, InvocationOutcome};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_batch_is_tried_once_and_as_often_again_as_set_as_recorded() -> Tested {
    for retries in [0, 1, 3] {
        let stream = with(2)?;
        let mut mapping = EventSourceMapping::new(&stream).maximum_retry_attempts(retries);

        let run = mapping.run(async |_| Err::<&str, _>("no")).await;

        assert_eq!(run.invocations().len(), retries as usize + 1);
        assert_eq!(run.discarded()[0].invocations(), retries + 1);
        assert_eq!(run.discarded()[0].condition(), DiscardCondition::RetryAttemptsExhausted);
        let attempts: Vec<u32> = run.invocations().iter().map(|invocation| invocation.attempt()).collect();
        assert_eq!(attempts, (1..=retries + 1).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_stands_behind_a_batch_that_was_given_up_is_delivered() -> Tested {
    let stream = with(4)?;
    let first = numbers(&stream)[0];
    let mut mapping = EventSourceMapping::new(&stream).batch_size(2).maximum_retry_attempts(1);

    let run = mapping
        .run(async |event| match records(event)[0].sequence_number() == first {
            true => Err("poison"),
            false => Ok(""),
        })
        .await;

    assert_eq!(sizes(&run), [2, 2, 2]);
    assert_eq!(run.settled(), &numbers(&stream)[2..]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_has_become_smaller_has_all_its_attempts_again_as_recorded() -> Tested {
    // BatchSize 3 and three retries: the poison comes five times, and the message says four.
    let stream = with(3)?;
    let poison = numbers(&stream)[1];
    let mut mapping =
        EventSourceMapping::new(&stream).batch_size(3).report_batch_item_failures().maximum_retry_attempts(3);

    let run = mapping.run(async |_| Ok::<_, String>(failures(&[poison]))).await;

    assert_eq!(sizes(&run), [3, 2, 2, 2, 2]);
    assert_eq!(run.deliveries(poison), 5);
    assert_eq!(run.settled(), &numbers(&stream)[..1]);
    let discarded = &run.discarded()[0];
    assert_eq!((discarded.invocations(), discarded.records().len()), (4, 2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn attempts_that_the_whole_batch_used_are_there_again_for_a_part_of_it() -> Tested {
    let stream = with(3)?;
    let poison = numbers(&stream)[1];
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(2);
    let calls = std::cell::Cell::new(0);

    let run = mapping
        .run(async |_| {
            calls.set(calls.get() + 1);
            if calls.get() <= 2 { Err("no") } else { Ok(failures(&[poison])) }
        })
        .await;

    assert_eq!(sizes(&run), [3, 3, 3, 2, 2, 2]);
    assert_eq!(run.discarded()[0].invocations(), 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_another_record_each_time_runs_longer_than_its_attempts() -> Tested {
    let stream = with(10)?;
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(0);

    let run = mapping
        .run(async |event| {
            let second = records(event).get(1).map(|record| record.sequence_number());
            Ok::<_, String>(failures(second.as_slice()))
        })
        .await;

    assert_eq!(run.invocations().len(), 10);
    assert_eq!(run.settled().len(), 10);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn dividing_a_batch_uses_no_attempt() -> Tested {
    let stream = with(8)?;
    let poison = numbers(&stream)[5];
    let mut mapping = EventSourceMapping::new(&stream).bisect_batch_on_function_error().maximum_retry_attempts(1);

    let run = mapping
        .run(async |event| match records(event).iter().any(|record| record.sequence_number() == poison) {
            true => Err("poison"),
            false => Ok(""),
        })
        .await;

    assert_eq!(sizes(&run), [8, 4, 4, 2, 1, 1, 1, 2], "halves in order, and the poison twice alone");
    assert_eq!(run.settled().len(), 7);
    assert!(run.settled().is_sorted(), "order is kept");
    assert_eq!(run.discarded()[0].records(), [Some(poison)]);
    assert_eq!(run.discarded()[0].invocations(), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_partial_answer_divides_at_its_number_though_bisecting_is_on() -> Tested {
    let stream = with(8)?;
    let poison = numbers(&stream)[1];
    let mut mapping = EventSourceMapping::new(&stream)
        .bisect_batch_on_function_error()
        .report_batch_item_failures()
        .maximum_retry_attempts(1);

    let run = mapping.run(async |_| Ok::<_, String>(failures(&[poison]))).await;

    assert_eq!(sizes(&run), [8, 7, 7]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn records_that_are_too_old_are_given_up_and_the_younger_ones_go_on() -> Tested {
    let stream = with(2)?;
    tokio::time::advance(Duration::from_secs(50)).await;
    put(&stream, 2..3)?;
    tokio::time::advance(Duration::from_secs(20)).await;
    let mut mapping = EventSourceMapping::new(&stream).maximum_record_age(Duration::from_secs(60));

    let run = mapping.run(async |_| Ok::<_, String>("")).await;

    assert_eq!(run.settled(), &numbers(&stream)[2..]);
    assert_eq!(run.discarded()[0].condition(), DiscardCondition::RecordAgeExceeded);
    assert_eq!(run.discarded()[0].records().len(), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn without_a_bound_a_batch_is_tried_until_its_records_are_too_old() -> Tested {
    for (age, hours) in [(Some(Duration::from_secs(3600)), 1), (None, 24)] {
        let stream = with(1)?;
        let mapping = EventSourceMapping::new(&stream);
        let mut mapping = match age {
            Some(age) => mapping.maximum_record_age(age),
            None => mapping,
        };
        let begun = tokio::time::Instant::now();

        let run = mapping.run(async |_| Err::<&str, _>("no")).await;

        assert_eq!(run.discarded()[0].condition(), DiscardCondition::RecordAgeExceeded);
        assert_eq!(begun.elapsed().as_secs() / 3600, hours);
        assert_eq!(run.discarded()[0].invocations() as usize, run.invocations().len());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn errors_panics_and_timeouts_are_failures_of_the_function() -> Tested {
    let stream = with(1)?;
    let calls = std::cell::Cell::new(0);
    let seen = Seen::default();
    let mut mapping = EventSourceMapping::new(&stream).function_timeout(Duration::from_secs(3));

    let run = mapping
        .run(async |event| {
            seen.note(&records(event));
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => return Err("an error"),
                2 => panic!("as the test says"),
                3 => tokio::time::sleep(Duration::from_secs(4)).await,
                _ => {}
            }
            Ok("")
        })
        .await;

    use InvocationOutcome::{Succeeded, Threw, TimedOut};
    assert_eq!(outcomes(&run), [Threw, Threw, TimedOut, Succeeded]);
    let third = &run.invocations()[2];
    assert_eq!((third.ended() - third.begun()).num_seconds(), 3, "it was not waited for any longer");
    assert_eq!(seen.all().len(), 4);
    Ok(())
}
