//! Tumbling windows.

use crate::{Tested, numbers, outcomes};
use dynacdc_record::item;
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome, StreamSimulator};
use serde_json::{Value, json};
use std::{cell::RefCell, time::Duration};

/// Two records in the first window of a minute, three in the second.
async fn two_windows() -> Result<StreamSimulator, Box<dyn std::error::Error>> {
    let stream = StreamSimulator::new("orders")?;
    crate::put(&stream, 0..2)?;
    tokio::time::advance(Duration::from_secs(70)).await;
    crate::put(&stream, 2..5)?;
    Ok(stream)
}

/// Counts records in the state and keeps every event.
#[derive(Default)]
struct Counter(RefCell<Vec<Value>>);

impl Counter {
    fn call(&self, event: &str) -> Result<String, String> {
        let event: Value = serde_json::from_str(event).map_err(|error| error.to_string())?;
        let count = event["state"]["count"].as_u64().unwrap_or_default();
        let more = event["Records"].as_array().map_or(0, Vec::len) as u64;
        self.0.borrow_mut().push(event);
        Ok(json!({"state": {"count": count + more}}).to_string())
    }

    /// Of each event: the records, the count that it came with, whether it is the last of its window, and its start.
    fn seen(&self) -> Vec<(usize, Option<u64>, bool, String)> {
        let seen = |event: &Value| {
            let records = event["Records"].as_array().map_or(0, Vec::len);
            let last = event["isFinalInvokeForWindow"] == true;
            (
                records,
                event["state"]["count"].as_u64(),
                last,
                event["window"]["start"].as_str().unwrap_or("").to_owned(),
            )
        };
        self.0.borrow().iter().map(seen).collect()
    }
}

fn mapping(stream: &StreamSimulator) -> EventSourceMapping {
    EventSourceMapping::new(stream).tumbling_window(Duration::from_secs(60))
}

#[tokio::test(start_paused = true)]
async fn a_state_goes_from_invocation_to_invocation_until_the_window_ends() -> Tested {
    let stream = two_windows().await?;
    let counter = Counter::default();

    let run = mapping(&stream).batch_size(2).run(async |event: String| counter.call(&event)).await;

    let (first, second) = ("2026-01-01T00:00:00Z".to_owned(), "2026-01-01T00:01:00Z".to_owned());
    assert_eq!(
        counter.seen(),
        [
            (2, None, true, first),
            (2, None, false, second.clone()),
            (1, Some(2), false, second.clone()),
            (0, Some(3), true, second),
        ],
        "a window ends with its last records where more follow, and without records where time ends it"
    );
    let event = &counter.0.borrow()[0];
    assert_eq!(event["window"]["end"], "2026-01-01T00:01:00Z");
    assert_eq!(event["shardId"], stream.shards()[0].as_str());
    assert_eq!(event["eventSourceARN"], stream.arn().as_str());
    assert_eq!(event["isWindowTerminatedEarly"], false);
    assert_eq!(run.settled(), numbers(&stream));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_state_fails_the_batch() -> Tested {
    let stream = two_windows().await?;

    let run = mapping(&stream).maximum_retry_attempts(1).run(async |_| Ok::<_, String>("{}")).await;

    assert!(run.settled().is_empty());
    assert!(outcomes(&run).iter().all(|outcome| *outcome == InvocationOutcome::FailedWhole));
    assert_eq!(run.discarded().len(), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_window_whose_last_batch_was_given_up_still_ends() -> Tested {
    let stream = two_windows().await?;
    let ends = RefCell::new(0);

    mapping(&stream)
        .maximum_retry_attempts(0)
        .run(async |event: String| {
            let event: Value = serde_json::from_str(&event).map_err(|error| error.to_string())?;
            if event["Records"].as_array().is_some_and(|records| !records.is_empty()) {
                return Err("no".to_owned());
            }
            *ends.borrow_mut() += usize::from(event["isFinalInvokeForWindow"] == true);
            Ok(r#"{"state":{}}"#.to_owned())
        })
        .await;

    assert_eq!(*ends.borrow(), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_state_above_a_megabyte_ends_the_window_early() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    crate::put(&stream, 0..4)?;
    let seen = RefCell::new(Vec::new());

    mapping(&stream)
        .batch_size(2)
        .run(async |event: String| {
            let event: Value = serde_json::from_str(&event).map_err(|error| error.to_string())?;
            let records = event["Records"].as_array().map_or(0, Vec::len);
            let large = event["state"]["text"].as_str().map_or(0, str::len);
            let (last, early) = (event["isFinalInvokeForWindow"] == true, event["isWindowTerminatedEarly"] == true);
            let first = seen.borrow().is_empty();
            seen.borrow_mut().push((records, large, last, early));
            let text = if first { "x".repeat(1024 * 1024) } else { "small".to_owned() };
            Ok::<_, String>(json!({"state": {"text": text}}).to_string())
        })
        .await;

    assert_eq!(
        *seen.borrow(),
        [(2, 0, false, false), (0, 1_048_576, true, true), (2, 0, false, false), (0, 5, true, false)],
        "the window goes on with an empty state"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn children_of_a_shard_begin_with_an_empty_state() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    stream.put(item! { "pk" => "A", "n" => 1 })?;
    stream.split(&stream.shards()[0], 1)?;
    stream.put(item! { "pk" => "A", "n" => 2 })?;
    let counter = Counter::default();

    mapping(&stream).run(async |event: String| counter.call(&event)).await;

    let seen: Vec<_> = counter.seen().into_iter().map(|(records, count, last, _)| (records, count, last)).collect();
    assert_eq!(seen, [(1, None, false), (0, Some(1), true), (1, None, false), (0, Some(1), true)]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_comes_again_comes_with_the_state_that_it_had() -> Tested {
    let mut redelivered = 0;
    for seed in 0..10 {
        let stream = two_windows().await?;
        let counter = Counter::default();

        let run = mapping(&stream)
            .batch_size(1)
            .redeliveries(0.5)
            .seed(seed)
            .run(async |event: String| counter.call(&event))
            .await;

        let ends = counter.seen().into_iter().filter(|(_, _, last, _)| *last);
        let mut totals: Vec<u64> =
            ends.map(|(records, count, ..)| count.unwrap_or_default() + records as u64).collect();
        totals.dedup();
        assert_eq!(totals, [2, 3], "seed {seed}: what was counted twice was counted from the same state");
        assert!(
            !outcomes(&run).contains(&InvocationOutcome::Stray),
            "seed {seed}: a late one has no state to come with"
        );
        redelivered += run.redelivered();
        assert_eq!(run.settled().len(), 5, "seed {seed}");
    }
    assert!(redelivered > 10, "{redelivered}");
    Ok(())
}
