use crate::{Tested, numbers, put, read};
use dynacdc_source::{RefetchError, StreamsErrorKind, refetch};
use dynacdc_testkit::{Call, Hardship, Hardships, StreamSimulator};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn records_that_are_too_old_are_lost_and_the_rest_is_given() -> Tested {
    for seed in 0..40 {
        let hardships = Hardships::none(seed)
            .with(Hardship::ShortPage, 0.7)
            .with(Hardship::ExpiredIterator, 0.3)
            .with(Hardship::EmptyPage, 0.3);
        let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
        let shard = stream.shards()[0].clone();
        put(&stream, 4)?;
        stream.append_malformed(&shard, r#"{"eventID": "m"}"#, None)?;
        let all = put(&stream, 6)?;
        stream.trim(&shard, 3)?;

        let error = read(&stream, all[1]..=all[7]).await;

        let Err(RefetchError::Trimmed { left }) = error else { return Err(format!("{error:?}").into()) };
        assert_eq!(numbers(left.records()), all[3..=7], "seed {seed}");
        assert_eq!(left.malformed().len(), 1, "seed {seed}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nothing_may_be_left() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let all = put(&stream, 3)?;
    tokio::time::advance(Duration::from_secs(24 * 3600)).await;

    let error = read(&stream, all[0]..=all[2]).await;

    let Err(RefetchError::Trimmed { left }) = &error else { return Err(format!("{error:?}").into()) };
    assert!(left.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_trim_in_the_middle_of_reading_tells_what_was_there() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let shard = stream.shards()[0].clone();
    let all = put(&stream, 2_500)?;
    let task = tokio::spawn({
        let (stream, range) = (stream.clone(), all[0]..=all[2_499]);
        async move { read(&stream, range).await }
    });
    while stream.calls(Call::Records) < 2 {
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    stream.trim(&shard, 1_200)?;

    let error = task.await?;

    let Err(RefetchError::Trimmed { left }) = error else { return Err(format!("{error:?}").into()) };
    assert_eq!(numbers(left.records()), [&all[..1_000], &all[1_200..]].concat());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shard_or_stream_that_is_gone_is_not_found() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let (arn, shard) = (stream.arn(), stream.shards()[0].clone());
    let all = put(&stream, 3)?;
    stream.fail_next(Call::Records, [StreamsErrorKind::NotFound]);
    let vanished = refetch(&stream, &arn, &shard, all[0]..=all[2]).await;
    stream.split(&shard, 1)?;
    stream.trim_shard(&shard)?;
    let gone = refetch(&stream, &arn, &shard, all[0]..=all[2]).await;

    for error in [vanished, gone] {
        let Err(RefetchError::NotFound { left }) = &error else { return Err(format!("{error:?}").into()) };
        assert!(left.is_empty());
        assert!(error.err().is_some_and(|error| error.to_string().contains("not there")));
    }
    Ok(())
}
