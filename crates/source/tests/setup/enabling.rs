//! Enabling and disabling, and what is there.

use crate::{
    scene::{Fallible, HOUR, TABLE, orders, put, refused, sentence},
    script::{Answer, Script},
};
use dynacdc_record::StreamViewType::{KeysOnly, NewAndOldImages, NewImage};
use dynacdc_source::{
    Position, SdkStreams, SetupError, ShardIterator, StreamSetup, StreamStatus, StreamsApi, TableStream,
};

#[tokio::test(start_paused = true)]
async fn a_stream_is_enabled_once_and_carries_what_was_asked_for() -> Fallible {
    let (db, setup) = orders().await?;
    assert_eq!(setup.current().await?, None);

    let arn = setup.enable(NewImage).await?;
    let again = setup.enable(NewImage).await?;

    assert_eq!((again, arn.table()), (arn.clone(), TABLE));
    let stream = TableStream { arn: arn.clone(), view_type: Some(NewImage), status: StreamStatus::Enabled };
    assert_eq!(setup.current().await?, Some(stream));
    let streams = SdkStreams::new(db.streams().clone());
    assert_eq!(setup.wait_until_usable(&streams).await?, arn);
    put(&db, "a").await?;
    let page = streams.describe(&arn, None).await?;
    let shard = page.shards.first().ok_or("no shard")?;
    let iterator: ShardIterator = streams.iterator(&arn, &shard.id, &Position::TrimHorizon).await?;
    let records = streams.records(&arn, &iterator, None).await?.records;
    assert_eq!(records.records().len(), 1);
    assert!(records.records()[0].new_image().is_some());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_as_wanted_costs_one_call_and_changes_nothing() -> Fallible {
    let (db, setup) = orders().await?;
    setup.disable().await?;
    setup.enable(KeysOnly).await?;
    let (script, client) = Script::before(&db, [])?;
    let setup = StreamSetup::new(&client, TABLE);

    setup.enable(KeysOnly).await?;
    setup.change_view_type(KeysOnly).await?;

    assert_eq!(script.count("UpdateTable"), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn another_view_type_is_refused_and_the_way_out_is_told() -> Fallible {
    let (_db, setup) = orders().await?;
    let arn = setup.enable(KeysOnly).await?;

    let error = refused(setup.enable(NewAndOldImages).await)?;

    assert_eq!(
        sentence(&error),
        "the stream of table Orders is enabled with KEYS_ONLY, not with NEW_AND_OLD_IMAGES; `change_view_type` \
         replaces it by a new stream"
    );
    let enabled = setup.current().await?.ok_or("no stream")?;
    assert_eq!((enabled.arn, enabled.view_type), (arn, Some(KeysOnly)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_disabled_once_and_named() -> Fallible {
    let (db, setup) = orders().await?;
    assert_eq!(setup.disable().await?, None);
    let arn = setup.enable(NewImage).await?;

    assert_eq!(setup.disable().await?, Some(arn));

    assert!(setup.current().await?.is_none_or(|stream| stream.status == StreamStatus::Disabled));
    let streams = SdkStreams::new(db.streams().clone());
    let error = refused(setup.wait_until_usable(&streams).await)?;
    assert!(matches!(error, SetupError::NotEnabled { .. }), "{error:?}");
    assert_eq!(sentence(&error), "table Orders has no stream that is enabled");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_the_service_says_of_a_stream_that_is_as_wanted_is_no_error() -> Fallible {
    // The messages of today, and the code of older servers.
    let enabled = Answer::Error("ValidationException", "Table already has an enabled stream: TableName: Orders");
    let disabled = Answer::Error("ValidationException", "Table has no stream to disable: TableName: Orders");
    let older = Answer::Error("ResourceInUseException", "Table already has a stream");
    for (said, wanted) in [(enabled, Some(KeysOnly)), (older, Some(KeysOnly)), (disabled, None)] {
        let (db, setup) = orders().await?;
        let behind = match wanted {
            Some(view_type) => {
                setup.enable(view_type).await?;
                Answer::Table("ACTIVE", None)
            }
            None => Answer::Table("ACTIVE", Some("KEYS_ONLY")),
        };
        // `disable` looks once more before it begins.
        let looks = if wanted.is_some() { 1 } else { 2 };
        let answers = vec![behind; looks].into_iter().chain([said]);
        let (script, client) = Script::before(&db, answers)?;
        let setup = StreamSetup::new(&client, TABLE).with_patience(HOUR);

        match wanted {
            Some(view_type) => drop(setup.enable(view_type).await?),
            None => drop(setup.disable().await?),
        }

        assert!(script.is_over());
        assert_eq!(script.count("UpdateTable"), 1);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_on_its_way_has_the_status_of_the_table() -> Fallible {
    let (db, _) = orders().await?;
    for (status, view_type, expected) in [
        ("UPDATING", Some("KEYS_ONLY"), Some(StreamStatus::Enabling)),
        ("ACTIVE", Some("KEYS_ONLY"), Some(StreamStatus::Enabled)),
        ("UPDATING", None, None),
    ] {
        let (_, client) = Script::before(&db, [Answer::Table(status, view_type)])?;

        let stream = StreamSetup::new(&client, TABLE).current().await?;

        assert_eq!(stream.map(|stream| stream.status), expected, "{status}");
    }
    Ok(())
}
