//! Creation times, and deletes by time to live.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodbstreams::types::Record;

use crate::scene::{GENEROUS, Things, event_names, n, thing};

fn created_at(record: &Record) -> SystemTime {
    let change = record.dynamodb.as_ref().unwrap();
    change.approximate_creation_date_time.unwrap().try_into().unwrap()
}

#[tokio::test]
async fn creation_times_are_rounded_down_as_the_server_does_it() {
    let db = Things::start().await;
    let before = SystemTime::now();
    db.put(&thing("a", &[])).await;
    let after = SystemTime::now();

    let created = created_at(&db.records(1).await[0]);

    let unit = db.behavior().creation_times;
    assert!(created <= after && created + unit > before, "{before:?} {created:?} {after:?}");
    let seconds = created.duration_since(UNIX_EPOCH).unwrap();
    assert_eq!(seconds.as_nanos() % unit.as_nanos(), 0, "{created:?}");
}

/// Both run it in time: the embedded server when it is told to, the other one by itself.
#[tokio::test]
async fn a_delete_by_time_to_live_names_the_service_and_another_one_nobody() {
    let db = Things::with(|table| table.ttl_attribute("expires")).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // What expired years ago is left alone on AWS.
    let (past, future) = (now - Duration::from_secs(60), now + Duration::from_secs(3_600));
    for (id, expires) in [("expired", past), ("lives", future)] {
        db.put(&thing(id, &[("expires", n(&expires.as_secs().to_string()))])).await;
    }
    db.put(&thing("by hand", &[])).await;

    if db.is_embedded() {
        db.sweep_ttl().await.unwrap();
    }
    let begin = Instant::now();
    while db.get("expired").await.is_some() {
        assert!(begin.elapsed() < GENEROUS, "nothing was deleted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("gone after {:?}", begin.elapsed());
    db.delete("by hand").await;

    assert!(db.get("lives").await.is_some());
    let records = db.records(5).await;
    assert_eq!(event_names(&records), ["INSERT", "INSERT", "INSERT", "REMOVE", "REMOVE"]);
    let identity = records[3].user_identity.as_ref().unwrap();
    assert_eq!(identity.r#type.as_deref(), Some("Service"));
    assert_eq!(identity.principal_id.as_deref(), Some("dynamodb.amazonaws.com"));
    assert!(records[4].user_identity.is_none());
}
