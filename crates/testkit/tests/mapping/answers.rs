//! What an answer means.

use crate::{Tested, failures, numbers, outcomes, records, sizes, with};
use dynacdc_record::SequenceNumber;
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome, MappingRun, StreamSimulator};

/// Three records in one batch, one retry, and always the same answer.
async fn always(stream: &StreamSimulator, answer: &str) -> MappingRun {
    let mut mapping = EventSourceMapping::new(stream).report_batch_item_failures().maximum_retry_attempts(1);
    mapping.run(async |_| Ok::<_, String>(answer)).await
}

#[tokio::test(start_paused = true)]
async fn complete_success_as_recorded() -> Tested {
    for answer in ["", "null", "{}", r#"{"batchItemFailures":null}"#, "[]", r#"{"batchItemFailures":[]}"#] {
        let run = always(&with(3)?, answer).await;

        assert_eq!((run.settled().len(), run.invocations().len()), (3, 1), "{answer}");
        assert!(run.discarded().is_empty(), "{answer}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn complete_failure_as_recorded() -> Tested {
    for inner in [
        r#"{"itemIdentifier":""}"#,
        r#"{"itemIdentifier":null}"#,
        r#"{"foo":"123"}"#,
        r#"{"itemIdentifier":"123"}"#,
        r#"{"itemIdentifier":123}"#,
    ] {
        let run = always(&with(3)?, &format!(r#"{{"batchItemFailures":[{inner}]}}"#)).await;

        assert!(run.settled().is_empty(), "{inner}");
        assert_eq!(outcomes(&run), [InvocationOutcome::FailedWhole; 2], "{inner}");
        assert_eq!(run.discarded()[0].records().len(), 3, "{inner}");
        let message = run.discarded()[0].message();
        assert!(message.contains(r#""functionError":null"#) && message.contains(r#""statusCode":200"#), "{message}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_valid_identifier_beside_one_that_is_not_in_the_batch_fails_all() -> Tested {
    let stream = with(3)?;
    let answer = failures(&[numbers(&stream)[1], SequenceNumber::parse("123")?]);

    let run = always(&stream, &answer).await;

    assert!(run.settled().is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn event_ids_as_identifiers_fail_the_whole_batch_until_it_is_given_up() -> Tested {
    let stream = with(3)?;
    let poison = numbers(&stream)[1];
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(2);

    // The mistake: the records before the failed one are settled nowhere.
    let run = mapping
        .run(async |event| {
            let failed = records(event).into_iter().find(|record| record.sequence_number() == poison);
            let id = failed.map(|record| record.event_id().to_owned()).unwrap_or_default();
            Ok::<_, String>(format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{id}"}}]}}"#))
        })
        .await;

    assert_eq!(sizes(&run), [3, 3, 3]);
    assert!(run.settled().is_empty());
    assert_eq!(run.discarded()[0].records().len(), 3, "the good ones are given up with the bad one");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_answer_under_a_wrong_name_settles_the_batch_without_a_word() -> Tested {
    let stream = with(3)?;
    let answer = failures(&numbers(&stream)).replace("batchItemFailures", "BatchItemFailures");

    let run = always(&stream, &answer).await;

    assert_eq!(run.settled().len(), 3, "the trap: everything had failed");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_lowest_number_counts_as_a_number() -> Tested {
    // Numbers whose order as text is another one.
    let stream = with(12)?;
    let all = numbers(&stream);
    let at = (1..all.len()).find(|at| all[*at].as_str() < all[at - 1].as_str()).ok_or("no such numbers")?;
    let failing = [all[at], all[at - 1]];
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures();

    let first = std::cell::Cell::new(true);
    let run = mapping
        .run(async |_| Ok::<_, String>(if first.replace(false) { failures(&failing) } else { String::new() }))
        .await;

    assert_eq!(outcomes(&run), [InvocationOutcome::FailedFrom(at - 1), InvocationOutcome::Succeeded]);
    assert_eq!(sizes(&run), [12, 12 - (at - 1)], "everything from it is delivered again, successes too");
    assert_eq!(run.settled(), all);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn without_the_response_type_the_answer_is_ignored() -> Tested {
    let stream = with(3)?;
    let answer = failures(&numbers(&stream));

    let run = EventSourceMapping::new(&stream).run(async |_| Ok::<_, String>(&answer)).await;

    assert_eq!((run.settled().len(), run.invocations().len()), (3, 1));
    Ok(())
}
