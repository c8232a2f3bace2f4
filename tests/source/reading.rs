//! What is written arrives, in order, also across stops and crashes.

use dynacdc_local::workload::Workload;
use dynacdc_record::{ChangeRecord, StreamViewType};
use dynacdc_source::{MemoryCheckpoints, Progress, StreamsApi};

use super::scene::{Change, Collected, Model, Orders, api, fold, poller, read, scan, stored};
use crate::workspace::Fallible;

#[tokio::test]
async fn every_change_arrives_and_the_sink_ends_as_the_table() -> Fallible {
    let db = Orders::start().await?;
    let mut model = Model::default();
    model.write(&db, Workload::seeded(1).take(300)).await?;

    let seen = Collected::default();
    let polled = read(poller(&db), &seen, 300).await?;

    assert_eq!(seen.changes(), model.changes);
    assert_eq!((polled.records, polled.ended), (300, false));
    let records = seen.records();
    assert!(records.iter().all(|record| record.stream_arn() == Some(&db.arn)));
    assert!(records.iter().all(|record| record.view_type() == Some(StreamViewType::NewAndOldImages)));
    assert!(records.is_sorted_by_key(|record| record.sequence_number()));
    assert!(seen.0.borrow().iter().all(|(lane, _)| lane.is_ordered() && lane.stream() == Some(&db.arn)));
    assert_eq!(fold(&records), scan(&db).await?);
    Ok(())
}

#[tokio::test]
async fn a_restart_goes_on_where_the_reading_stopped() -> Fallible {
    let db = Orders::start().await?;
    let (mut model, mut workload) = (Model::default(), Workload::seeded(2));
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let mut runs = 0;
    for upto in [40, 80, 120] {
        model.write(&db, workload.by_ref().take(40)).await?;
        // Stopped after every write of seven until all is there: each run begins where the last one ended.
        while seen.records().len() < upto {
            let next = seen.records().len() + 1;
            let polled = read(poller(&db).checkpoints(checkpoints.clone()), &seen, next).await?;
            assert!(polled.records > 0);
            runs += 1;
        }
    }

    assert_eq!(seen.changes(), model.changes);
    assert!(runs >= 6, "{runs} runs");
    let last = seen.records().last().map(ChangeRecord::sequence_number).ok_or("nothing came")?;
    assert_eq!(stored(&checkpoints, &db.arn).await?, [Progress::After(last)]);
    Ok(())
}

#[tokio::test]
async fn a_crash_repeats_only_what_is_behind_the_stored_position() -> Fallible {
    let db = Orders::start().await?;
    let mut model = Model::default();
    model.write(&db, Workload::seeded(3).take(60)).await?;
    let (seen, checkpoints) = (Collected::default(), MemoryCheckpoints::new());
    let builder = || poller(&db).checkpoints(checkpoints.clone());

    let crashed = tokio::select! {
        biased;
        () = seen.reach(20) => true,
        _ = builder().build().run(seen.clone(), std::future::pending()) => false,
    };
    assert!(crashed);
    let before = seen.changes();
    let stored = stored(&checkpoints, &db.arn).await?;
    let [Progress::After(stored)] = stored[..] else { return Err(format!("{stored:?}").into()) };
    let settled = seen.records().iter().filter(|record| record.sequence_number() <= stored).count();
    assert_eq!(before, model.changes[..before.len()]);

    let again = Collected::default();
    read(builder(), &again, 60 - settled).await?;

    assert_eq!(again.changes(), model.changes[settled..]);
    let all = [seen.records(), again.records()].concat();
    assert_eq!(fold(&all), scan(&db).await?);
    Ok(())
}

#[tokio::test]
async fn two_tables_are_followed_at_once() -> Fallible {
    let (left, right) = (Orders::start().await?, Orders::start().await?);
    let (mut of_left, mut of_right) = (Model::default(), Model::default());
    // One store for both: positions are kept by stream.
    let checkpoints = MemoryCheckpoints::new();
    let (seen_left, seen_right) = (Collected::default(), Collected::default());

    let (polled_left, polled_right, written) = tokio::join!(
        read(poller(&left).checkpoints(checkpoints.clone()), &seen_left, 50),
        read(poller(&right).checkpoints(checkpoints.clone()), &seen_right, 70),
        async {
            of_left.write(&left, Workload::seeded(5).take(50)).await?;
            of_right.write(&right, Workload::seeded(6).take(70)).await
        },
    );
    written?;

    assert_eq!((polled_left?.records, polled_right?.records), (50, 70));
    assert_eq!(seen_left.changes(), of_left.changes);
    assert_eq!(seen_right.changes(), of_right.changes);
    assert!(seen_left.records().iter().all(|record| record.stream_arn() == Some(&left.arn)));
    assert!(seen_right.records().iter().all(|record| record.stream_arn() == Some(&right.arn)));
    assert_eq!((stored(&checkpoints, &left.arn).await?.len(), stored(&checkpoints, &right.arn).await?.len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn every_view_type_shows_the_images_that_it_promises() -> Fallible {
    use StreamViewType::{KeysOnly, NewAndOldImages, NewImage, OldImage};
    for (view_type, shows_old, shows_new) in
        [(KeysOnly, false, false), (NewImage, false, true), (OldImage, true, false), (NewAndOldImages, true, true)]
    {
        let db = Orders::with(|table| table.view_type(view_type)).await?;
        let mut model = Model::default();
        model.write(&db, Workload::seeded(7).take(60)).await?;

        let seen = Collected::default();
        read(poller(&db), &seen, 60).await?;

        let shown = |change: &Change| Change {
            old: change.old.clone().filter(|_| shows_old),
            new: change.new.clone().filter(|_| shows_new),
            ..change.clone()
        };
        assert_eq!(seen.changes(), model.changes.iter().map(shown).collect::<Vec<_>>(), "{view_type:?}");
        assert!(seen.records().iter().all(|record| record.view_type() == Some(view_type)), "{view_type:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_streams_of_a_table_are_listed() -> Fallible {
    let (db, other) = (Orders::start().await?, Orders::start().await?);

    for orders in [&db, &other] {
        let page = api(orders).streams(&orders.table, None).await?;
        assert_eq!((page.streams, page.more_after), (vec![orders.arn.clone()], None));
    }
    Ok(())
}
