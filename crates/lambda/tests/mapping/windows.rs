//! Tumbling windows: the state goes from invocation to invocation.

use crate::{Tested, name, numbers};
use dynacdc_lambda::{FunctionError, window};
use dynacdc_record::item;
use dynacdc_sink::SinkError;
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome, StreamSimulator};
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Totals {
    items: Vec<String>,
}

/// A record that fails twice in the middle of a window: what stands before it is in the state once, and so is it.
#[tokio::test(start_paused = true)]
async fn each_record_is_in_one_window_once_whatever_fails() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    for n in 0..30 {
        stream.put(item! { "pk" => format!("{n}") })?;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let (ended, fails) = (Arc::new(Mutex::new(Vec::new())), AtomicU32::new(0));
    let function = window::<Totals>(move |totals, record| {
        if name(record) == "12" && fails.fetch_add(1, Ordering::Relaxed) < 2 {
            return Err(SinkError::transient("not now"));
        }
        totals.items.push(name(record));
        Ok(())
    })
    .on_end({
        let ended = Arc::clone(&ended);
        move |totals: Totals, _| {
            ended.lock().unwrap_or_else(PoisonError::into_inner).push(totals.items);
            std::future::ready(Ok(()))
        }
    });
    let mut mapping = EventSourceMapping::new(&stream)
        .report_batch_item_failures()
        .tumbling_window(Duration::from_secs(10))
        .batch_size(4);

    let run = mapping
        .run(async |event| {
            let answer = function.handle(event, None).await?;
            Ok::<_, FunctionError>(serde_json::to_string(&answer).unwrap_or_default())
        })
        .await;

    assert_eq!(run.settled(), numbers(&stream));
    let windows = ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(windows.len(), 3);
    assert_eq!(windows.concat(), (0..30).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(windows.iter().all(|items| items.len() == 10));
    assert!(run.invocations().iter().any(|call| call.outcome() == InvocationOutcome::FailedFrom(0)));
    Ok(())
}
