use crate::Tested;
use dynacdc_record::item;
use dynacdc_source::{Position, StreamsApi, StreamsErrorKind};
use dynacdc_testkit::{Hardship, Hardships, StreamSimulator};

/// A closed shard with 40 records.
fn closed(hardships: Hardships) -> Result<StreamSimulator, Box<dyn std::error::Error>> {
    let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
    for n in 0..40 {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    stream.split(&stream.shards()[0], 1)?;
    Ok(stream)
}

/// What the calls of a reader without any sense give, until the end of the shard.
async fn calls(stream: &StreamSimulator) -> Vec<Result<(usize, bool), StreamsErrorKind>> {
    let (arn, shard) = (stream.arn(), stream.shards()[0].clone());
    let (mut found, mut iterator, mut position) = (Vec::new(), None, Position::TrimHorizon);
    loop {
        let at = match iterator.take() {
            Some(at) => at,
            None => match stream.iterator(&arn, &shard, &position).await {
                Ok(at) => at,
                Err(error) => {
                    found.push(Err(error.kind()));
                    continue;
                }
            },
        };
        match stream.records(&arn, &at, Some(10)).await {
            Err(error) => found.push(Err(error.kind())),
            Ok(page) => {
                found.push(Ok((page.records.len(), page.next.is_none())));
                if let Some(last) = page.records.records().last() {
                    position = Position::After(last.sequence_number());
                }
                match page.next {
                    None => return found,
                    next => iterator = next,
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_hardship_of_reading_shows_and_is_counted() -> Tested {
    use StreamsErrorKind::{IteratorExpired, Throttled, Unavailable};
    type Shows = fn(&[Result<(usize, bool), StreamsErrorKind>]) -> bool;
    let checks: [(Hardship, Shows); 6] = [
        (Hardship::Throttled, |calls| calls.contains(&Err(Throttled))),
        (Hardship::Unavailable, |calls| calls.contains(&Err(Unavailable))),
        (Hardship::ExpiredIterator, |calls| calls.contains(&Err(IteratorExpired))),
        (Hardship::EmptyPage, |calls| calls.contains(&Ok((0, false)))),
        (Hardship::ShortPage, |calls| calls.iter().any(|call| matches!(call, Ok((1..10, false))))),
        (Hardship::SeparateEnd, |calls| calls.last() == Some(&Ok((0, true)))),
    ];
    let smooth = calls(&closed(Hardships::none(5))?).await;
    assert_eq!(smooth, [Ok((10, false)), Ok((10, false)), Ok((10, false)), Ok((10, true))]);
    for (hardship, shows) in checks {
        let stream = closed(Hardships::none(5).with(hardship, 0.7))?;
        let rough = calls(&stream).await;
        assert!(shows(&rough) && !shows(&smooth), "{hardship:?}: {rough:?}");
        assert!(stream.fired().of(hardship) > 0 && stream.fired().of(hardship) == stream.fired().total());
        let records =
            |calls: &[Result<(usize, bool), _>]| calls.iter().flatten().map(|(count, _)| count).sum::<usize>();
        assert_eq!(records(&rough), 40, "{hardship:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_run_with_the_same_seed_is_the_same() -> Tested {
    let run = async |seed| -> Result<_, Box<dyn std::error::Error>> {
        let stream = closed(Hardships::rough(seed))?;
        let begun = tokio::time::Instant::now();
        let calls = calls(&stream).await;
        let numbers: Vec<String> = stream.written().iter().map(|r| r.sequence_number().to_string()).collect();
        Ok((calls, numbers, stream.shards(), begun.elapsed()))
    };

    assert_eq!(run(1).await?, run(1).await?);
    assert_ne!(run(1).await?, run(2).await?);
    Ok(())
}
