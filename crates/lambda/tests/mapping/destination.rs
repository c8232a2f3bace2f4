//! From the message to the records: what was given up is read from the stream again, and handled.

use crate::{Applied, TIMEOUT, Tested, applying, deliver, numbers, refusing, with};
use dynacdc_lambda::{FailureMessage, Function, failure_notices};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Report, Sink, SinkError};
use dynacdc_source::{RefetchError, refetch};
use dynacdc_testkit::{EventSourceMapping, Hardships, StreamSimulator};
use serde_json::json;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn exactly_the_records_that_were_given_up_are_read_again() -> Tested {
    for seed in 0..30 {
        fastrand::seed(seed);
        let mut dice = fastrand::Rng::with_seed(seed);
        let stream = StreamSimulator::builder("orders").shards(2).hardships(Hardships::rough(seed)).build()?;
        crate::put(&stream, 30)?;
        let refused =
            |record: &ChangeRecord, parts: u8| record.sequence_number().packed_version() % 5 == i64::from(parts);
        let part = dice.u8(0..5);
        let mut mapping = EventSourceMapping::new(&stream)
            .report_batch_item_failures()
            .batch_size(dice.usize(1..12))
            .maximum_retry_attempts(1);
        let sink = dynacdc_sink::sink_fn("refusing", move |record| async move {
            if refused(&record, part) { Err(SinkError::poison("refused")) } else { Ok(()) }
        })
        .with_redelivery(dynacdc_sink::Redelivery::Any);

        let run = deliver(&mut mapping, &Function::new(sink), TIMEOUT).await;

        assert!(!run.discarded().is_empty(), "seed {seed}");
        for discarded in run.discarded() {
            let message = FailureMessage::parse(discarded.message())?;
            let range = message.range().ok_or("a range")?;
            let found = refetch(&stream, message.stream(), message.shard(), range).await?;
            let again: Vec<_> = found.records().iter().map(|record| Some(record.sequence_number())).collect();
            assert_eq!(again, discarded.records(), "seed {seed}");
            assert_eq!(message.batch_size(), again.len() as u64);
            // What an object of S3 holds is the same.
            let payload = FailureMessage::parse(discarded.s3_object())?.into_payload().ok_or("records")?;
            let read: Vec<_> = payload.records().iter().map(ChangeRecord::to_json).collect();
            assert_eq!(read, found.records().iter().map(ChangeRecord::to_json).collect::<Vec<_>>());
        }
        let given_up: usize = run.discarded().iter().map(|discarded| discarded.records().len()).sum();
        assert_eq!(run.settled().len() + given_up, 30, "seed {seed}");
    }
    Ok(())
}

/// A function behind the queue: what it reads again goes to the sink as a redrive.
#[tokio::test(start_paused = true)]
async fn a_second_function_behind_the_queue_makes_up_for_it() -> Tested {
    let (stream, applied) = (with(6)?, Applied::default());
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(0);
    let function = Function::new(refusing(&applied, "3", || SinkError::poison("refused")));
    let run = deliver(&mut mapping, &function, TIMEOUT).await;
    assert_eq!((applied.count("3"), run.discarded()[0].records().len()), (0, 3));
    let messages = run.discarded().iter().map(|discarded| json!({"messageId": "1", "body": discarded.message()}));
    let event = json!({"Records": messages.collect::<Vec<_>>()});

    let healed = applying(&applied, |_| async { Ok(()) });
    for notice in failure_notices(event.to_string())? {
        let message = notice.into_message()?;
        let range = message.range().ok_or("a range")?;
        let found = refetch(&stream, message.stream(), message.shard(), range).await?;
        let lane = message.lane();
        let batch = Batch::new(&lane, found.records());
        let report = Report::settle(batch, healed.write(batch).await);
        assert!(report.first_unsettled().is_none());
    }

    assert_eq!(applied.count("3"), 1);
    assert!((0..6).all(|n| applied.count(&n.to_string()) > 0));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_read_a_day_later_says_what_is_lost() -> Tested {
    let (stream, applied) = (with(3)?, Applied::default());
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(0);
    let run = deliver(&mut mapping, &Function::new(refusing(&applied, "1", || SinkError::poison("no"))), TIMEOUT).await;
    let message = FailureMessage::parse(run.discarded()[0].message())?;
    tokio::time::advance(Duration::from_secs(24 * 3600)).await;

    let error = refetch(&stream, message.stream(), message.shard(), message.range().ok_or("a range")?).await;

    let Err(RefetchError::Trimmed { left }) = error else { return Err(format!("{error:?}").into()) };
    assert!(left.is_empty());
    assert_eq!(numbers(&stream).len(), 3);
    Ok(())
}
