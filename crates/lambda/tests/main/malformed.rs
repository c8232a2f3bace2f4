use crate::{
    Fallible,
    answers::applied,
    events::{STREAM, answer, event, malformed, nameless, number, record},
    process::Running,
};
use async_trait::async_trait;
use dynacdc_lambda::{Function, Response};
use dynacdc_lambda_stub::Answer;
use dynacdc_record::Malformed;
use dynacdc_sink::{Lane, MalformedStore, OnMalformed, Redelivery, SinkError, sink_fn};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn delivery_stops_at_a_malformed_record_by_default() -> Fallible {
    let function = Running::start("plain").await?;
    let event = event(&[record(0, "a"), malformed(1), record(2, "c")]);

    assert_eq!(function.answer(event).await?, answer(Some(1)));

    assert_eq!(applied(&function.stop()?), [number(0)]);
    Ok(())
}

#[tokio::test]
async fn one_without_a_number_fails_the_invocation_after_what_stands_before_it_is_written() -> Fallible {
    let function = Running::start("plain").await?;
    let event = event(&[record(0, "a"), nameless(1), record(2, "c")]);

    let Answer::Error(failure) = function.invoke(event).await else { return Err("it was answered".into()) };

    assert!(failure.message.contains("without a sequence number") && failure.message.contains("record 1"));
    assert_eq!(failure.error_type, "FunctionError.Unnamed");
    assert_eq!(applied(&function.stop()?), [number(0)]);
    Ok(())
}

#[tokio::test]
async fn a_failure_before_one_without_a_number_is_named_all_the_same() -> Fallible {
    let function = Running::start("plain").await?;

    let event = event(&[record(0, "a"), record(1, "throttled"), nameless(2)]);
    assert_eq!(function.answer(event).await?, answer(Some(1)));
    Ok(())
}

#[tokio::test]
async fn parked_ones_are_settled_with_and_without_a_number() -> Fallible {
    let function = Running::start("parking").await?;
    let records = [malformed(0), record(1, "a"), nameless(2), nameless(3), record(4, "b"), malformed(5)];

    assert_eq!(function.answer(event(&records)).await?, answer(None));

    let lines = function.stop()?;
    assert_eq!(applied(&lines), [number(1), number(4)]);
    let parked: Vec<_> = lines.iter().filter(|line| line.starts_with("parked ")).collect();
    let of = |at: usize, name: &str| format!("parked {name} {} bytes of ", records[at].len());
    for (line, start) in parked.iter().zip([of(0, &number(0)), of(2, "none"), of(3, "none"), of(5, &number(5))]) {
        assert_eq!(**line, format!("{start}{STREAM} unordered"));
    }
    assert_eq!(parked.len(), 4);
    Ok(())
}

/// A store that is not there.
struct Broken;

#[async_trait]
impl MalformedStore for Broken {
    async fn park(&self, _: &Lane, record: &Malformed) -> Result<(), SinkError> {
        match record.sequence_number() {
            Some(_) => Err(SinkError::transient("not reachable")),
            None => panic!("as it was told"),
        }
    }
}

#[tokio::test]
async fn one_that_cannot_be_parked_is_not_settled() -> Fallible {
    let sink = sink_fn("sink", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);
    let function = Function::new(sink).with_on_malformed(OnMalformed::park(Broken));

    let named = function.handle(event(&[record(0, "a"), malformed(1), record(2, "b")]), None).await?;
    let unnamed = function.handle(event(&[record(0, "a"), nameless(1)]), None).await;

    assert_eq!(named, Response::unsettled_from(number(1).parse()?));
    assert!(unnamed.is_err(), "{unnamed:?}");
    Ok(())
}

#[tokio::test]
async fn records_of_another_service_are_not_parked() -> Fallible {
    let function = Running::start("parking").await?;
    let queue = r#"{"Records":[{"eventSource":"aws:sqs","body":"{}","messageId":"1"}]}"#;

    let Answer::Error(failure) = function.invoke(queue.to_owned()).await else { return Err("it was answered".into()) };

    assert!(failure.message.contains("SQS"));
    assert!(!function.stop()?.iter().any(|line| line.starts_with("parked ")));
    Ok(())
}

/// Counts what it is given.
#[derive(Debug, Clone, Default)]
struct Counting(Arc<AtomicUsize>);

#[async_trait]
impl MalformedStore for Counting {
    async fn park(&self, _: &Lane, _: &Malformed) -> Result<(), SinkError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(SECOND).await;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_parked_after_the_deadline() -> Fallible {
    let sink = sink_fn("sink", |_| async { Ok::<_, SinkError>(()) }).with_redelivery(Redelivery::Any);
    let store = Counting::default();
    let function = Function::new(sink).with_on_malformed(OnMalformed::park(store.clone()));

    // Of 5 seconds 3 are to begin in, and the fourth one would end in time.
    let records: Vec<_> = (0..5).map(malformed).collect();
    let response = function.handle(event(&records), Instant::now() + 5 * SECOND).await?;

    assert_eq!(response, Response::unsettled_from(number(3).parse()?));
    assert_eq!(store.0.load(Ordering::Relaxed), 3);
    Ok(())
}
