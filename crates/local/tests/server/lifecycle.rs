use std::io::{ErrorKind, Write};
use std::net::TcpStream;

use dynacdc_local::{LocalDynamoDb, LocalError};

use crate::scene::{TABLE, event_names, get, n, put, records, start_of_time, thing, things};

fn refused(endpoint: &str) -> bool {
    let address = endpoint.strip_prefix("http://").unwrap();
    matches!(TcpStream::connect(address), Err(error) if error.kind() == ErrorKind::ConnectionRefused)
}

#[tokio::test]
async fn two_servers_run_side_by_side() {
    let one = LocalDynamoDb::builder().start().await.unwrap();
    let two = LocalDynamoDb::builder().start().await.unwrap();
    assert_ne!(one.endpoint(), two.endpoint());
    one.create_table(things()).await.unwrap();
    two.create_table(things()).await.unwrap();

    put(&one, &thing("a", &[("v", n("1"))])).await;

    assert_eq!(get(&one, "a").await, Some(thing("a", &[("v", n("1"))])));
    assert_eq!(get(&two, "a").await, None);
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    assert!(db.endpoint().starts_with("http://127.0.0.1:"), "{}", db.endpoint());
    assert!(db.is_embedded());
}

#[tokio::test]
async fn a_stopped_server_refuses_connections() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    db.create_table(things()).await.unwrap();
    let (endpoint, client) = (db.endpoint().to_owned(), db.dynamodb().clone());
    assert!(!refused(&endpoint));

    db.stop().await.unwrap();

    assert!(refused(&endpoint));
    assert!(client.describe_table().table_name(TABLE).send().await.is_err());
}

#[tokio::test]
async fn a_dropped_server_refuses_connections() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    db.create_table(things()).await.unwrap();
    let endpoint = db.endpoint().to_owned();

    drop(db);

    assert!(refused(&endpoint));
}

#[tokio::test]
async fn half_a_request_does_not_keep_the_server_alive() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let endpoint = db.endpoint().to_owned();
    let mut client = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
    client.write_all(b"POST / HTTP/1.1\r\nhost: local\r\ncontent-length: 100\r\n\r\n{").unwrap();
    // An answered request after it shows that the server has seen the first part.
    db.create_table(things()).await.unwrap();

    db.stop().await.unwrap();

    assert!(refused(&endpoint));
}

#[test]
fn a_server_outlives_the_runtime_that_started_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime().block_on(LocalDynamoDb::builder().start()).unwrap();
    runtime().block_on(async {
        db.create_table(things()).await.unwrap();
        put(&db, &thing("a", &[])).await;
        assert_eq!(get(&db, "a").await, Some(thing("a", &[])));
    });
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_time_requests_out() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    for id in 0..50 {
        put(&db, &thing(&id.to_string(), &[])).await;
    }
    assert_eq!(records(&db, &arn).await.len(), 50);
}

#[tokio::test]
async fn a_file_keeps_items_and_stream_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it's here.db");
    let db = LocalDynamoDb::builder().file(&file).start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    put(&db, &thing("a", &[("v", n("1"))])).await;
    db.stop().await.unwrap();

    let db = LocalDynamoDb::builder().file(&file).start().await.unwrap();
    put(&db, &thing("a", &[("v", n("2"))])).await;

    assert_eq!(get(&db, "a").await, Some(thing("a", &[("v", n("2"))])));
    assert_eq!(event_names(&records(&db, &arn).await), ["INSERT", "MODIFY"]);
}

#[tokio::test]
async fn a_file_with_a_virtual_clock_is_saved_by_stop_and_by_drop() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it's here.db");
    let start = || LocalDynamoDb::builder().file(&file).virtual_clock(start_of_time()).start();
    let db = start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    put(&db, &thing("a", &[])).await;
    db.stop().await.unwrap();

    let db = start().await.unwrap();
    put(&db, &thing("b", &[])).await;
    drop(db);

    // Also a server with a real clock may go on with the file, and back.
    let db = LocalDynamoDb::builder().file(&file).start().await.unwrap();
    put(&db, &thing("c", &[])).await;
    db.stop().await.unwrap();
    let db = start().await.unwrap();

    assert_eq!(event_names(&records(&db, &arn).await), ["INSERT", "INSERT", "INSERT"]);
    db.stop().await.unwrap();
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["it's here.db"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "Dear database, ".repeat(100)).unwrap();
    for builder in
        [LocalDynamoDb::builder().file(&file), LocalDynamoDb::builder().file(&file).virtual_clock(start_of_time())]
    {
        let error = builder.start().await.unwrap_err();
        assert!(matches!(error, LocalError::Storage { .. }), "{error:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "Dear database, ".repeat(100));
}
