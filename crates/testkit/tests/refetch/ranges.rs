use crate::{Tested, numbers, put, read};
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_source::{RefetchError, refetch};
use dynacdc_testkit::{Call, Hardship, Hardships, StreamSimulator};

#[tokio::test(start_paused = true)]
async fn both_ends_are_in_it_and_nothing_else() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let all = put(&stream, 10)?;

    for (first, last) in [(0, 9), (3, 5), (4, 4), (0, 0), (9, 9)] {
        let found = read(&stream, all[first]..=all[last]).await?;
        assert_eq!(numbers(found.records()), all[first..=last], "{first} to {last}");
        assert_eq!(found.records(), &stream.written()[first..=last]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_lies_between_two_numbers_that_are_not_there_is_read() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let all = put(&stream, 3)?;
    stream.trim(&stream.shards()[0], 0)?;
    let before: SequenceNumber = "1".parse()?;

    let found = read(&stream, before..=all[1]).await?;

    assert_eq!(numbers(found.records()), all[..2]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn pages_follow_until_the_end_and_no_further() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let all = put(&stream, 3_500)?;

    let found = read(&stream, all[500]..=all[2_600]).await?;

    assert_eq!(numbers(found.records()), all[500..=2_600]);
    assert_eq!(stream.calls(Call::Records), 3, "1,000 records each");
    assert_eq!(stream.calls(Call::Iterator), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_closed_shard_whose_end_comes_with_the_last_record_or_behind_it() -> Tested {
    for separate in [0.0, 0.95] {
        let hardships = Hardships::none(3).with(Hardship::SeparateEnd, separate);
        let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
        let all = put(&stream, 4)?;
        let shard = stream.shards()[0].clone();
        stream.split(&shard, 2)?;
        put(&stream, 4)?;

        let found = refetch(&stream, &stream.arn(), &shard, all[1]..=all[3]).await?;

        assert_eq!(numbers(found.records()), all[1..=3]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn malformed_records_are_given_too_with_a_number_and_without() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let shard = stream.shards()[0].clone();
    let number = |n: u8| SequenceNumber::parse(&n.to_string());
    let record = |n| ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, n).build();
    stream.append(&shard, &record(number(1)?)?)?;
    stream.append_malformed(&shard, r#"{"eventID": "no number"}"#, None)?;
    stream.append_malformed(&shard, r#"{"dynamodb": {"SequenceNumber": "2"}}"#, Some(number(2)?))?;
    stream.append(&shard, &record(number(3)?)?)?;
    stream.append_malformed(&shard, r#"{"eventID": "behind the end"}"#, None)?;

    let found = read(&stream, number(1)?..=number(3)?).await?;

    assert_eq!(numbers(found.records()), [number(1)?, number(3)?]);
    let ids: Vec<_> = found.malformed().iter().map(|broken| (broken.event_id(), broken.sequence_number())).collect();
    assert_eq!(ids, [(Some("no number"), None), (None, Some(number(2)?))]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_range_that_is_not_of_this_shard_ends_and_says_so() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let shard = stream.shards()[0].clone();
    let all = put(&stream, 3)?;
    let beyond: SequenceNumber = "9".repeat(40).parse()?;

    let open = refetch(&stream, &stream.arn(), &shard, all[1]..=beyond).await;
    stream.split(&shard, 1)?;
    let closed = refetch(&stream, &stream.arn(), &shard, all[1]..=beyond).await;

    for result in [open, closed] {
        let Err(RefetchError::Short { left }) = result else { return Err(format!("{result:?}").into()) };
        assert_eq!(numbers(left.records()), all[1..]);
    }
    Ok(())
}
