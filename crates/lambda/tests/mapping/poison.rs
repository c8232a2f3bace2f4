//! A record in the middle that never succeeds.

use crate::{Applied, TIMEOUT, Tested, applying, deliver, numbers, outcomes, refusing, with};
use dynacdc_lambda::Function;
use dynacdc_sink::{DeadLetterLayer, DeadLetterStore, MemoryDeadLetters, SinkError, SinkExt};
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome};

fn poison() -> SinkError {
    SinkError::poison("cannot be handled")
}

/// What stands before it is settled and does not come again. What stands behind it is given up with it, which is what a
/// dead-letter layer is for.
#[tokio::test(start_paused = true)]
async fn without_a_dead_letter_layer_it_is_given_up_with_what_stands_behind_it() -> Tested {
    for bisect in [false, true] {
        let (stream, applied) = (with(6)?, Applied::default());
        let all = numbers(&stream);
        let function = Function::new(refusing(&applied, "2", poison));
        let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(2);
        if bisect {
            mapping = mapping.bisect_batch_on_function_error();
        }

        let run = deliver(&mut mapping, &function, TIMEOUT).await;

        assert_eq!(run.settled(), &all[..2], "bisect {bisect}");
        let given_up: Vec<_> = all[2..].iter().copied().map(Some).collect();
        assert_eq!(run.discarded()[0].records(), given_up, "an answer that names a record is not bisected");
        // Once in the whole batch, and then with a retry count of its own.
        assert_eq!(
            outcomes(&run),
            [vec![InvocationOutcome::FailedFrom(2)], vec![InvocationOutcome::FailedFrom(0); 3]].concat()
        );
        assert_eq!((applied.count("0"), applied.count("1")), (1, 1), "they did not come again");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn with_a_dead_letter_layer_it_is_parked_and_everything_else_is_settled_at_once() -> Tested {
    let (stream, applied, letters) = (with(6)?, Applied::default(), MemoryDeadLetters::new());
    let sink = refusing(&applied, "2", poison).try_layer(DeadLetterLayer::new(letters.clone()))?;
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures();

    let run = deliver(&mut mapping, &Function::new(sink), TIMEOUT).await;

    assert_eq!(run.settled(), numbers(&stream));
    assert_eq!((outcomes(&run), run.discarded().len()), (vec![InvocationOutcome::Succeeded], 0));
    assert_eq!(applied.all(), ["0", "1", "3", "4", "5"]);
    let parked = letters.letters(&stream.written()[2].item_key(), None, 10).await?;
    assert_eq!(parked.len(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_error_that_passes_is_tried_again_from_where_it_was() -> Tested {
    let (stream, applied) = (with(6)?, Applied::default());
    let tries = std::sync::atomic::AtomicU32::new(0);
    let sink = applying(&applied, move |name| {
        let fails = name == "2" && tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3;
        std::future::ready(if fails { Err(SinkError::transient("not now")) } else { Ok(()) })
    });
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(5);

    let run = deliver(&mut mapping, &Function::new(sink), TIMEOUT).await;

    assert_eq!(run.settled(), numbers(&stream));
    assert_eq!((applied.count("0"), applied.count("1"), applied.count("2")), (1, 1, 1));
    assert_eq!(run.invocations().len(), 4);
    Ok(())
}

/// Contained: the process lives, and only the record at which it panics is named.
#[tokio::test(start_paused = true)]
async fn a_record_at_which_the_sink_panics_is_as_poison() -> Tested {
    let (stream, applied) = (with(6)?, Applied::default());
    let all = numbers(&stream);
    let sink = applying(&applied, |name| async move {
        assert!(name != "3", "a bug");
        Ok(())
    });
    let function = Function::new(sink);
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(1);

    let run = deliver(&mut mapping, &function, TIMEOUT).await;

    assert_eq!(run.settled(), &all[..3]);
    assert!(outcomes(&run).iter().all(|outcome| matches!(outcome, InvocationOutcome::FailedFrom(_))), "none threw");
    assert_eq!(run.discarded()[0].records().first(), Some(&Some(all[3])));
    crate::put(&stream, 1)?;
    let next = deliver(&mut mapping, &function, TIMEOUT).await;
    assert_eq!(next.settled().len(), 1, "it goes on");
    Ok(())
}

/// Where the mapping does not look at the answer, a failure is lost: why the templates set `ReportBatchItemFailures`.
#[tokio::test(start_paused = true)]
async fn without_report_batch_item_failures_what_failed_counts_as_done() -> Tested {
    let (stream, applied) = (with(4)?, Applied::default());
    let mut mapping = EventSourceMapping::new(&stream);

    let run = deliver(&mut mapping, &Function::new(refusing(&applied, "2", poison)), TIMEOUT).await;

    assert_eq!(run.settled().len(), 4);
    assert!(!applied.all().contains(&"2".to_owned()));
    Ok(())
}
