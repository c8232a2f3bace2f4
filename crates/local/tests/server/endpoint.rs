use std::env;
use std::process::Command;
use std::time::Duration;

use dynacdc_local::{ENDPOINT_VARIABLE, LocalDynamoDb, LocalError};

use crate::scene::{TABLE, event_names, get, n, only_shard, put, records, start_of_time, thing, things};

#[tokio::test]
async fn clients_talk_to_another_endpoint() {
    let server = LocalDynamoDb::builder().start().await.unwrap();
    let guest = LocalDynamoDb::builder().endpoint(server.endpoint()).start().await.unwrap();
    assert!(!guest.is_embedded());
    assert_eq!(guest.endpoint(), server.endpoint());

    let arn = guest.create_table(things()).await.unwrap();
    put(&guest, &thing("a", &[("v", n("1"))])).await;
    put(&guest, &thing("a", &[("v", n("1"))])).await;

    assert_eq!(get(&server, "a").await, Some(thing("a", &[("v", n("1"))])));
    // Answers are put right in the server, so any client sees them so.
    assert_eq!(event_names(&records(&guest, &arn).await), ["INSERT"]);
    let range = only_shard(&guest, &arn).await.sequence_number_range.unwrap();
    assert_eq!(range.ending_sequence_number, None);
    guest.stop().await.unwrap();
    assert!(get(&server, "a").await.is_some());
}

#[tokio::test]
async fn what_only_the_embedded_server_has_is_a_typed_error() {
    let server = LocalDynamoDb::builder().start().await.unwrap();
    let guest = LocalDynamoDb::builder().endpoint(server.endpoint()).start().await.unwrap();
    let only = |error: LocalError| match error {
        LocalError::EmbeddedOnly { option, endpoint } => {
            assert_eq!(endpoint, server.endpoint());
            option
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(only(guest.clock().map(|_| ()).unwrap_err()), "clock");
    assert_eq!(only(guest.advance(Duration::ZERO).unwrap_err()), "clock");
    assert_eq!(only(guest.sweep_ttl().await.unwrap_err()), "sweep_ttl");
    let both = LocalDynamoDb::builder().endpoint(server.endpoint());
    assert_eq!(only(both.clone().file("x.db").start().await.unwrap_err()), "file");
    let clocked = both.virtual_clock(start_of_time()).start().await;
    assert_eq!(only(clocked.unwrap_err()), "virtual_clock");
}

#[tokio::test]
async fn an_endpoint_without_plain_http_is_refused() {
    for endpoint in ["https://dynamodb.eu-west-1.amazonaws.com", "localhost:8000", "http://", ""] {
        let error = LocalDynamoDb::builder().endpoint(endpoint).start().await.unwrap_err();
        assert!(matches!(error, LocalError::Endpoint { .. }), "{error:?}");
    }
}

/// Set for the child process only: a developer's own server is not written to.
const CHILD: &str = "DYNACDC_LOCAL_TEST_CHILD";

/// Runs twice: by itself, without the variable, and in a process of its own that
/// [`start_follows_the_variable`] starts with it.
#[tokio::test]
async fn start_as_the_environment_says() {
    let db = LocalDynamoDb::start().await.unwrap();
    match env::var(ENDPOINT_VARIABLE) {
        Ok(url) if !url.is_empty() => {
            assert_eq!(db.endpoint(), url);
            assert!(!db.is_embedded());
            assert!(LocalDynamoDb::builder().start().await.unwrap().is_embedded());
            if env::var_os(CHILD).is_some() {
                put(&db, &thing("from the child", &[])).await;
            }
        }
        _ => assert!(db.is_embedded()),
    }
}

#[tokio::test]
async fn start_follows_the_variable() {
    let server = LocalDynamoDb::builder().start().await.unwrap();
    server.create_table(things()).await.unwrap();
    let endpoint = server.endpoint().to_owned();

    let child = tokio::task::spawn_blocking(move || {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "endpoint::start_as_the_environment_says"])
            .env(ENDPOINT_VARIABLE, endpoint)
            .env(CHILD, "1")
            .output()
            .unwrap()
    });
    let output = child.await.unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(get(&server, "from the child").await.is_some(), "nothing was written to {TABLE}");
}

#[tokio::test]
async fn an_empty_variable_is_none() {
    let child = tokio::task::spawn_blocking(|| {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "endpoint::start_as_the_environment_says"])
            .env(ENDPOINT_VARIABLE, "")
            .output()
            .unwrap()
    });
    assert!(child.await.unwrap().status.success());
}
