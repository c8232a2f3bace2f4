use crate::{
    Fallible,
    events::{malformed, nameless, number, record, window as event},
    process::Running,
};
use dynacdc_lambda::{Function, FunctionError, WindowFunction, window};
use dynacdc_lambda_stub::Answer;
use dynacdc_sink::{Redelivery, SinkError, sink_fn};
use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

#[tokio::test]
async fn a_state_goes_from_invocation_to_invocation_and_to_the_end() -> Fallible {
    let function = Running::start("window").await?;

    let first = function.answer(event(&[record(0, "a"), record(1, "b")], "{}", false)).await?;
    assert_eq!(first, r#"{"state":{"seen":2},"batchItemFailures":[]}"#);
    let second = function.answer(event(&[record(2, "c")], r#"{"seen":2,"kept":[1.5,null]}"#, false)).await?;
    assert_eq!(second, r#"{"state":{"kept":[1.5,null],"seen":3},"batchItemFailures":[]}"#);
    let last = function.answer(event(&[], r#"{"seen":3}"#, true)).await?;
    assert_eq!(last, r#"{"state":{"seen":3},"batchItemFailures":[]}"#);

    let lines = function.stop()?;
    let ends: Vec<_> = lines.iter().filter(|line| line.starts_with("window ")).collect();
    assert_eq!(ends, [r#"window 2020-07-30T17:05:00+00:00 {"seen":3}"#]);
    Ok(())
}

#[tokio::test]
async fn a_plain_event_fails_a_function_for_windows() -> Fallible {
    let function = Running::start("window").await?;

    let plain = crate::events::keys(&["a"]);
    let Answer::Error(failure) = function.invoke(plain).await else { return Err("it was answered".into()) };

    assert_eq!(failure.error_type, "FunctionError.NotWindowed");
    Ok(())
}

#[tokio::test]
async fn an_event_of_a_window_fails_a_function_without_one() {
    let sink = sink_fn("sink", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);

    let answered = Function::new(sink).handle(event(&[record(0, "a")], "{}", false), None).await;

    assert!(matches!(answered, Err(FunctionError::Windowed)), "{answered:?}");
}

/// Counts, and leaves its traces in the state before it fails.
fn counting() -> WindowFunction<u64> {
    window::<u64>(|count, record| {
        *count += 1;
        match crate::process::key(record).as_str() {
            "poison" => Err(SinkError::poison("refused")),
            "panics" => panic!("as it was told"),
            _ => Ok(()),
        }
    })
}

fn failed_at(at: usize, state: &str) -> String {
    format!(r#"{{"state":{state},"batchItemFailures":[{{"itemIdentifier":"{}"}}]}}"#, number(at))
}

#[tokio::test]
async fn a_partial_answer_has_the_state_of_what_is_settled() -> Fallible {
    for cause in ["poison", "panics"] {
        let event = event(&[record(0, "a"), record(1, "b"), record(2, cause), record(3, "c")], "40", true);

        assert_eq!(counting().handle(event, None).await?.to_json(), failed_at(2, "42"), "{cause}");
    }
    Ok(())
}

#[tokio::test]
async fn the_first_state_is_an_empty_one_whatever_the_type() -> Fallible {
    for state in ["{}", "{ }", "null"] {
        let answer = counting().handle(event(&[record(0, "a")], state, false), None).await?;

        assert_eq!(answer.state(), "1", "{state}");
    }
    let wrong = counting().handle(event(&[], r#""secret""#, false), None).await;
    let error = wrong.err().ok_or("it was read")?;
    assert!(matches!(error, FunctionError::State(_)) && !error.to_string().contains("secret"), "{error}");
    Ok(())
}

#[tokio::test]
async fn malformed_records_of_a_window_follow_the_same_rule() -> Fallible {
    let stopped = counting().handle(event(&[record(0, "a"), malformed(1), record(2, "b")], "5", false), None).await?;
    let unnamed = counting().handle(event(&[record(0, "a"), nameless(1)], "5", false), None).await;

    assert_eq!(stopped.to_json(), failed_at(1, "6"));
    assert!(matches!(unnamed, Err(FunctionError::Unnamed { .. })), "{unnamed:?}");
    Ok(())
}

#[tokio::test]
async fn a_record_that_is_no_json_spoils_no_window() -> Fallible {
    let broken = record(1, "b").replace(r#"{"N":"5"}"#, "nonsense");
    let event = event(&[record(0, "a"), broken, record(2, "c")], "5", false);

    assert_eq!(counting().handle(event.clone(), None).await?.to_json(), failed_at(1, "6"));
    let sink = sink_fn("sink", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);
    let answered = Function::new(sink).handle(event, None).await;
    assert!(matches!(answered, Err(FunctionError::Windowed)), "{answered:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_record_without_time_left_is_named_with_what_was_folded() -> Fallible {
    let answer = counting().handle(event(&[record(0, "a")], "5", true), Instant::now()).await?;

    assert_eq!(answer.to_json(), failed_at(0, "5"));
    Ok(())
}

#[tokio::test]
async fn a_state_that_lambda_would_not_keep_is_an_error() -> Fallible {
    let growing = window::<String>(|text, _| {
        text.push_str(&"x".repeat(600_000));
        Ok(())
    });

    assert!(growing.handle(event(&[record(0, "a")], r#""""#, false), None).await.is_ok());
    let error = growing.handle(event(&[record(0, "a"), record(1, "b")], r#""""#, false), None).await;
    assert!(matches!(error, Err(FunctionError::StateTooLarge { bytes: 1_200_002 })), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn the_last_state_of_a_window_may_be_larger_than_lambda_keeps() -> Fallible {
    let ended = Arc::new(AtomicU64::new(0));
    let growing = window::<String>(|text, record| {
        text.push_str(&"x".repeat(600_000));
        if crate::process::key(record) == "poison" { Err(SinkError::poison("refused")) } else { Ok(()) }
    })
    .on_end({
        let ended = Arc::clone(&ended);
        move |text, _| {
            ended.fetch_add(text.len() as u64, Ordering::Relaxed);
            ready(Ok(()))
        }
    });
    let large = format!(r#""{}""#, "x".repeat(1_200_000));

    let last = growing.handle(event(&[record(0, "a"), record(1, "b")], "null", true), None).await?;
    assert_eq!(last.to_json(), r#"{"state":{},"batchItemFailures":[]}"#);
    assert_eq!(ended.load(Ordering::Relaxed), 1_200_000);
    let early = event(&[], &large, false).replace(r#"Early":false"#, r#"Early":true"#);
    assert_eq!(growing.handle(early, None).await?.state(), "{}");
    assert_eq!(ended.load(Ordering::Relaxed), 2_400_000);

    // Lambda goes on with this one.
    let unsettled = growing.handle(event(&[record(0, "poison")], &large, true), None).await;
    assert!(matches!(unsettled, Err(FunctionError::StateTooLarge { .. })), "{unsettled:?}");
    assert_eq!(ended.load(Ordering::Relaxed), 2_400_000);
    Ok(())
}

#[tokio::test]
async fn an_end_that_panics_when_it_is_called_fails_the_invocation() {
    let panicking = counting().on_end(|count, _| {
        assert!(count == 0, "as it was told");
        ready(Ok(()))
    });

    let answered = panicking.handle(event(&[record(0, "a")], "1", true), None).await;

    assert!(matches!(answered, Err(FunctionError::End { .. })), "{answered:?}");
}

#[tokio::test(start_paused = true)]
async fn an_end_that_fails_fails_the_invocation() -> Fallible {
    let calls = Arc::new(AtomicU64::new(0));
    let ending = |kind: &'static str| {
        let calls = Arc::clone(&calls);
        counting().on_end(move |count, _| {
            calls.fetch_add(count, Ordering::Relaxed);
            async move {
                match kind {
                    "fails" => Err(SinkError::transient("throttled")),
                    "panics" => panic!("as it was told"),
                    "hangs" => std::future::pending().await,
                    _ => Ok(()),
                }
            }
        })
    };
    let last = || event(&[record(0, "a")], "1", true);
    let end = Instant::now() + Duration::from_secs(10);

    for kind in ["fails", "panics", "hangs"] {
        let answered = ending(kind).handle(last(), end).await;
        assert!(matches!(answered, Err(FunctionError::End { .. })), "{kind}: {answered:?}");
    }
    let unsettled = ending("works").handle(event(&[record(0, "a"), record(1, "poison")], "1", true), end).await?;
    assert!(!unsettled.response().is_settled());
    assert_eq!(calls.load(Ordering::Relaxed), 6);
    assert!(ending("works").handle(last(), end).await?.response().is_settled());
    assert_eq!(calls.load(Ordering::Relaxed), 8);
    let early = last().replace(r#""isFinalInvokeForWindow":true"#, r#""isFinalInvokeForWindow":false"#);
    let _ = ending("works").handle(early.clone(), end).await?;
    assert_eq!(calls.load(Ordering::Relaxed), 8);
    let _ = ending("works").handle(early.replace(r#"Early":false"#, r#"Early":true"#), end).await?;
    assert_eq!(calls.load(Ordering::Relaxed), 10);
    Ok(())
}
