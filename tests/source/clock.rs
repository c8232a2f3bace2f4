//! What needs a clock that the test moves.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use dynacdc_local::LocalDynamoDb;
use dynacdc_local::workload::{TTL_ATTRIBUTE, Workload};
use dynacdc_record::{EventName, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{
    MemoryCheckpoints, Poller, Position, RecordPage, SdkStreams, ShardIterator, ShardPage, Start, StreamsApi,
    StreamsError,
};
use tokio::{sync::watch, time::timeout};

use super::scene::{Collected, GENEROUS, Model, Orders, api, fold, poller, read, scan};
use crate::{server::Server, workspace::Fallible};

const A_CLOCK: &str = "a clock that the test moves";

/// Tells how many pages of records were read.
struct Counted {
    api: SdkStreams,
    pages: watch::Sender<usize>,
}

#[async_trait]
impl StreamsApi for Counted {
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        self.api.describe(stream, after).await
    }

    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        self.api.children(stream, of).await
    }

    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        at: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        self.api.iterator(stream, shard, at).await
    }

    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        let page = self.api.records(stream, iterator, limit).await;
        self.pages.send_modify(|pages| *pages += 1);
        page
    }
}

#[tokio::test]
async fn from_the_latest_record_only_new_ones_come_and_none_is_missed_by_a_restart() -> Fallible {
    // What is older than the start by more than the clocks may differ is told by its time.
    let long_ago = SystemTime::now() - Duration::from_secs(7_200);
    let Some(server) = Server::embedded(LocalDynamoDb::builder().virtual_clock(long_ago), A_CLOCK).await? else {
        return Ok(());
    };
    let db = Orders::on(server, |table| table).await?;
    let (mut model, mut workload) = (Model::default(), Workload::seeded(4));
    model.write(&db, workload.by_ref().take(20)).await?;
    db.advance(Duration::from_secs(7_260))?;

    // The first run sees nothing at all.
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let pages = watch::Sender::new(0);
    let api = Counted { api: api(&db), pages: pages.clone() };
    let first = Poller::builder(api, db.arn.clone()).start(Start::Latest).checkpoints(checkpoints.clone());
    let mut looked = pages.subscribe();
    let polled = first.build().run(seen.clone(), async {
        assert!(timeout(GENEROUS, looked.wait_for(|pages| *pages > 0)).await.is_ok());
    });
    assert_eq!(polled.await?.records, 0);

    // These come while nothing reads.
    model.write(&db, workload.by_ref().take(15)).await?;
    let second = || poller(&db).start(Start::Latest).checkpoints(checkpoints.clone());
    read(second(), &seen, 15).await?;
    model.write(&db, workload.by_ref().take(5)).await?;
    read(second(), &seen, 20).await?;

    assert_eq!(seen.changes(), model.changes[20..]);
    Ok(())
}

#[tokio::test]
async fn deletes_by_time_to_live_are_told_from_others() -> Fallible {
    let mut workload = Workload::seeded(42);
    let Some(server) = Server::embedded(LocalDynamoDb::builder().virtual_clock(workload.now()), A_CLOCK).await? else {
        return Ok(());
    };
    let db = Orders::on(server, |table| table.ttl_attribute(TTL_ATTRIBUTE)).await?;
    let mut model = Model::default();
    model.write(&db, workload.by_ref().take(200)).await?;
    let passed = workload.now().duration_since(db.clock()?.now())?;
    db.advance(passed + Duration::from_secs(48 * 3_600))?;
    let expired = db.sweep_ttl().await?;
    assert_eq!(expired, model.items.values().filter(|item| item.contains(TTL_ATTRIBUTE)).count());

    let seen = Collected::default();
    read(poller(&db), &seen, 200 + expired).await?;

    let records = seen.records();
    let (written, swept) = records.split_at(200);
    assert!(written.iter().all(|record| !record.is_ttl_delete()));
    assert!(written.iter().any(|record| record.event_name() == EventName::Remove), "by the workload itself");
    assert!(expired > 0, "nothing expired");
    assert_eq!(swept.len(), expired);
    for record in swept {
        let old = record.require_old_image()?;
        assert!(record.is_ttl_delete() && old.contains(TTL_ATTRIBUTE));
    }
    assert_eq!(fold(&records), scan(&db).await?);
    Ok(())
}
