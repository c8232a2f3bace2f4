//! Errors of a real server, of the network and of the client.

use crate::{
    faulty::{Fate, Faulty},
    scene::{Attributes, Fallible, n, s, thing, things},
};
use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    types::AttributeValue,
};
use dynacdc_dynamodb::{CallError, ErrorKind};
use dynacdc_local::LocalDynamoDb;
use dynacdc_sink::{Class, SinkError};
use std::{error::Error, time::Duration};

fn once(client: &Client) -> Client {
    Client::from_conf(client.config().to_builder().retry_config(RetryConfig::disabled()).build())
}

async fn refused(client: &Client, table: &str, item: Attributes) -> Fallible<CallError> {
    match client.put_item().table_name(table).set_item(Some(item)).send().await {
        Ok(_) => Err("it was written".into()),
        Err(error) => Ok(CallError::new("PutItem", error)),
    }
}

fn kind_and_class(error: &CallError) -> (ErrorKind, Class) {
    (error.kind(), error.class())
}

#[tokio::test]
async fn what_the_server_refuses_is_classed() -> Fallible {
    let db = things().await?;
    let client = db.dynamodb();
    let of_item = |attribute| thing("a", &[("x", attribute)]);
    let poison = [
        (of_item(s("x".repeat(500_000))), ErrorKind::ItemTooLarge),
        (of_item(n("1E+126")), ErrorKind::Refused),
        (of_item(n("1".repeat(39))), ErrorKind::Refused),
        (of_item(n("not a number")), ErrorKind::Refused),
        (of_item(AttributeValue::Ss(Vec::new())), ErrorKind::Refused),
        (of_item(AttributeValue::Ss(vec!["a".into(), "a".into()])), ErrorKind::Refused),
        (thing("", &[]), ErrorKind::Refused),
        (thing(&"x".repeat(2_049), &[]), ErrorKind::Refused),
    ];
    for (at, (item, kind)) in poison.into_iter().enumerate() {
        let error = refused(client, db.table(), item).await?;
        assert_eq!(kind_and_class(&error), (kind, Class::Poison), "{at}: {:?}", error.message());
    }

    let fatal = [
        (refused(client, "Nowhere", thing("a", &[])).await?, ErrorKind::NotFound),
        (refused(client, db.table(), [("pk".into(), s("a"))].into()).await?, ErrorKind::KeyMismatch),
        (refused(client, db.table(), [("id".into(), n(1))].into()).await?, ErrorKind::KeyMismatch),
    ];
    for (error, kind) in fatal {
        assert_eq!(kind_and_class(&error), (kind, Class::Fatal), "{:?}", error.message());
    }
    let delete = client.delete_item().table_name(db.table()).key("pk", s("a")).send().await;
    let error = CallError::new("DeleteItem", delete.err().ok_or("it was deleted")?);
    assert_eq!(kind_and_class(&error), (ErrorKind::KeyMismatch, Class::Fatal));
    Ok(())
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_a_kind_of_its_own() -> Fallible {
    let db = things().await?;
    let put = db.dynamodb().put_item().table_name(db.table()).set_item(Some(thing("a", &[])));

    let error = put.condition_expression("attribute_exists(id)").send().await.err().ok_or("it was written")?;

    let error = CallError::new("PutItem", error);
    assert_eq!(error.kind(), ErrorKind::ConditionFailed);
    assert_eq!((error.code(), error.status()), (Some("ConditionalCheckFailedException"), Some(400)));
    Ok(())
}

#[tokio::test]
async fn an_expression_that_does_not_parse_is_the_programs_fault() -> Fallible {
    let db = things().await?;
    let put = || db.dynamodb().put_item().table_name(db.table()).set_item(Some(thing("a", &[])));
    let calls = [
        put().condition_expression("id = "),
        put().condition_expression("#v = #v"),
        put().condition_expression("attribute_exists(id)").expression_attribute_names("#v", "v"),
    ];
    for call in calls {
        let error = CallError::new("PutItem", call.send().await.err().ok_or("it was written")?);
        assert_eq!(kind_and_class(&error), (ErrorKind::BadRequest, Class::Fatal), "{:?}", error.message());
    }
    Ok(())
}

#[tokio::test]
async fn a_closed_port_is_transient_and_says_why() -> Fallible {
    let db = LocalDynamoDb::builder().start().await?;
    // One of its own, since a connection that was kept breaks in another way.
    let http = aws_smithy_http_client::Builder::new().build_http();
    let client = Client::from_conf(once(db.dynamodb()).config().to_builder().http_client(http).build());
    db.stop().await?;

    let error = refused(&client, "Things", thing("a", &[])).await?;

    assert_eq!(kind_and_class(&error), (ErrorKind::Unreachable, Class::Transient));
    assert!(error.source().is_some() && format!("{error:?}").contains("refused"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_timeout_of_the_client_is_transient_and_the_call_may_have_happened() -> Fallible {
    let db = things().await?;
    let (_, client) = Faulty::around(&once(db.dynamodb()), |_| Fate::Hang)?;
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(10)).build();
    let client = Client::from_conf(client.config().to_builder().timeout_config(timeouts).build());

    let error = refused(&client, db.table(), thing("a", &[])).await?;

    assert_eq!(kind_and_class(&error), (ErrorKind::TimedOut, Class::Transient));
    assert!(error.may_have_happened());
    Ok(())
}

#[tokio::test]
async fn missing_credentials_are_fatal() -> Fallible {
    use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};

    #[derive(Debug)]
    struct Nobody;
    impl ProvideCredentials for Nobody {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nobody has any")))
        }
    }
    let db = things().await?;
    let client = Client::from_conf(once(db.dynamodb()).config().to_builder().credentials_provider(Nobody).build());

    let error = refused(&client, db.table(), thing("a", &[])).await?;

    assert_eq!(kind_and_class(&error), (ErrorKind::Unsendable, Class::Fatal), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn answers_of_the_service_are_classed_by_code_and_then_by_status() -> Fallible {
    use Class::{Fatal, Poison, Transient};
    let refuse = |status, code| Fate::Refuse { status, code, message: "no" };
    let cases = [
        (refuse(400, "ProvisionedThroughputExceededException"), ErrorKind::Throttled, Transient),
        (refuse(400, "RequestLimitExceeded"), ErrorKind::Throttled, Transient),
        (refuse(400, "ThrottlingException"), ErrorKind::Throttled, Transient),
        (refuse(429, "SomethingNew"), ErrorKind::Throttled, Transient),
        (refuse(500, "InternalServerError"), ErrorKind::ServiceFailed, Transient),
        (refuse(503, "SomethingNew"), ErrorKind::ServiceFailed, Transient),
        (refuse(400, "TransactionConflictException"), ErrorKind::Conflict, Transient),
        (refuse(400, "ReplicatedWriteConflictException"), ErrorKind::Conflict, Transient),
        (refuse(400, "ItemCollectionSizeLimitExceededException"), ErrorKind::CollectionFull, Poison),
        (refuse(400, "ValidationException"), ErrorKind::Refused, Poison),
        (refuse(413, "SomethingNew"), ErrorKind::ItemTooLarge, Poison),
        (refuse(400, "AccessDeniedException"), ErrorKind::Denied, Fatal),
        (refuse(400, "UnrecognizedClientException"), ErrorKind::Denied, Fatal),
        (refuse(400, "ExpiredTokenException"), ErrorKind::Denied, Fatal),
        (refuse(400, "InvalidSignatureException"), ErrorKind::Denied, Fatal),
        (refuse(403, "SomethingNew"), ErrorKind::Denied, Fatal),
        (refuse(400, "ResourceNotFoundException"), ErrorKind::NotFound, Fatal),
        (refuse(400, "SomethingNew"), ErrorKind::Unknown, Fatal),
        (Fate::Answer { status: 502, body: "<html>bad gateway</html>".into() }, ErrorKind::ServiceFailed, Transient),
        (Fate::Answer { status: 200, body: r#"{"Attributes":{"a":{"#.into() }, ErrorKind::Unreadable, Transient),
        (Fate::Unreachable, ErrorKind::Unreachable, Transient),
        (Fate::LoseAnswer, ErrorKind::Unreachable, Transient),
    ];
    let db = things().await?;
    for (fate, kind, class) in cases {
        let planned = fate.clone();
        let (_, client) = Faulty::around(&once(db.dynamodb()), move |_| planned.clone())?;
        let error = refused(&client, db.table(), thing("a", &[])).await?;
        assert_eq!(kind_and_class(&error), (kind, class), "{fate:?}: {error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_text_of_an_error_holds_what_the_service_quotes_of_the_item() -> Fallible {
    let db = things().await?;
    let twice = AttributeValue::Ss(vec!["sekret".into(), "sekret".into()]);

    let error = refused(db.dynamodb(), db.table(), thing("a", &[("x", twice)])).await?;

    assert!(error.message().is_some_and(|message| message.contains("sekret")), "else this shows nothing");
    let sink = SinkError::from(error.clone());
    for text in [format!("{error}"), format!("{error:?}"), format!("{sink:#}"), format!("{sink:?}")] {
        assert!(!text.contains("sekret"), "{text}");
        assert!(text.contains("ValidationException"), "{text}");
    }
    Ok(())
}
