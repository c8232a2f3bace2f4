use crate::{Tested, kind, names, read};
use dynacdc_record::item;
use dynacdc_source::{Position, ShardIterator, StreamsApi, StreamsErrorKind};
use dynacdc_testkit::{Call, StreamSimulator};
use std::time::Duration;

fn with(items: usize) -> Result<StreamSimulator, Box<dyn std::error::Error>> {
    let stream = StreamSimulator::new("orders")?;
    for n in 0..items {
        stream.put(item! { "pk" => format!("{n}"), "text" => "x".repeat(100) })?;
    }
    Ok(stream)
}

#[tokio::test(start_paused = true)]
async fn positions_are_the_four_of_the_api() -> Tested {
    let stream = with(4)?;
    let shard = &stream.shards()[0];
    let second = stream.written()[1].sequence_number();

    for (position, expected) in [
        (Position::TrimHorizon, vec!["0", "1", "2", "3"]),
        (Position::At(second), vec!["1", "2", "3"]),
        (Position::After(second), vec!["2", "3"]),
        (Position::Latest, vec![]),
    ] {
        let (records, ended) = read(&stream, shard, position.clone()).await?;
        assert_eq!(names(&records), expected, "{position:?}");
        assert!(!ended, "an open shard has no end");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_iterator_at_the_latest_record_has_what_comes_after_it() -> Tested {
    let stream = with(2)?;
    let arn = stream.arn();
    let iterator = stream.iterator(&arn, &stream.shards()[0], &Position::Latest).await?;

    stream.put(item! { "pk" => "new" })?;

    assert_eq!(names(stream.records(&arn, &iterator, None).await?.records.records()), ["new"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_last_page_carries_records_and_no_next_iterator() -> Tested {
    let stream = with(3)?;
    let (arn, shard) = (stream.arn(), stream.shards()[0].clone());
    stream.split(&shard, 1)?;

    let iterator = stream.iterator(&arn, &shard, &Position::TrimHorizon).await?;
    let page = stream.records(&arn, &iterator, Some(2)).await?;
    let last = stream.records(&arn, &page.next.ok_or("it goes on")?, Some(2)).await?;

    assert_eq!(last.records.len(), 1);
    assert!(last.next.is_none());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_page_has_at_most_1000_records_or_a_megabyte() -> Tested {
    let many = with(1200)?;
    let arn = many.arn();
    let iterator = many.iterator(&arn, &many.shards()[0], &Position::TrimHorizon).await?;
    assert_eq!(many.records(&arn, &iterator, None).await?.records.len(), 1000);
    assert_eq!(many.records(&arn, &iterator, Some(7)).await?.records.len(), 7);

    let large = StreamSimulator::new("orders")?;
    for n in 0..5 {
        large.put(item! { "pk" => format!("{n}"), "text" => "x".repeat(300_000) })?;
    }
    let iterator = large.iterator(&large.arn(), &large.shards()[0], &Position::TrimHorizon).await?;
    assert_eq!(large.records(&large.arn(), &iterator, None).await?.records.len(), 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_the_service_refuses_is_refused() -> Tested {
    let stream = with(1)?;
    let arn = stream.arn();
    let iterator = stream.iterator(&arn, &stream.shards()[0], &Position::TrimHorizon).await?;

    for limit in [0, 1001] {
        assert_eq!(kind(stream.records(&arn, &iterator, Some(limit)).await), Some(StreamsErrorKind::Refused));
    }
    let garbage = ShardIterator::new("garbage");
    assert_eq!(kind(stream.records(&arn, &garbage, None).await), Some(StreamsErrorKind::Refused));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_iterator_is_good_for_15_minutes() -> Tested {
    let stream = with(1)?;
    let arn = stream.arn();
    let iterator = stream.iterator(&arn, &stream.shards()[0], &Position::TrimHorizon).await?;

    tokio::time::advance(Duration::from_secs(15 * 60 - 1)).await;
    let page = stream.records(&arn, &iterator, None).await?;
    assert_eq!(page.records.len(), 1);
    tokio::time::advance(Duration::from_secs(2)).await;

    assert_eq!(kind(stream.records(&arn, &iterator, None).await), Some(StreamsErrorKind::IteratorExpired));
    let next = page.next.ok_or("it goes on")?;
    assert!(stream.records(&arn, &next, None).await.is_ok(), "the next one began its own 15 minutes");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_fail_as_a_test_says() -> Tested {
    let stream = with(1)?;
    let (arn, shard) = (stream.arn(), stream.shards()[0].clone());
    stream.fail_next(Call::Iterator, [StreamsErrorKind::Throttled, StreamsErrorKind::Unavailable]);

    let mut kinds = Vec::new();
    for _ in 0..3 {
        kinds.push(kind(stream.iterator(&arn, &shard, &Position::TrimHorizon).await));
    }

    assert_eq!(kinds, [Some(StreamsErrorKind::Throttled), Some(StreamsErrorKind::Unavailable), None]);
    assert_eq!(stream.calls(Call::Iterator), 3);
    stream.expire_iterators(&shard)?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_malformed_record_stands_in_its_place() -> Tested {
    let stream = with(1)?;
    let shard = &stream.shards()[0];
    stream.append_malformed(shard, r#"{"eventID":"1"}"#, None)?;
    stream.put(item! { "pk" => "behind" })?;

    let iterator = stream.iterator(&stream.arn(), shard, &Position::TrimHorizon).await?;
    let page = stream.records(&stream.arn(), &iterator, None).await?;

    assert_eq!(page.records.records().len(), 2);
    assert_eq!(page.records.malformed()[0].position(), 1);
    for wrong in ["{}, {}", "]", &stream.written()[0].to_json()] {
        assert!(stream.append_malformed(shard, wrong, None).is_err());
    }
    Ok(())
}
