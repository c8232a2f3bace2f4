//! Throttles, deadlines, and records that are too old.

use crate::{Applied, TIMEOUT, Tested, applying, deliver, numbers, outcomes, with};
use dynacdc_lambda::{FailureCondition, FailureMessage, Function};
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome};
use std::{future::pending, time::Duration};

#[tokio::test(start_paused = true)]
async fn a_function_that_is_not_reached_loses_nothing() -> Tested {
    let (stream, applied) = (with(40)?, Applied::default());
    let function = Function::new(applying(&applied, |_| async { Ok(()) }));
    let mut mapping = EventSourceMapping::new(&stream)
        .report_batch_item_failures()
        .batch_size(3)
        .maximum_retry_attempts(0)
        .throttles(0.6)
        .seed(5);

    let run = deliver(&mut mapping, &function, TIMEOUT).await;

    assert!(run.throttled() > 5);
    assert_eq!(run.settled(), numbers(&stream));
    assert_eq!(applied.all().len(), 40);
    Ok(())
}

/// Each invocation makes progress and answers in time, so a batch that takes longer than the function may is got through
/// without a retry of what is done.
#[tokio::test(start_paused = true)]
async fn a_batch_that_takes_longer_than_the_function_may_is_done_in_pieces() -> Tested {
    let timeout = Duration::from_secs(10);
    let (stream, applied) = (with(50)?, Applied::default());
    let sink = applying(&applied, |_| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    });
    let mut mapping = EventSourceMapping::new(&stream)
        .report_batch_item_failures()
        .function_timeout(timeout)
        .maximum_retry_attempts(0);

    let run = deliver(&mut mapping, &Function::new(sink), timeout).await;

    assert_eq!(run.settled(), numbers(&stream));
    assert!(outcomes(&run).iter().all(|outcome| *outcome != InvocationOutcome::TimedOut));
    assert_eq!(applied.all().len(), 50, "nothing was done twice");
    assert!((6..=8).contains(&run.invocations().len()), "{} invocations", run.invocations().len());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_record_that_hangs_is_given_up_before_the_function_is_killed() -> Tested {
    let timeout = Duration::from_secs(10);
    let (stream, applied) = (with(4)?, Applied::default());
    let sink = applying(&applied, |name| async move { if name == "2" { pending().await } else { Ok(()) } });
    let mut mapping = EventSourceMapping::new(&stream)
        .report_batch_item_failures()
        .function_timeout(timeout)
        .maximum_retry_attempts(1);

    let run = deliver(&mut mapping, &Function::new(sink), timeout).await;

    assert!(outcomes(&run).iter().all(|outcome| matches!(outcome, InvocationOutcome::FailedFrom(0))), "none timed out");
    assert_eq!(run.discarded().len(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn records_that_are_too_old_go_to_the_destination_and_the_others_to_the_function() -> Tested {
    let (stream, applied) = (with(3)?, Applied::default());
    let all = numbers(&stream);
    tokio::time::advance(Duration::from_secs(90)).await;
    crate::put(&stream, 2)?;
    let mut mapping =
        EventSourceMapping::new(&stream).report_batch_item_failures().maximum_record_age(Duration::from_secs(60));

    let run = deliver(&mut mapping, &Function::new(applying(&applied, |_| async { Ok(()) })), TIMEOUT).await;

    assert_eq!(applied.all(), ["3", "4"]);
    let message = FailureMessage::parse(run.discarded()[0].message())?;
    assert_eq!((message.condition(), message.batch_size()), (&FailureCondition::RecordAgeExceeded, 3));
    assert_eq!(message.range(), Some(all[0]..=all[2]));
    Ok(())
}
