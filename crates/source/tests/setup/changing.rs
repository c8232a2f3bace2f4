//! One view type replaced by another.

use crate::{
    scene::{Fallible, HOUR, TABLE, orders, refused, sentence},
    script::{Answer, Script},
};
use dynacdc_record::StreamViewType::{KeysOnly, NewAndOldImages, NewImage};
use dynacdc_source::{SetupError, StreamSetup};

#[tokio::test(start_paused = true)]
async fn a_new_stream_takes_the_place_of_the_old_one() -> Fallible {
    let (_db, setup) = orders().await?;
    let old = setup.enable(KeysOnly).await?;

    let change = setup.change_view_type(NewAndOldImages).await?;

    assert_eq!(change.old, Some(old.clone()));
    assert_ne!(change.new.label(), old.label());
    let now = setup.current().await?.ok_or("no stream")?;
    assert_eq!((now.arn, now.view_type), (change.new.clone(), Some(NewAndOldImages)));
    let again = setup.change_view_type(NewAndOldImages).await?;
    assert_eq!((again.old, again.new), (None, change.new));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_old_stream_is_gone_before_the_new_one_is_asked_for() -> Fallible {
    let (db, setup) = orders().await?;
    setup.enable(KeysOnly).await?;
    let (script, client) = Script::before(&db, [])?;

    StreamSetup::new(&client, TABLE).with_patience(HOUR).change_view_type(NewImage).await?;

    let updates: Vec<_> = script.seen().into_iter().collect();
    let first = updates.iter().position(|call| call == "UpdateTable").ok_or("no update")?;
    // Between two updates the table is looked at: the first has to be over.
    assert_eq!(updates[first + 1], "DescribeTable");
    assert_eq!(script.count("UpdateTable"), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_cut_off_half_way_goes_on() -> Fallible {
    let (_db, setup) = orders().await?;
    setup.enable(KeysOnly).await?;
    setup.disable().await?;

    let change = setup.change_view_type(NewImage).await?;

    assert_eq!(setup.current().await?.ok_or("no stream")?.arn, change.new);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_left_without_a_stream_is_told() -> Fallible {
    let (db, setup) = orders().await?;
    setup.enable(KeysOnly).await?;
    let refusal = "One or more parameter values were invalid: the table is part of a global table";
    for skip in 0..8 {
        let refused_now = Answer::Error("ValidationException", refusal);
        let answers = std::iter::repeat_n(Answer::Pass, skip).chain([refused_now]);
        let (script, client) = Script::before(&db, answers)?;
        setup.change_view_type(KeysOnly).await?;

        let outcome = StreamSetup::new(&client, TABLE).with_patience(HOUR).change_view_type(NewImage).await;

        let updates = script.count("UpdateTable");
        let error = refused(outcome)?;
        let left = setup.current().await?.is_none_or(|stream| stream.view_type.is_none());
        assert_eq!(left, matches!(error, SetupError::LeftDisabled { .. }), "after {updates} updates: {error:?}");
        if left && updates == 2 {
            assert_eq!(
                sentence(&error),
                format!(
                    "the stream of table Orders is being disabled and could not be enabled again with NEW_IMAGE; \
                     `change_view_type` goes on from there: UpdateTable of table Orders was refused: {refusal}: \
                     UpdateTable: {}",
                    "the service refuses what the item holds, such as a number out of range or an empty set \
                     (ValidationException)"
                )
            );
            return Ok(());
        }
    }
    Err("the second update was never refused".into())
}

#[tokio::test(start_paused = true)]
async fn a_description_that_is_behind_is_waited_for() -> Fallible {
    let (db, setup) = orders().await?;
    setup.enable(KeysOnly).await?;
    let stale = || Answer::Table("ACTIVE", Some("KEYS_ONLY"));
    // All of it is told of a stream that the embedded server does not have.
    let answers = [stale(), stale(), stale(), Answer::Pass, Answer::Table("ACTIVE", None), stale(), stale()];
    let (script, client) = Script::before(&db, answers)?;

    let change = StreamSetup::new(&client, TABLE).with_patience(HOUR).change_view_type(NewImage).await?;

    assert!(script.is_over());
    assert_eq!(change.old.ok_or("no old stream")?.label(), "1");
    Ok(())
}
