use crate::{
    Fallible,
    events::{answer, event, keys, number, record, viewed},
    process::Running,
};
use dynacdc_lambda_stub::Answer;

/// The numbers that were applied, in order.
pub(crate) fn applied(lines: &[String]) -> Vec<String> {
    let words = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
    words.filter(|words| words[0] == "applied").map(|words| words[1].to_owned()).collect()
}

#[tokio::test]
async fn a_batch_that_is_settled_is_answered_with_an_empty_list() -> Fallible {
    let function = Running::start("plain").await?;

    assert_eq!(function.answer(keys(&["a", "b"])).await?, r#"{"batchItemFailures":[]}"#);
    assert_eq!(function.answer(event(&[])).await?, r#"{"batchItemFailures":[]}"#);

    assert_eq!(applied(&function.stop()?), [number(0), number(1)]);
    Ok(())
}

#[tokio::test]
async fn the_first_record_that_is_not_settled_is_named_whatever_the_class() -> Fallible {
    let function = Running::start("plain").await?;

    for cause in ["poison", "throttled", "fatal"] {
        let answered = function.answer(keys(&["a", "b", cause, "c", cause])).await?;

        assert_eq!(answered, answer(Some(2)), "{cause}");
    }
    Ok(())
}

#[tokio::test]
async fn invocations_share_the_process_and_one_that_fails_does_not_end_it() -> Fallible {
    let function = Running::start("plain").await?;

    assert_eq!(function.answer(keys(&["a"])).await?, answer(None));
    let failed = function.invoke("no event".to_owned()).await;
    assert_eq!(function.answer(keys(&["panics"])).await?, answer(Some(0)));
    assert_eq!(function.answer(keys(&["a"])).await?, answer(None));

    assert!(matches!(failed, Answer::Error(_)), "{failed:?}");
    let lines = function.stop()?;
    assert!(lines.iter().any(|line| line.contains("total 2")), "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn a_record_twice_in_a_batch_and_in_two_batches_is_delivered_as_often() -> Fallible {
    let function = Running::start("plain").await?;
    let twins = event(&[record(0, "a"), record(0, "a"), record(1, "poison"), record(1, "poison")]);

    assert_eq!(function.answer(twins.clone()).await?, answer(Some(1)));
    assert_eq!(function.answer(twins).await?, answer(Some(1)));

    assert_eq!(applied(&function.stop()?), [number(0), number(0), number(0), number(0)]);
    Ok(())
}

#[tokio::test]
async fn all_view_types_arrive_with_their_images() -> Fallible {
    let function = Running::start("plain").await?;
    let views = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];
    let records: Vec<_> = views.iter().enumerate().map(|(at, view)| viewed(at, view)).collect();

    assert_eq!(function.answer(event(&records)).await?, answer(None));

    let lines = function.stop()?;
    for (view, images) in views.into_iter().zip(["(false, false)", "(false, true)", "(true, false)", "(true, true)"]) {
        assert!(lines.iter().any(|line| line.ends_with(&format!("{view} {images}"))), "{view}: {lines:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_batch_of_6_mb_arrives_whole() -> Fallible {
    let function = Running::start("plain").await?;
    // 1,000 records of 6.2 KB, the last but one of which fails.
    let filler = format!(r#""filler":{{"S":"{}"}},"total""#, "x".repeat(5_650));
    let mut records: Vec<_> = (0..1_000).map(|at| record(at, "big").replace(r#""total""#, &filler)).collect();
    records[998] = record(998, "poison");
    let event = event(&records);
    assert!((5_900_000..6_291_456).contains(&event.len()), "{} bytes", event.len());

    assert_eq!(function.answer(event).await?, answer(Some(998)));
    Ok(())
}

#[tokio::test]
async fn an_event_of_another_service_fails_the_invocation_by_name() -> Fallible {
    let function = Running::start("plain").await?;

    for (event, name) in [
        (r#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":"e30="}}]}"#, "Kinesis"),
        (r#"{"Records":[{"eventSource":"aws:sqs","body":"{}","messageId":"1"}]}"#, "SQS"),
        (r#"{"detail-type":"x","detail":{}}"#, "EventBridge"),
        ("[1, 2]", "expected"),
    ] {
        let Answer::Error(failure) = function.invoke(event.to_owned()).await else {
            return Err(format!("{event} was answered").into());
        };

        assert!(failure.message.contains(name), "{failure:?}");
        assert!(failure.error_type.starts_with("FunctionError."), "{failure:?}");
    }
    assert_eq!(applied(&function.stop()?), [""; 0]);
    Ok(())
}
