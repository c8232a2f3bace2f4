use crate::{S3_OBJECT, SQS_BODY, TOO_OLD, Tested, envelopes, of_queue};
use chrono::{DateTime, Utc};
use dynacdc_lambda::{FailureCondition, FailureMessage, FailureResponse, failure_notices};
use dynacdc_sink::Lane;
use serde_json::{Value, json};

#[test]
fn every_member_of_a_message_is_read() -> Tested {
    let message = FailureMessage::parse(SQS_BODY)?;

    assert_eq!(message.condition(), &FailureCondition::RetryAttemptsExhausted);
    assert_eq!(message.invoke_count(), 4);
    assert_eq!(message.function_arn(), "arn:aws:lambda:eu-west-1:123456789012:function:orders-copy");
    assert_eq!(message.request_id(), "5f1d0a8e-6c3b-4d27-9a41-0e7c2b9d5f36");
    let response = message.response().ok_or("it was called")?;
    assert_eq!(response.status_code(), 200);
    assert_eq!((response.executed_version(), response.function_error()), (Some("$LATEST"), Some("Unhandled")));
    assert_eq!(message.at(), "2026-02-03T10:20:30.456Z".parse::<DateTime<Utc>>()?);
    assert_eq!((message.stream().table(), message.stream().label()), ("orders", "2026-02-01T08:00:00.000"));
    assert_eq!(message.shard().as_str(), "shardId-00000001770100000000-1a2b3c4d");
    let range = message.range().ok_or("it has a range")?;
    assert_eq!(range.start().as_str(), "700000000000000000451");
    assert_eq!(range.end().as_str(), "700000000000000000463");
    assert_eq!(message.batch_size(), 3);
    assert_eq!(message.first_arrival(), Some("2026-02-03T10:20:11Z".parse()?));
    assert_eq!(message.last_arrival(), Some("2026-02-03T10:20:14Z".parse()?));
    assert_eq!(message.payload(), None);
    Ok(())
}

#[test]
fn records_that_were_too_old_have_no_response() -> Tested {
    let message = FailureMessage::parse(TOO_OLD)?;

    assert_eq!(message.condition(), &FailureCondition::RecordAgeExceeded);
    assert_eq!(message.response(), None);
    assert_eq!((message.stream().partition(), message.stream().table()), ("aws-cn", "orders.v2"));
    Ok(())
}

#[test]
fn an_answer_that_failed_the_batch_is_no_error_of_the_function() -> Tested {
    let message = FailureMessage::parse(S3_OBJECT)?;

    assert_eq!(message.response().and_then(FailureResponse::function_error), None);
    assert_eq!(message.response().map(FailureResponse::status_code), Some(200));
    Ok(())
}

#[test]
fn an_object_of_s3_has_its_records_and_the_malformed_one_in_its_place() -> Tested {
    let payload = FailureMessage::parse(S3_OBJECT)?.into_payload().ok_or("it has records")?;

    let [record] = payload.records() else { return Err("one record decodes".into()) };
    let total = record.require_new_image()?.get("total").and_then(|total| total.as_number());
    assert_eq!(total.map(|total| total.as_str()), Some("12345678901234567890123456789.012345678"));
    let [malformed] = payload.malformed() else { return Err("one record is malformed".into()) };
    assert_eq!(malformed.position(), 1);
    assert_eq!(malformed.sequence_number().map(|number| number.to_string()).as_deref(), Some("700000000000000000452"));
    Ok(())
}

/// The documentation shows the payload as a text.
#[test]
fn a_payload_that_is_a_text_reads_as_the_object() -> Tested {
    let mut object: Value = serde_json::from_str(S3_OBJECT)?;
    object["payload"] = Value::String(object["payload"].to_string());

    let (text, nested) = (FailureMessage::parse(object.to_string())?, FailureMessage::parse(S3_OBJECT)?);

    assert_eq!(text.payload().map(|payload| payload.records()), nested.payload().map(|payload| payload.records()));
    assert_eq!(text.payload().map(|payload| payload.malformed().len()), Some(1));
    Ok(())
}

#[test]
fn every_envelope_opens() -> Tested {
    for body in [SQS_BODY, TOO_OLD] {
        let plain = FailureMessage::parse(body)?;
        for (name, envelope, id) in envelopes(body) {
            let notices = failure_notices(envelope.to_string())?;
            let [notice] = notices.as_slice() else { return Err(format!("{name}: {notices:?}").into()) };
            assert_eq!((notice.id(), notice.message()), (id, Ok(&plain)), "{name}");
        }
    }
    Ok(())
}

#[test]
fn one_bad_message_does_not_spoil_its_neighbours() -> Tested {
    let event = json!({"Records": [of_queue("1", SQS_BODY), of_queue("2", "no JSON"), 7, of_queue("3", TOO_OLD)]});

    let notices = failure_notices(event.to_string())?;

    let read: Vec<_> = notices.iter().map(|notice| (notice.id(), notice.message().is_ok())).collect();
    assert_eq!(read, [(Some("1"), true), (Some("2"), false), (None, false), (Some("3"), true)]);
    Ok(())
}

#[test]
fn a_condition_that_is_not_known_is_kept() -> Tested {
    let body = SQS_BODY.replace("RetryAttemptsExhausted", "SomethingNew");

    let message = FailureMessage::parse(body)?;

    assert_eq!(message.condition(), &FailureCondition::Other("SomethingNew".to_owned()));
    assert_eq!(message.condition().as_str(), "SomethingNew");
    Ok(())
}

/// A record whose number could not be read, as a simulator can have it: the message still tells of it.
#[test]
fn without_a_number_there_is_no_range() -> Tested {
    let mut body: Value = serde_json::from_str(S3_OBJECT)?;
    body["DDBStreamBatchInfo"]["startSequenceNumber"] = Value::Null;

    let message = FailureMessage::parse(body.to_string())?;

    assert_eq!(message.range(), None);
    assert!(message.payload().is_some());
    Ok(())
}

/// What is handed to a sink now comes behind its neighbours, so no sink may take it for the order of the stream.
#[test]
fn the_lane_is_a_redrive() -> Tested {
    let message = FailureMessage::parse(SQS_BODY)?;

    assert_eq!(message.lane(), Lane::redrive(Lane::unordered(message.stream().clone())));
    assert!(!message.lane().is_ordered());
    Ok(())
}
