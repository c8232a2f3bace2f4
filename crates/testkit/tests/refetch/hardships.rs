use crate::{Tested, numbers, put, read};
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_source::{RefetchError, StreamsErrorKind, refetch};
use dynacdc_testkit::{Call, Fired, Hardship, Hardships, StreamSimulator};

/// Those that befall a reader of one shard.
const STRIKING: [Hardship; 6] = [
    Hardship::Throttled,
    Hardship::Unavailable,
    Hardship::ExpiredIterator,
    Hardship::EmptyPage,
    Hardship::ShortPage,
    Hardship::SeparateEnd,
];

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_or_doubled_whatever_goes_wrong() -> Tested {
    let mut fired = Fired::default();
    for seed in 0..200 {
        let mut dice = fastrand::Rng::with_seed(seed);
        fastrand::seed(seed);
        let hardships = STRIKING.into_iter().fold(Hardships::none(seed), |all, one| all.with(one, dice.f64() * 0.6));
        let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
        let shard = stream.shards()[0].clone();
        let mut malformed = Vec::new();
        for n in 0..dice.usize(1..60) {
            // Two to four to a page.
            let number = SequenceNumber::parse(&(1_000 + n * 7).to_string())?;
            let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => format!("{n}") }, number);
            stream.append(&shard, &record.size_bytes(dice.u64(250_000..500_000)).build()?)?;
            if dice.u8(0..6) == 0 {
                stream.append_malformed(&shard, &format!(r#"{{"eventID": "{n}"}}"#), None)?;
                malformed.push(n);
            }
        }
        let all = numbers(&stream.written());
        if dice.bool() {
            stream.split(&shard, 2)?;
        }
        let first = dice.usize(0..all.len());
        let last = dice.usize(first..all.len());

        let found = refetch(&stream, &stream.arn(), &shard, all[first]..=all[last]).await?;

        assert_eq!(numbers(found.records()), all[first..=last], "seed {seed}");
        let ids: Vec<usize> = found.malformed().iter().filter_map(|broken| broken.event_id()?.parse().ok()).collect();
        malformed.retain(|n| (first..last).contains(n));
        assert_eq!(ids, malformed, "seed {seed}");
        fired.add(&stream.fired());
    }
    for hardship in STRIKING {
        assert!(fired.of(hardship) > 5, "{fired}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn throttles_are_waited_out_without_a_new_iterator() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let all = put(&stream, 3)?;
    stream.fail_next(Call::Records, [StreamsErrorKind::Throttled, StreamsErrorKind::Unavailable]);

    let found = read(&stream, all[0]..=all[2]).await?;

    assert_eq!(found.len(), 3);
    assert_eq!((stream.calls(Call::Iterator), stream.calls(Call::Records)), (1, 3));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_expired_iterator_goes_on_behind_what_was_read() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let all = put(&stream, 1_500)?;
    let task = tokio::spawn({
        let (stream, range) = (stream.clone(), all[0]..=all[1_499]);
        async move { read(&stream, range).await }
    });
    while stream.calls(Call::Records) < 2 {
        tokio::time::sleep(std::time::Duration::from_micros(100)).await;
    }
    stream.expire_iterators(&stream.shards()[0])?;

    let found = task.await??;

    assert_eq!(numbers(found.records()), all);
    assert_eq!((stream.calls(Call::Iterator), stream.calls(Call::Records)), (2, 3), "the first page is not read again");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_not_tried_again() -> Tested {
    for call in [Call::Iterator, Call::Records] {
        let stream = StreamSimulator::new("orders")?;
        let all = put(&stream, 3)?;
        stream.fail_next(call, [StreamsErrorKind::Refused]);

        let error = read(&stream, all[0]..=all[2]).await;

        let Err(RefetchError::Refused(source)) = error else { return Err(format!("{error:?}").into()) };
        assert_eq!(source.kind(), StreamsErrorKind::Refused);
        assert_eq!(stream.calls(call), 1);
    }
    Ok(())
}
