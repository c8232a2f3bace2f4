//! The messages that the simulated event source mapping makes.

use crate::Tested;
use dynacdc_lambda::{FailureCondition, FailureMessage, FailureResponse};
use dynacdc_record::item;
use dynacdc_testkit::{DiscardCondition, EventSourceMapping, StreamSimulator};
use std::time::Duration;

fn stream(items: usize) -> Result<StreamSimulator, Box<dyn std::error::Error>> {
    let stream = StreamSimulator::new("orders")?;
    for n in 0..items {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    Ok(stream)
}

#[tokio::test(start_paused = true)]
async fn a_function_that_threw() -> Tested {
    let stream = stream(5)?;
    let mut mapping = EventSourceMapping::new(&stream).batch_size(3).maximum_retry_attempts(2);

    let run = mapping.run(async |_| Err::<&str, _>("no")).await;

    assert_eq!(run.discarded().len(), 2);
    for discarded in run.discarded() {
        let message = FailureMessage::parse(discarded.message())?;
        let object = FailureMessage::parse(discarded.s3_object())?;
        assert_eq!(message.condition(), &FailureCondition::RetryAttemptsExhausted);
        assert_eq!(message.invoke_count(), 3);
        assert_eq!(message.response().and_then(FailureResponse::function_error), Some("Unhandled"));
        assert_eq!((message.stream(), message.shard()), (&stream.arn(), &stream.shards()[0]));
        let ends = message.range().map(|range| [Some(*range.start()), Some(*range.end())]);
        let given_up = discarded.records();
        assert_eq!(ends, Some([given_up[0], given_up[given_up.len() - 1]]));
        assert_eq!(message.batch_size(), given_up.len() as u64);
        assert_eq!(message.payload(), None);
        let payload = object.payload().ok_or("the object has records")?;
        let numbers: Vec<_> = payload.records().iter().map(|record| Some(record.sequence_number())).collect();
        assert_eq!(numbers, given_up);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn records_that_are_too_old() -> Tested {
    let stream = stream(1)?;
    tokio::time::advance(Duration::from_secs(90)).await;
    let mut mapping = EventSourceMapping::new(&stream).maximum_record_age(Duration::from_secs(60));

    let run = mapping.run(async |_| Ok::<_, String>("")).await;

    assert_eq!(run.discarded()[0].condition(), DiscardCondition::RecordAgeExceeded);
    let message = FailureMessage::parse(run.discarded()[0].message())?;
    assert_eq!((message.condition(), message.response()), (&FailureCondition::RecordAgeExceeded, None));
    assert_eq!(message.first_arrival(), message.last_arrival());
    Ok(())
}

/// The last invocation of a window has no records, and what is given up with it has none either.
#[tokio::test(start_paused = true)]
async fn records_of_a_window_and_one_that_is_malformed() -> Tested {
    let stream = stream(1)?;
    stream.append_malformed(&stream.shards()[0], r#"{"eventID": "m"}"#, None)?;
    let mut mapping =
        EventSourceMapping::new(&stream).tumbling_window(Duration::from_secs(10)).maximum_retry_attempts(0);

    let run = mapping.run(async |_| Err::<&str, _>("no")).await;

    let message = FailureMessage::parse(run.discarded()[0].s3_object())?;
    assert_eq!((message.range(), message.batch_size()), (None, 2));
    let payload = message.payload().ok_or("the object has records")?;
    assert_eq!((payload.records().len(), payload.malformed().len()), (1, 1));
    Ok(())
}
