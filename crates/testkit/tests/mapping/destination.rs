//! The message to the on-failure destination.

use crate::{Tested, numbers, with};
use dynacdc_testkit::EventSourceMapping;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn the_message_of_a_function_that_threw_as_recorded() -> Tested {
    let stream = with(2)?;
    let all = numbers(&stream);
    let mut mapping = EventSourceMapping::new(&stream).maximum_retry_attempts(1);

    let run = mapping.run(async |_| Err::<&str, _>("no")).await;

    let mut message: Value = serde_json::from_str(run.discarded()[0].message())?;
    let id = message["requestContext"]["requestId"].take();
    assert_eq!(id.as_str().map(str::len), Some(36));
    assert_eq!(
        message,
        json!({
            "requestContext": {
                "requestId": null,
                "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:handler",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 2,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": "2026-01-01T00:00:00.250Z",
            "DDBStreamBatchInfo": {
                "shardId": stream.shards()[0].as_str(),
                "startSequenceNumber": all[0].as_str(),
                "endSequenceNumber": all[1].as_str(),
                "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00Z",
                "approximateArrivalOfLastRecord": "2026-01-01T00:00:00Z",
                "batchSize": 2,
                "streamArn": stream.arn().as_str(),
            },
        })
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_message_of_records_that_are_too_old_has_no_response_context_as_recorded() -> Tested {
    let stream = with(1)?;
    tokio::time::advance(Duration::from_secs(61)).await;
    let mut mapping = EventSourceMapping::new(&stream).maximum_record_age(Duration::from_secs(60));

    let run = mapping.run(async |_| Ok::<_, String>("")).await;

    let message: Value = serde_json::from_str(run.discarded()[0].message())?;
    assert_eq!(message["requestContext"]["condition"], "RecordAgeExceeded");
    assert!(message.get("responseContext").is_none());
    assert!(run.invocations().is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_object_in_s3_has_the_event_as_json_as_recorded() -> Tested {
    let stream = with(2)?;
    let events = std::cell::RefCell::new(Vec::new());
    let mut mapping = EventSourceMapping::new(&stream).maximum_retry_attempts(0);

    let run = mapping
        .run(async |event| {
            events.borrow_mut().push(event);
            Err::<&str, _>("no")
        })
        .await;

    let discarded = &run.discarded()[0];
    let object: Value = serde_json::from_str(discarded.s3_object())?;
    assert_eq!(object["payload"], serde_json::from_str::<Value>(&events.borrow()[0])?);
    assert!(object["payload"]["Records"].is_array(), "an object, not a text");
    let mut message = object;
    message.as_object_mut().ok_or("no object")?.remove("payload");
    assert_eq!(message, serde_json::from_str::<Value>(discarded.message())?);
    let key: Vec<&str> = discarded.s3_key().split('/').collect();
    assert_eq!(key[..2], ["aws", "lambda"]);
    assert_eq!(key[3], stream.shards()[0].as_str());
    assert_eq!(key[4..7], ["2026", "01", "01"]);
    assert!(key[7].starts_with("2026-01-01T00.00.00-"), "{key:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn items_do_not_stand_in_a_debug_text() -> Tested {
    let stream = with(1)?;
    let mut mapping = EventSourceMapping::new(&stream).maximum_retry_attempts(0);

    let run = mapping.run(async |_| Err::<&str, _>("no")).await;

    assert!(run.discarded()[0].s3_object().contains("NewImage"));
    assert!(!format!("{run:?} {mapping:?}").contains("NewImage"));
    Ok(())
}
