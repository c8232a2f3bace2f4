use crate::{Tested, kind, names, read};
use dynacdc_record::item;
use dynacdc_source::{Position, StreamsApi, StreamsErrorKind};
use dynacdc_testkit::StreamSimulator;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn records_are_kept_for_24_hours() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let shard = stream.shards()[0].clone();
    stream.put(item! { "pk" => "old" })?;
    tokio::time::advance(HOUR).await;
    stream.put(item! { "pk" => "new" })?;

    tokio::time::advance(23 * HOUR - Duration::from_secs(60)).await;
    assert_eq!(names(&read(&stream, &shard, Position::TrimHorizon).await?.0), ["old", "new"]);
    tokio::time::advance(Duration::from_secs(60)).await;

    assert_eq!(names(&read(&stream, &shard, Position::TrimHorizon).await?.0), ["new"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_position_that_fell_off_is_trimmed_for_both_calls() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let (arn, shard) = (stream.arn(), stream.shards()[0].clone());
    for n in 0..3 {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    let numbers: Vec<_> = stream.written().iter().map(|record| record.sequence_number()).collect();
    let before = stream.iterator(&arn, &shard, &Position::TrimHorizon).await?;

    stream.trim(&shard, 2)?;

    assert_eq!(kind(stream.records(&arn, &before, None).await), Some(StreamsErrorKind::Trimmed));
    for position in [Position::At(numbers[0]), Position::After(numbers[0]), Position::At(numbers[1])] {
        assert_eq!(kind(stream.iterator(&arn, &shard, &position).await), Some(StreamsErrorKind::Trimmed));
    }
    assert_eq!(names(&read(&stream, &shard, Position::At(numbers[2])).await?.0), ["2"]);
    assert!(read(&stream, &shard, Position::After(numbers[2])).await?.0.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn whole_shards_vanish_and_their_children_remain() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let root = stream.shards()[0].clone();
    stream.put(item! { "pk" => "A" })?;
    let child = stream.split(&root, 1)?.remove(0);
    let arn = stream.arn();
    let iterator = stream.iterator(&arn, &root, &Position::TrimHorizon).await?;

    tokio::time::advance(24 * HOUR).await;
    let listed = stream.describe(&arn, None).await?.shards;

    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].id, &listed[0].parent), (&child, &Some(root.clone())), "it names a parent that is gone");
    assert_eq!(kind(stream.records(&arn, &iterator, None).await), Some(StreamsErrorKind::NotFound));
    assert_eq!(kind(stream.iterator(&arn, &root, &Position::Latest).await), Some(StreamsErrorKind::NotFound));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shard_can_be_trimmed_by_call() -> Tested {
    let stream = StreamSimulator::builder("orders").shards(2).build()?;
    let gone = stream.shards()[0].clone();

    stream.trim_shard(&gone)?;

    assert_eq!(stream.describe(&stream.arn(), None).await?.shards.len(), 1);
    assert!(stream.trim_shard(&gone).is_err());
    Ok(())
}
