//! The set-up of streams, with a poller on what it made.

use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, Workload, apply};
use dynacdc_local::{ScalarAttributeType, TableSpec};
use dynacdc_record::{StreamArn, StreamViewType};
use dynacdc_source::{Poller, SdkStreams, StreamSetup, StreamStatus};

use super::scene::{Collected, read};
use crate::{server::Server, workspace::Fallible};

async fn read_all(db: &Server, arn: &StreamArn, records: usize) -> Fallible<Collected> {
    let seen = Collected::default();
    read(Poller::builder(SdkStreams::new(db.streams().clone()), arn.clone()), &seen, records).await?;
    Ok(seen)
}

#[tokio::test]
async fn what_is_enabled_and_changed_carries_what_was_asked_for() -> Fallible {
    let db = Server::start().await?;
    let (table, streams) = (db.table_name("Orders"), SdkStreams::new(db.streams().clone()));
    let spec = TableSpec::new(&table, PARTITION_KEY, ScalarAttributeType::S).sort_key(SORT_KEY, ScalarAttributeType::S);
    db.create_table_without_stream(spec).await?;
    let setup = StreamSetup::new(db.dynamodb(), &*table);
    assert_eq!(setup.current().await?, None);
    let mut workload = Workload::seeded(12);

    let old = setup.enable(StreamViewType::NewImage).await?;
    assert_eq!(setup.wait_until_usable(&streams).await?, old);
    for write in workload.by_ref().take(10) {
        apply(db.dynamodb(), &table, &write).await?;
    }
    let of_old = read_all(&db, &old, 10).await?.records();
    assert!(of_old.iter().all(|record| record.view_type() == Some(StreamViewType::NewImage)));

    let change = setup.change_view_type(StreamViewType::KeysOnly).await?;
    assert_eq!(change.old, Some(old.clone()));
    assert_eq!(setup.wait_until_usable(&streams).await?, change.new);
    for write in workload.by_ref().take(5) {
        apply(db.dynamodb(), &table, &write).await?;
    }
    // Where every ARN reads all the records, the new one has those of the old one too.
    let kept = db.behavior().keeps_ended_streams;
    let of_new = read_all(&db, &change.new, if kept { 5 } else { 15 }).await?.records();
    assert!(of_new.iter().all(|record| record.view_type() == Some(StreamViewType::KeysOnly)));
    let listed = if kept { vec![old, change.new.clone()] } else { vec![change.new.clone()] };
    assert_eq!(setup.streams(&streams).await?, listed);

    assert_eq!(setup.disable().await?, Some(change.new));
    assert!(setup.current().await?.is_none_or(|stream| stream.status == StreamStatus::Disabled));
    Ok(())
}
