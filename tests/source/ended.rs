//! A stream that is switched off while it is read, and the next one of its table.

use std::time::Duration;

use dynacdc_local::workload::Workload;
use dynacdc_source::{GapPolicy, MemoryCheckpoints, Poller, Progress};
use tokio::time::timeout;

use super::scene::{Collected, GENEROUS, Model, Orders, api, fold, poller, read, scan, stored};
use crate::{server::Server, workspace::Fallible};

/// No shard of this server has children, so there is nothing to wait for.
const MOMENT: Duration = Duration::from_millis(100);

async fn kept() -> Fallible<Option<Orders>> {
    let what = "streams that can be read after they were switched off";
    let Some(server) = Server::having(|behavior| behavior.keeps_ended_streams, what).await? else { return Ok(None) };
    Ok(Some(Orders::on(server, |table| table).await?))
}

#[tokio::test]
async fn a_stream_that_is_switched_off_is_drained_and_has_ended() -> Fallible {
    let Some(db) = kept().await? else { return Ok(()) };
    let (mut model, mut workload) = (Model::default(), Workload::seeded(8));
    model.write(&db, workload.by_ref().take(60)).await?;
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let first = read(poller(&db).checkpoints(checkpoints.clone()), &seen, 20).await?;
    assert!(!first.ended && seen.records().len() < 60);

    db.switch_stream(false).await?;
    Model::default().write(&db, Workload::seeded(9).take(5)).await?;
    let again = poller(&db).checkpoints(checkpoints.clone()).discovery(MOMENT).quiet(MOMENT).build();
    let rest = timeout(GENEROUS, again.run(seen.clone(), std::future::pending())).await??;

    assert_eq!((rest.ended, rest.finished_shards, first.records + rest.records), (true, 1, 60));
    assert_eq!(seen.changes(), model.changes, "nothing of what was written without a stream");
    let last = seen.records().last().map(|record| record.sequence_number());
    assert_eq!(stored(&checkpoints, &db.arn).await?, [Progress::Finished { last }]);
    Ok(())
}

#[tokio::test]
async fn the_next_stream_is_another_one_and_the_old_one_still_ends() -> Fallible {
    let Some(db) = kept().await? else { return Ok(()) };
    let (mut model, mut workload) = (Model::default(), Workload::seeded(10));
    model.write(&db, workload.by_ref().take(30)).await?;
    db.switch_stream(false).await?;
    let next = db.switch_stream(true).await?;
    assert!(next.label() > db.arn.label(), "{next} {}", db.arn);
    model.write(&db, workload.by_ref().take(20)).await?;
    let checkpoints = MemoryCheckpoints::new();

    let (old, new) = (Collected::default(), Collected::default());
    let builder = poller(&db).checkpoints(checkpoints.clone()).discovery(MOMENT).quiet(MOMENT);
    let ended = timeout(GENEROUS, builder.build().run(old.clone(), std::future::pending())).await??;
    let of_next = Poller::builder(api(&db), next.clone()).checkpoints(checkpoints.clone());
    let open = read(of_next, &new, 20).await?;

    assert_eq!((ended.records, ended.ended, open.records, open.ended), (30, true, 20, false));
    assert_eq!(old.changes(), model.changes[..30]);
    assert_eq!(new.changes(), model.changes[30..]);
    assert!(new.records().iter().all(|record| record.stream_arn() == Some(&next)));
    assert_eq!(fold(&[old.records(), new.records()].concat()), scan(&db).await?);
    Ok(())
}

/// While it runs, and without being told the ARN of the next stream.
#[tokio::test]
async fn a_poller_that_follows_the_table_goes_on_with_the_next_stream() -> Fallible {
    let Some(db) = kept().await? else { return Ok(()) };
    let (mut model, mut workload) = (Model::default(), Workload::seeded(11));
    let seen = Collected::default();
    let builder = poller(&db).follow_table().on_gap(GapPolicy::Skip).discovery(MOMENT).quiet(MOMENT);

    let (polled, written) = tokio::join!(async { builder.build().run(seen.clone(), seen.reach(50)).await }, async {
        model.write(&db, workload.by_ref().take(30)).await?;
        db.switch_stream(false).await?;
        let next = db.switch_stream(true).await?;
        model.write(&db, workload.by_ref().take(20)).await?;
        Fallible::Ok(next)
    },);

    let (polled, next) = (polled?, written?);
    assert_eq!((polled.records, polled.gaps), (50, 1));
    assert_eq!(seen.changes(), model.changes);
    let streams = seen.records().into_iter().map(|record| record.stream_arn().cloned()).collect::<Vec<_>>();
    assert!(streams[..30].iter().all(|arn| arn.as_ref() == Some(&db.arn)));
    assert!(streams[30..].iter().all(|arn| arn.as_ref() == Some(&next)));
    Ok(())
}
