use crate::Tested;
use dynacdc_sink::ShardId;
use dynacdc_source::{Shard, StreamsApi, StreamsErrorKind};
use dynacdc_testkit::{Hardship, Hardships, StreamSimulator};
use std::{collections::BTreeSet, time::Duration};

async fn listed(stream: &StreamSimulator) -> Result<Vec<Shard>, Box<dyn std::error::Error>> {
    Ok(stream.describe(&stream.arn(), None).await?.shards)
}

fn ids(shards: &[Shard]) -> BTreeSet<&ShardId> {
    shards.iter().map(|shard| &shard.id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_listing_comes_in_pages() -> Tested {
    for (page, shards, expected) in [(100, 250, vec![100, 100, 50]), (3, 6, vec![3, 3])] {
        let stream = StreamSimulator::builder("orders").shards(shards).listing_page(page).build()?;
        let (mut sizes, mut cursor, mut all) = (Vec::new(), None, Vec::new());
        loop {
            let page = stream.describe(&stream.arn(), cursor.as_ref()).await?;
            sizes.push(page.shards.len());
            all.extend(page.shards);
            cursor = page.more_after;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(sizes, expected);
        assert_eq!(ids(&all), stream.shards().iter().collect());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_parent_may_be_listed_as_open_beside_its_children() -> Tested {
    let hardships = Hardships::none(1).with(Hardship::LateClosing, 0.95);
    let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
    let root = stream.shards()[0].clone();
    stream.split(&root, 2)?;

    let early = listed(&stream).await?;
    tokio::time::advance(Duration::from_secs(30)).await;
    let late = listed(&stream).await?;

    assert_eq!((early.len(), late.len()), (3, 3));
    let closed = |shards: &[Shard]| shards.iter().any(|shard| shard.id == root && shard.closed);
    assert!(!closed(&early) && closed(&late));
    stream.show_open(&root, true)?;
    assert!(!closed(&listed(&stream).await?));
    assert!(stream.fired().of(Hardship::LateClosing) > 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_closed_leaf_may_have_no_children_yet() -> Tested {
    let hardships = Hardships::none(1).with(Hardship::LateChildren, 0.95);
    let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
    stream.split(&stream.shards()[0], 2)?;

    let early = listed(&stream).await?;
    tokio::time::advance(Duration::from_secs(30)).await;

    assert!(early.len() == 1 && early[0].closed);
    assert_eq!(listed(&stream).await?.len(), 3);
    assert!(stream.fired().of(Hardship::LateChildren) > 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shard_may_be_missing_in_one_listing_with_all_that_descends_from_it() -> Tested {
    let hardships = Hardships::none(3).with(Hardship::MissingShard, 0.3);
    let stream = StreamSimulator::builder("orders").shards(3).hardships(hardships).build()?;
    for root in stream.shards() {
        stream.split(&root, 1)?;
    }

    let mut sizes = BTreeSet::new();
    for _ in 0..30 {
        let shards = listed(&stream).await?;
        let listed = ids(&shards);
        let has_parent = |shard: &Shard| shard.parent.as_ref().is_none_or(|parent| listed.contains(parent));
        assert!(shards.iter().all(has_parent), "no child without its parent");
        sizes.insert(shards.len());
    }
    assert!(sizes.len() > 2 && sizes.contains(&6), "{sizes:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_parent_may_be_missing_while_its_children_are_listed() -> Tested {
    let hardships = Hardships::none(1).with(Hardship::MissingParent, 0.5);
    let stream = StreamSimulator::builder("orders").hardships(hardships).build()?;
    let root = stream.shards()[0].clone();
    let children = stream.split(&root, 2)?;

    let mut with_parent = BTreeSet::new();
    for _ in 0..20 {
        let shards = listed(&stream).await?;
        assert!(children.iter().all(|child| ids(&shards).contains(child)));
        with_parent.insert(ids(&shards).contains(&root));
    }
    assert_eq!(with_parent.len(), 2, "there in one listing and not in the next");

    let scripted = StreamSimulator::new("orders")?;
    let root = scripted.shards()[0].clone();
    scripted.split(&root, 1)?;
    scripted.hide(&root, true)?;
    assert_eq!(listed(&scripted).await?.len(), 1);
    scripted.hide(&root, false)?;
    assert_eq!(listed(&scripted).await?.len(), 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_last_page_may_name_a_cursor_that_was_followed() -> Tested {
    let hardships = Hardships::none(1).with(Hardship::RepeatedCursor, 0.95);
    let stream = StreamSimulator::builder("orders").shards(2).hardships(hardships).build()?;

    let first = stream.describe(&stream.arn(), None).await?;
    let cursor = first.more_after.ok_or("a cursor although all shards are there")?;
    let second = stream.describe(&stream.arn(), Some(&cursor)).await?;

    assert_eq!(first.shards.len(), 2);
    assert!(second.shards.is_empty());
    assert_eq!(second.more_after, Some(cursor));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_was_is_not_found() -> Tested {
    let (stream, other) = (StreamSimulator::new("orders")?, StreamSimulator::new("others")?);

    assert_eq!(crate::kind(stream.describe(&other.arn(), None).await), Some(StreamsErrorKind::NotFound));
    Ok(())
}
