//! More records than a page holds, written by many at once.

use std::{collections::HashMap, time::Instant};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY};
use dynacdc_source::{MemoryCheckpoints, Poller, Progress};
use futures_util::future::try_join_all;

use super::scene::{Collected, Orders, api, read, stored};
use crate::{server::Server, workspace::Fallible};

const WRITERS: usize = 20;
const KEYS_EACH: usize = 125;
const VERSIONS: usize = 20;

const RECORDS: usize = WRITERS * KEYS_EACH * VERSIONS;

/// Writes every version of the keys of one writer, 25 keys in a call.
async fn write(db: &Orders, writer: usize) -> Fallible {
    for version in 1..=VERSIONS {
        for first in (0..KEYS_EACH).step_by(25) {
            let put = |key: usize| {
                let text = |text: String| AttributeValue::S(text);
                let put = PutRequest::builder()
                    .item(PARTITION_KEY, text(writer.to_string()))
                    .item(SORT_KEY, text(key.to_string()))
                    .item("version", AttributeValue::N(version.to_string()));
                Fallible::Ok(WriteRequest::builder().put_request(put.build()?).build())
            };
            let puts = (first..first + 25).map(put).collect::<Fallible<_>>()?;
            let answer = db.dynamodb().batch_write_item().request_items(&db.table, puts).send().await?;
            assert!(answer.unprocessed_items.is_none_or(|left| left.is_empty()));
        }
    }
    Ok(())
}

#[tokio::test]
async fn fifty_thousand_records_are_drained_each_key_in_order() -> Fallible {
    let what = "room for 50,000 records in one stream";
    let Some(server) = Server::having(|behavior| behavior.holds_many_records, what).await? else { return Ok(()) };
    let db = Orders::on(server, |table| table).await?;
    let begin = Instant::now();
    try_join_all((0..WRITERS).map(|writer| write(&db, writer))).await?;
    println!("{RECORDS} records written in {:?}", begin.elapsed());
    let (seen, checkpoints, begin) = (Collected::default(), MemoryCheckpoints::new(), Instant::now());

    let polled =
        read(Poller::builder(api(&db), db.arn.clone()).checkpoints(checkpoints.clone()), &seen, RECORDS).await?;
    println!("{RECORDS} records drained in {:?}", begin.elapsed());

    assert_eq!((RECORDS, polled.records), (50_000, 50_000));
    let records = seen.records();
    let mut versions = HashMap::new();
    for record in &records {
        let new = record.require_new_image()?.to_item();
        let version = new.get("version").ok_or("no version")?.clone();
        let before = versions.entry(record.item_key()).or_insert(0_i64);
        *before += 1;
        assert_eq!(version, (*before).into(), "of one key in order");
        let old = record.old_image().and_then(|old| old.to_item().get("version").cloned());
        assert_eq!(old, (*before > 1).then(|| (*before - 1).into()));
    }
    assert_eq!(versions.len(), WRITERS * KEYS_EACH);
    assert!(versions.values().all(|version| usize::try_from(*version) == Ok(VERSIONS)));
    assert!(records.is_sorted_by(|one, next| one.sequence_number() < next.sequence_number()), "and none twice");
    let last = records.last().map(|record| record.sequence_number()).ok_or("no record")?;
    assert_eq!(stored(&checkpoints, &db.arn).await?, [Progress::After(last)]);
    Ok(())
}
