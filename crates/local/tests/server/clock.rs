use std::time::{Duration, SystemTime};

use aws_sdk_dynamodbstreams::types::Record;
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TABLE, TTL_ATTRIBUTE, Workload, Write, apply};
use dynacdc_local::{LocalDynamoDb, LocalError, ScalarAttributeType, TableSpec};

use crate::scene::{delete, get, n, put, records, start_of_time, thing, things};

fn created_at(record: &Record) -> SystemTime {
    let change = record.dynamodb.as_ref().unwrap();
    change.approximate_creation_date_time.unwrap().try_into().unwrap()
}

#[tokio::test]
async fn the_virtual_clock_dates_stream_records() {
    let start = start_of_time();
    let db = LocalDynamoDb::builder().virtual_clock(start).start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();

    put(&db, &thing("a", &[])).await;
    put(&db, &thing("b", &[])).await;
    let hour = Duration::from_secs(3_600);
    assert_eq!(db.advance(hour).unwrap(), start + hour);
    delete(&db, "a").await;

    assert_eq!(db.clock().unwrap().now(), start + hour);
    let times: Vec<_> = records(&db, &arn).await.iter().map(created_at).collect();
    assert_eq!(times, [start, start, start + hour]);
}

#[tokio::test]
async fn creation_times_are_in_whole_seconds() {
    let start = start_of_time();
    let db = LocalDynamoDb::builder().virtual_clock(start).start().await.unwrap();
    let arn = db.create_table(things()).await.unwrap();
    db.advance(Duration::from_millis(1_999)).unwrap();
    put(&db, &thing("a", &[])).await;
    assert_eq!(created_at(&records(&db, &arn).await[0]), start + Duration::from_secs(1));
}

#[tokio::test]
async fn a_sweep_deletes_what_has_expired_and_nothing_else() {
    let db = LocalDynamoDb::builder().virtual_clock(start_of_time()).start().await.unwrap();
    db.create_table(things().ttl_attribute("expires")).await.unwrap();
    let now = start_of_time().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    for (id, after) in [("soon", 60), ("later", 120)] {
        put(&db, &thing(id, &[("expires", n(&(now + after).to_string()))])).await;
    }
    put(&db, &thing("never", &[])).await;

    assert_eq!(db.sweep_ttl().await.unwrap(), 0);
    db.advance(Duration::from_secs(60)).unwrap();
    // An item expires when the second in its attribute is over.
    assert_eq!(db.sweep_ttl().await.unwrap(), 0);
    db.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(db.sweep_ttl().await.unwrap(), 1);

    assert_eq!(get(&db, "soon").await, None);
    assert!(get(&db, "later").await.is_some());
    assert!(get(&db, "never").await.is_some());
}

#[tokio::test]
async fn a_sweep_on_the_real_clock_works_too() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    db.create_table(things().ttl_attribute("expires")).await.unwrap();
    put(&db, &thing("old", &[("expires", n("1000000000"))])).await;
    put(&db, &thing("new", &[("expires", n("99999999999"))])).await;
    assert_eq!(db.sweep_ttl().await.unwrap(), 1);
    assert_eq!(get(&db, "old").await, None);
    assert!(get(&db, "new").await.is_some());
}

#[tokio::test]
async fn abandoned_carts_expire() {
    let mut workload = Workload::seeded(1);
    let db = LocalDynamoDb::builder().virtual_clock(workload.now()).start().await.unwrap();
    let orders = TableSpec::new(TABLE, PARTITION_KEY, ScalarAttributeType::S)
        .sort_key(SORT_KEY, ScalarAttributeType::S)
        .ttl_attribute(TTL_ATTRIBUTE);
    db.create_table(orders).await.unwrap();
    let cart = workload.find(|write| matches!(write, Write::Put(item) if item.contains(TTL_ATTRIBUTE))).unwrap();
    apply(db.dynamodb(), TABLE, &cart).await.unwrap();

    let passed = workload.now().duration_since(db.clock().unwrap().now()).unwrap();
    db.advance(passed).unwrap();
    assert_eq!(db.sweep_ttl().await.unwrap(), 0);
    db.advance(Duration::from_secs(3_601)).unwrap();
    assert_eq!(db.sweep_ttl().await.unwrap(), 1);
}

#[tokio::test]
async fn the_real_clock_cannot_be_moved() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    assert!(matches!(db.advance(Duration::from_secs(1)), Err(LocalError::RealClock)));
    assert!(matches!(db.clock(), Err(LocalError::RealClock)));
}
