//! What is waited for, and what is said when it does not come.

use crate::{
    scene::{Fallible, HOUR, TABLE, orders, refused, sentence},
    script::{Answer, Script, Streams, Told},
};
use dynacdc_record::StreamViewType::{KeysOnly, NewImage};
use dynacdc_source::{Awaited, SdkStreams, SetupError, StreamSetup, StreamStatus, StreamsErrorKind};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn an_update_that_is_under_way_and_a_turn_are_waited_for() -> Fallible {
    let (db, _) = orders().await?;
    let none = || Answer::Table("ACTIVE", None);
    let answers = [
        Answer::Table("CREATING", None),
        Answer::Failure,
        Answer::Error("ThrottlingException", "Rate exceeded"),
        none(),
        Answer::Error("LimitExceededException", "Subscriber limit exceeded: there are 500 operations"),
        none(),
        Answer::Error("ResourceInUseException", "Attempt to change a resource which is still in use"),
        Answer::Table("UPDATING", None),
        none(),
        Answer::Failure,
        none(),
        // It is done, and only the answer is missing.
        Answer::Lost,
        Answer::Table("UPDATING", Some("NEW_IMAGE")),
    ];
    let (script, client) = Script::before(&db, answers)?;
    let setup = StreamSetup::new(&client, TABLE).with_patience(HOUR);

    setup.enable(NewImage).await?;

    assert!(script.is_over());
    assert_eq!(script.count("UpdateTable"), 4);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_was_waited_for_in_vain_is_named() -> Fallible {
    let (db, _) = orders().await?;
    let limit = Answer::Error("LimitExceededException", "too many");
    let in_use = Answer::Error("ResourceInUseException", "in use");
    let none = Answer::Table("ACTIVE", None);
    for (answers, awaited, what) in [
        (
            vec![Answer::Table("UPDATING", None)],
            Awaited::TableActive { status: "UPDATING".to_owned() },
            "the table to be ACTIVE; it is UPDATING",
        ),
        (vec![none.clone(), limit], Awaited::Turn, "a turn among the table operations of the account: UpdateTable: "),
        (vec![none, in_use], Awaited::OtherUpdate, "another update of the table to end: UpdateTable: "),
        (vec![Answer::Failure], Awaited::Answer { operation: "DescribeTable" }, "an answer to DescribeTable: "),
    ] {
        let (_, client) = Script::before(&db, answers)?;

        let error = refused(StreamSetup::new(&client, TABLE).with_patience(Duration::ZERO).enable(KeysOnly).await)?;

        let text = sentence(&error);
        assert!(text.starts_with("table Orders: waited "), "{text}");
        assert!(text.contains(&format!(" ms for {what}")), "{text}");
        assert!(matches!(&error, SetupError::TimedOut { awaited: named, .. } if *named == awaited), "{error:?}");
    }
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::test(start_paused = true)]
async fn patience_ends() -> Fallible {
    let (db, _) = orders().await?;
    let updating = std::iter::repeat_n(Answer::Table("UPDATING", None), 10_000);
    let (script, client) = Script::before(&db, updating)?;
    let setup = StreamSetup::new(&client, TABLE).with_patience(PATIENCE);
    let begun = tokio::time::Instant::now();

    let error = refused(setup.disable().await)?;

    assert!(matches!(error, SetupError::TimedOut { .. }), "{error:?}");
    let waited = begun.elapsed();
    assert!(waited < PATIENCE && waited > PATIENCE - Duration::from_secs(10), "{waited:?}");
    // About one call in two seconds and a half.
    assert!(script.seen().len() < 400, "{} calls", script.seen().len());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_usable_when_it_has_a_shard() -> Fallible {
    let (_db, setup) = orders().await?;
    let arn = setup.enable(NewImage).await?;
    let streams = Streams::telling([
        Told::Error(StreamsErrorKind::NotFound),
        Told::Error(StreamsErrorKind::Throttled),
        Told::Stream(StreamStatus::Enabling, 0),
        Told::Stream(StreamStatus::Enabling, 1),
        Told::Stream(StreamStatus::Enabled, 0),
        Told::Error(StreamsErrorKind::Unavailable),
        // The shard is on the second page.
        Told::More(0),
        Told::Stream(StreamStatus::Enabled, 1),
    ]);

    assert_eq!(setup.wait_until_usable(&streams).await?, arn);

    assert!(streams.is_over());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_get_usable_says_why() -> Fallible {
    let (_db, setup) = orders().await?;
    setup.enable(NewImage).await?;
    let setup = setup.with_patience(Duration::ZERO);
    for (told, expected) in [
        (Told::Stream(StreamStatus::Enabled, 0), " ms for the stream to have a shard"),
        (Told::Stream(StreamStatus::Enabling, 0), " ms for the stream to be ENABLED"),
        (Told::Stream(StreamStatus::Disabling, 1), "table Orders has no stream that is enabled"),
        (
            Told::Error(StreamsErrorKind::NotFound),
            " ms for the stream to be ENABLED: DescribeStream: the stream or shard does not exist",
        ),
        (
            Told::Error(StreamsErrorKind::Refused),
            "the stream of table Orders could not be looked at: DescribeStream: the service refused the call",
        ),
    ] {
        let error = refused(setup.wait_until_usable(&Streams::telling([told])).await)?;

        let text = sentence(&error);
        assert!(text.ends_with(expected), "{text}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_still_made_is_waited_for_before_its_stream() -> Fallible {
    let (db, setup) = orders().await?;
    setup.enable(KeysOnly).await?;
    let (script, client) = Script::before(&db, [Answer::Table("CREATING", Some("KEYS_ONLY"))])?;
    let streams = SdkStreams::new(db.streams().clone());

    StreamSetup::new(&client, TABLE).with_patience(HOUR).wait_until_usable(&streams).await?;

    assert_eq!(script.seen(), ["DescribeTable", "DescribeTable"]);
    Ok(())
}
