use crate::{S3_OBJECT, SQS_BODY, Tested, notification, of_queue};
use dynacdc_lambda::{FailureMessage, FailureMessageError, FailureMessageErrorKind as Kind, failure_notices};
use serde_json::{Value, json};

fn refused(text: impl AsRef<[u8]>) -> Result<FailureMessageError, &'static str> {
    FailureMessage::parse(text).err().ok_or("it was read")
}

/// The sample with a member at `pointer` set.
fn with(pointer: &str, value: Value) -> Result<String, Box<dyn std::error::Error>> {
    let mut body: Value = serde_json::from_str(S3_OBJECT)?;
    *body.pointer_mut(pointer).ok_or_else(|| format!("no {pointer}"))? = value;
    Ok(body.to_string())
}

#[test]
fn an_error_names_the_member() -> Tested {
    let whole = "expected a whole number";
    for (pointer, value, message) in [
        ("/requestContext", json!([]), "requestContext: expected an object"),
        ("/requestContext/condition", json!(1), "requestContext.condition: expected a text"),
        ("/requestContext/condition", Value::Null, "requestContext.condition: missing"),
        (
            "/requestContext/approximateInvokeCount",
            json!("1"),
            &format!("requestContext.approximateInvokeCount: {whole}"),
        ),
        ("/responseContext", json!("200"), "responseContext: expected an object"),
        ("/responseContext/statusCode", json!(-1), "responseContext.statusCode: expected a status code"),
        ("/timestamp", json!("yesterday"), "timestamp: expected a time by RFC 3339"),
        ("/timestamp", Value::Null, "timestamp: missing"),
        ("/DDBStreamBatchInfo", Value::Null, "DDBStreamBatchInfo: missing"),
        ("/DDBStreamBatchInfo/shardId", Value::Null, "DDBStreamBatchInfo.shardId: missing"),
        (
            "/DDBStreamBatchInfo/startSequenceNumber",
            json!("12a"),
            "DDBStreamBatchInfo.startSequenceNumber: a sequence number consists of digits, and byte 2 is none",
        ),
        (
            "/DDBStreamBatchInfo/endSequenceNumber",
            json!("9"),
            "DDBStreamBatchInfo: the range of sequence numbers ends before it starts",
        ),
        (
            "/DDBStreamBatchInfo/streamArn",
            json!("arn:aws:sqs:eu-west-1:123456789012:queue"),
            "DDBStreamBatchInfo.streamArn: the ARN is not one of the service \"dynamodb\"",
        ),
        ("/DDBStreamBatchInfo/batchSize", json!(1.5), &format!("DDBStreamBatchInfo.batchSize: {whole}")),
        ("/payload", json!({"records": []}), "payload: the records: byte 14: Records is missing"),
        ("/payload", json!(7), "payload: the records: byte 0: expected an event"),
    ] {
        assert_eq!(refused(with(pointer, value)?)?.to_string(), message);
    }
    Ok(())
}

#[test]
fn an_error_names_the_way_through_the_envelopes() -> Tested {
    let body = SQS_BODY.replace("\"shardId\"", "\"shard\"");
    let event = json!({"Records": [of_queue("1", SQS_BODY), of_queue("2", &notification(&body).to_string())]});

    let notices = failure_notices(event.to_string())?;

    let error = notices[1].message().err().ok_or("it was read")?;
    assert_eq!(error.to_string(), "Records[1].body.Message.DDBStreamBatchInfo.shardId: missing");
    assert_eq!(error.path().to_string(), "Records[1].body.Message.DDBStreamBatchInfo.shardId");
    Ok(())
}

#[test]
fn what_is_no_json_is_named_by_its_place() -> Tested {
    assert_eq!(refused("{\"a\": \n nothing}")?.kind(), &Kind::NotJson { line: 2, column: 3 });
    assert_eq!(refused(b"{\"a\": \"\xff\"}")?.path().to_string(), "");
    let event = json!({"Records": [of_queue("1", "{")]}).to_string();
    assert_eq!(refused(event)?.to_string(), "Records[0].body: no JSON, line 1, column 1");
    Ok(())
}

#[test]
fn what_is_something_else_is_told_apart() -> Tested {
    let kinesis = SQS_BODY.replace("DDBStreamBatchInfo", "KinesisBatchInfo");
    let asynchronous = json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {}});
    let s3_event = json!({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "aws/lambda/x"}}}]});
    let stream = json!({"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]});

    assert_eq!(refused(kinesis)?.kind(), &Kind::OtherSource);
    assert_eq!(refused(asynchronous.to_string())?.kind(), &Kind::OtherSource);
    assert_eq!(refused(s3_event.to_string())?.kind(), &Kind::ObjectNotification);
    assert_eq!(refused(stream.to_string())?.kind(), &Kind::UnknownForm);
    assert_eq!(refused("{}")?.kind(), &Kind::UnknownForm);
    assert_eq!(refused("7")?.kind(), &Kind::Expected("an object"));
    Ok(())
}

#[test]
fn one_message_means_one() -> Tested {
    let two = json!({"Records": [of_queue("1", SQS_BODY), of_queue("2", SQS_BODY)]}).to_string();

    assert_eq!(refused(r#"{"Records": []}"#)?.kind(), &Kind::NotOne(0));
    assert_eq!(refused(two)?.kind(), &Kind::NotOne(2));
    assert_eq!(failure_notices(r#"{"Records": []}"#)?, []);
    Ok(())
}

#[test]
fn envelopes_without_end_are_refused() -> Tested {
    let nest = |times| (0..times).fold(SQS_BODY.to_owned(), |text, _| notification(&text).to_string());

    assert!(FailureMessage::parse(nest(4)).is_ok());
    assert_eq!(refused(nest(5))?.kind(), &Kind::TooDeep);
    let levels = 100_000;
    let deep = r#"{"Sns":"#.repeat(levels) + "{}" + &"}".repeat(levels);
    assert_eq!(refused(deep)?.kind(), &Kind::TooDeep);
    Ok(())
}

/// Texts end up in logs.
#[test]
fn no_error_holds_a_value() -> Tested {
    let body = with("/payload/Records", json!("a-secret"))?;
    let texts =
        [body, with("/DDBStreamBatchInfo/streamArn", json!("a-secret"))?, with("/timestamp", json!("a-secret"))?];

    for text in texts.into_iter().chain(["\"a-secret\"".to_owned(), "{\"a\": a-secret}".to_owned()]) {
        let error = refused(&text)?;
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
    Ok(())
}
