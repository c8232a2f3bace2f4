use crate::{Tested, names, read};
use dynacdc_record::item;
use dynacdc_source::{Position, StreamsApi};
use dynacdc_testkit::{Hardships, SimulatorError, StreamSimulator};
use std::{collections::BTreeMap, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_shard_closes_after_its_time_and_has_children() -> Tested {
    let seeds = 0..20;
    let mut numbers = Vec::new();
    for seed in seeds {
        let stream = StreamSimulator::builder("orders")
            .close_after(4 * HOUR)
            .children(3)
            .hardships(Hardships::none(seed))
            .build()?;
        tokio::time::advance(4 * HOUR - Duration::from_secs(1)).await;
        assert_eq!(stream.shards().len(), 1);
        tokio::time::advance(Duration::from_secs(1)).await;

        let listed = stream.describe(&stream.arn(), None).await?.shards;

        let (root, children) = listed.split_first().ok_or("no shards")?;
        assert!(root.closed && root.parent.is_none());
        assert!(children.iter().all(|child| child.parent.as_ref() == Some(&root.id) && !child.closed));
        numbers.push(children.len());
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, [1, 2, 3], "one to as many as were set");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_changes_of_an_item_go_from_parent_to_child_and_their_numbers_rise() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let root = stream.shards()[0].clone();
    let write = |n: i32| (0..20).try_for_each(|key| stream.put(item! { "pk" => format!("{key}"), "n" => n }).map(drop));
    write(1)?;
    let children = stream.split(&root, 2)?;
    write(2)?;

    let mut all = read(&stream, &root, Position::TrimHorizon).await?.0;
    let mut in_children = Vec::new();
    for child in &children {
        let (records, _) = read(&stream, child, Position::TrimHorizon).await?;
        in_children.push(records.len());
        all.extend(records);
    }

    assert_eq!(in_children.iter().sum::<usize>(), 20);
    assert!(in_children.iter().all(|count| *count > 0), "each child has a part of the keys: {in_children:?}");
    let mut by_item = BTreeMap::<_, Vec<_>>::new();
    for record in &all {
        by_item.entry(record.item_key()).or_default().push(record.sequence_number());
    }
    assert!(by_item.values().all(|numbers| numbers.len() == 2 && numbers.is_sorted()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_closed_shard_takes_nothing_more() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    let root = stream.shards()[0].clone();
    let record = stream.put(item! { "pk" => "A" })?.ok_or("no record")?;
    let child = stream.split(&root, 1)?.remove(0);

    assert_eq!(stream.append(&root, &record), Err(SimulatorError::Closed(root.clone())));
    assert_eq!(stream.split(&root, 1), Err(SimulatorError::Closed(root.clone())));
    stream.append(&child, &record)?;

    assert_eq!(names(&read(&stream, &child, Position::TrimHorizon).await?.0), ["A"]);
    assert!(read(&stream, &root, Position::TrimHorizon).await?.1, "it has an end");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shard_is_named_after_the_time_of_its_making() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    tokio::time::advance(HOUR).await;
    let at = stream.clock().now().timestamp_millis();
    let child = stream.split(&stream.shards()[0], 1)?.remove(0);

    assert_eq!(child.as_str().split('-').nth(1).map(str::parse), Some(Ok(at)));
    assert!((28..=65).contains(&child.as_str().len()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_does_not_double_the_shards_without_end() -> Tested {
    let stream = StreamSimulator::builder("orders").close_after(Duration::from_secs(60)).children(4).build()?;

    tokio::time::advance(HOUR).await;

    let open = stream.describe(&stream.arn(), None).await?;
    assert!(open.more_after.is_some(), "there are more than a hundred");
    assert!(stream.shards().len() < 60 * 20, "{}", stream.shards().len());
    Ok(())
}
