//! The streams of a table.

use crate::{
    scene::{Fallible, orders, refused, sentence},
    script::{Streams, Told},
};
use dynacdc_record::{StreamArn, StreamViewType::KeysOnly};
use dynacdc_source::{SdkStreams, StreamsErrorKind};

fn arn(label: &str) -> Fallible<StreamArn> {
    let arn = format!("arn:aws:dynamodb:eu-central-1:123456789012:table/Orders/stream/{label}");
    Ok(StreamArn::parse(&arn)?)
}

#[tokio::test(start_paused = true)]
async fn streams_are_listed_by_label_over_all_pages() -> Fallible {
    let (_db, setup) = orders().await?;
    let [first, second, third] =
        [arn("2026-01-01T00:00:00.000")?, arn("2026-01-02T00:00:00.000")?, arn("2026-11-20T09:00:00.000")?];
    let streams = Streams::telling([
        Told::Streams(vec![third.clone(), first.clone()], Some(first.clone())),
        Told::Error(StreamsErrorKind::Throttled),
        Told::Streams(vec![first.clone()], Some(first.clone())),
        Told::Streams(vec![second.clone()], None),
    ]);

    // The third answer names the cursor that was asked for: it would never end.
    assert_eq!(setup.streams(&streams).await?, [first.clone(), third.clone()]);
    let rest = Streams::telling([Told::Streams(vec![third.clone(), second.clone()], None)]);
    assert_eq!(setup.streams(&rest).await?, [second, third]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_stream_that_was_enabled_is_among_them() -> Fallible {
    let (db, setup) = orders().await?;
    let streams = SdkStreams::new(db.streams().clone());
    assert_eq!(setup.streams(&streams).await?, []);
    let arn = setup.enable(KeysOnly).await?;

    assert_eq!(setup.streams(&streams).await?, [arn]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_refused_is_told() -> Fallible {
    let (_db, setup) = orders().await?;

    let error = refused(setup.streams(&Streams::telling([Told::Error(StreamsErrorKind::Refused)])).await)?;

    assert_eq!(
        sentence(&error),
        "the stream of table Orders could not be looked at: ListStreams: the service refused the call"
    );
    Ok(())
}
