use crate::{Tested, kind, names, read};
use dynacdc_record::item;
use dynacdc_source::{Position, StreamStatus, StreamsApi, StreamsErrorKind};
use dynacdc_testkit::{SimulatorError, StreamSimulator};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn the_shards_of_a_disabled_stream_are_closed_and_can_be_read_for_24_hours() -> Tested {
    let stream = StreamSimulator::builder("orders").shards(2).close_after(HOUR).build()?;
    let (arn, shard) = (stream.arn(), stream.shards()[0].clone());
    stream.put(item! { "pk" => "A" })?;
    stream.disable()?;
    assert!(stream.put(item! { "pk" => "B" })?.is_none(), "a write makes no record");
    tokio::time::advance(2 * HOUR).await;

    let page = stream.describe(&arn, None).await?;
    assert_eq!(page.status, StreamStatus::Disabled);
    assert!(page.shards.len() == 2 && page.shards.iter().all(|shard| shard.closed), "and nobody takes their place");
    assert!(read(&stream, &shard, Position::TrimHorizon).await?.1, "it has an end");
    assert!(matches!(stream.disable(), Err(SimulatorError::Status { .. })));

    tokio::time::advance(22 * HOUR).await;
    assert!(stream.describe(&arn, None).await?.shards.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_enabled_again_is_another_stream() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let (old, shard) = (stream.arn(), stream.shards()[0].clone());
    stream.put(item! { "pk" => "A", "n" => 1 })?;
    assert!(stream.enable().is_err());
    stream.disable()?;
    tokio::time::advance(HOUR).await;

    let new = stream.enable()?;
    let change = stream.put(item! { "pk" => "A", "n" => 2 })?.ok_or("no record")?;

    assert_eq!(new, stream.arn());
    assert!(old.label() < new.label() && old.table() == new.table());
    assert_eq!(change.stream_arn(), Some(&new));
    assert!(change.old_image().is_some(), "the table is what it was");
    assert!(!stream.shards().contains(&shard));
    let iterator = stream.iterator(&old, &shard, &Position::TrimHorizon).await?;
    let page = stream.records(&old, &iterator, None).await?;
    assert_eq!(names(page.records.records()), ["A"], "the old one can be read by its own ARN");
    assert_eq!(page.records.len(), 1);
    tokio::time::advance(23 * HOUR).await;
    assert_eq!(kind(stream.describe(&old, None).await), Some(StreamsErrorKind::NotFound));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_streams_of_a_table_are_listed_as_long_as_they_can_be_read() -> Tested {
    let stream = StreamSimulator::builder("orders").listing_page(1).build()?;
    let first = stream.arn();
    stream.disable()?;
    tokio::time::advance(HOUR).await;
    let second = stream.enable()?;

    let page = stream.streams("orders", None).await?;
    assert_eq!((page.streams, page.more_after.as_ref()), (vec![first.clone()], Some(&first)));
    let page = stream.streams("orders", Some(&first)).await?;
    assert_eq!((page.streams, page.more_after), (vec![second.clone()], None));
    assert_eq!(kind(stream.streams("others", None).await), Some(StreamsErrorKind::NotFound));

    tokio::time::advance(24 * HOUR).await;
    assert_eq!(stream.streams("orders", None).await?.streams, [second], "the first one is gone");
    Ok(())
}
