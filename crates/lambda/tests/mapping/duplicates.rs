//! Batches that come again although they succeeded, and events without records.

use crate::{Applied, TIMEOUT, Tested, applying, deliver, numbers, table, with};
use dynacdc_lambda::Function;
use dynacdc_record::item;
use dynacdc_testkit::{Backend, EventSourceMapping, Faults, Replica, StreamSimulator};

/// Old changes come behind newer ones, and nothing is written back.
#[tokio::test(start_paused = true)]
async fn a_fenced_sink_ends_as_if_everything_came_once() -> Tested {
    let stream = StreamSimulator::builder("orders").shards(2).build()?;
    for n in 0..60 {
        let key = format!("{}", n % 5);
        if n % 7 == 3 {
            stream.delete(item! { "pk" => key })?;
        } else {
            stream.put(item! { "pk" => key, "n" => n })?;
        }
    }
    let backend = Backend::new(&Faults::none());
    let mut mapping = EventSourceMapping::new(&stream)
        .report_batch_item_failures()
        .batch_size(4)
        .parallelization_factor(3)
        .redeliveries(0.6)
        .seed(11);

    let run = deliver(&mut mapping, &Function::new(Replica::fenced(&backend, "copy")), TIMEOUT).await;

    assert!(run.redelivered() > 3);
    assert_eq!(run.settled().len(), stream.written().len());
    assert_eq!(backend.items("copy"), table(&stream.written()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn twins_in_one_event_are_both_settled() -> Tested {
    let (stream, applied) = (with(1)?, Applied::default());
    let record = stream.written()[0].to_json();
    let function = Function::new(applying(&applied, |_| async { Ok(()) }));

    let answer = function.handle(format!(r#"{{"Records":[{record},{record}]}}"#), None).await?;

    assert!(answer.is_settled());
    assert_eq!(applied.count("0"), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_event_without_records_is_settled_and_calls_nothing() -> Tested {
    let applied = Applied::default();
    let function = Function::new(applying(&applied, |_| async { Ok(()) }));

    let answer = function.handle(r#"{"Records":[]}"#, None).await?;

    assert_eq!(answer.to_json(), r#"{"batchItemFailures":[]}"#);
    assert!(applied.all().is_empty());
    Ok(())
}

/// A batch is cut at 6 MB whatever its size is set to.
#[tokio::test(start_paused = true)]
async fn batches_of_six_megabytes_are_read() -> Tested {
    let (stream, applied) = (StreamSimulator::new("orders")?, Applied::default());
    for n in 0..40 {
        stream.put(item! { "pk" => format!("{n}"), "text" => "x".repeat(390_000) })?;
    }
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().batch_size(10_000);

    let run = deliver(&mut mapping, &Function::new(applying(&applied, |_| async { Ok(()) })), TIMEOUT).await;

    assert_eq!(run.settled(), numbers(&stream));
    let sizes: Vec<usize> = run.invocations().iter().map(|invocation| invocation.records().len()).collect();
    assert_eq!(sizes, [16, 16, 8], "390 KB each");
    Ok(())
}
