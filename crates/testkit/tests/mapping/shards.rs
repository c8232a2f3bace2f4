//! Shards, their lineage, and batches that run at once.

use crate::{Tested, numbers, records};
use dynacdc_record::{ItemKey, SequenceNumber, item};
use dynacdc_testkit::{EventSourceMapping, Hardships, MappingRun, StreamSimulator};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Whether the records of each item came in order, by the numbers that each invocation had.
fn is_in_order(by_item: &BTreeMap<ItemKey, Vec<SequenceNumber>>) -> bool {
    by_item.values().all(|numbers| numbers.is_sorted())
}

fn mixes_shards(run: &MappingRun, of: &BTreeMap<SequenceNumber, usize>) -> bool {
    let shards = |records: &[Option<SequenceNumber>]| {
        records.iter().flatten().filter_map(|number| of.get(number)).collect::<BTreeSet<_>>().len()
    };
    run.invocations().iter().any(|invocation| shards(invocation.records()) > 1)
}

#[tokio::test(start_paused = true)]
async fn a_batch_never_mixes_shards_and_parents_come_first() -> Tested {
    let stream = StreamSimulator::builder("orders").shards(2).build()?;
    let mut by_item = RefCell::new(BTreeMap::<_, Vec<_>>::new());
    let write = |n: i32| (0..40).try_for_each(|key| stream.put(item! { "pk" => format!("{key}"), "n" => n }).map(drop));
    write(1)?;
    let (roots, end) = (stream.shards(), stream.written().len());
    for root in &roots {
        stream.split(root, 2)?;
    }
    write(2)?;
    let generation = |at: usize| usize::from(at >= end);
    let of = numbers(&stream).into_iter().enumerate().map(|(at, number)| (number, generation(at))).collect();

    let run = EventSourceMapping::new(&stream)
        .run(async |event| {
            for record in records(event) {
                by_item.borrow_mut().entry(record.item_key()).or_default().push(record.sequence_number());
            }
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(run.settled().len(), 80);
    assert!(!mixes_shards(&run, &of));
    let shards: BTreeSet<_> = run.invocations().iter().map(|invocation| invocation.shard().clone()).collect();
    assert_eq!(shards.len(), 6);
    let by_item = by_item.get_mut();
    assert!(is_in_order(by_item) && by_item.values().all(|numbers| numbers.len() == 2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn batches_of_one_shard_run_at_once_and_keep_the_order_of_each_item() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    for n in 0..200 {
        stream.put(item! { "pk" => format!("{}", n % 16), "n" => n })?;
    }
    let (now, most) = (Cell::new(0), Cell::new(0));
    let by_item = RefCell::new(BTreeMap::<_, Vec<_>>::new());
    let mut mapping = EventSourceMapping::new(&stream).batch_size(10).parallelization_factor(4);

    let run = mapping
        .run(async |event| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::time::sleep(Duration::from_millis(100)).await;
            for record in records(event) {
                by_item.borrow_mut().entry(record.item_key()).or_default().push(record.sequence_number());
            }
            now.set(now.get() - 1);
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(most.get(), 4);
    assert_eq!(run.settled().len(), 200);
    assert!(is_in_order(&by_item.borrow()));
    assert!(!run.settled().is_sorted(), "items overtake each other");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_batch_of_a_shard_runs_at_a_time_unless_set() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    for n in 0..50 {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    let (now, most) = (Cell::new(0), Cell::new(0));

    EventSourceMapping::new(&stream)
        .batch_size(5)
        .run(async |_| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::time::sleep(Duration::from_millis(100)).await;
            now.set(now.get() - 1);
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(most.get(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn shards_that_split_while_it_runs_are_followed() -> Tested {
    for seed in 0..5 {
        let stream = StreamSimulator::builder("orders")
            .close_after(Duration::from_secs(20))
            .hardships(Hardships::none(seed))
            .build()?;
        let writer = stream.clone();
        let writing = tokio::spawn(async move {
            for n in 0..200 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                writer.put(item! { "pk" => format!("{}", n % 7), "n" => n }).expect("an item");
            }
        });
        let by_item = RefCell::new(BTreeMap::<_, Vec<_>>::new());
        let handler = async |event| {
            for record in records(event) {
                by_item.borrow_mut().entry(record.item_key()).or_default().push(record.sequence_number());
            }
            Ok::<_, String>("")
        };
        let mut mapping = EventSourceMapping::new(&stream).parallelization_factor(3);

        let run = mapping.run_until(handler, tokio::time::sleep(Duration::from_secs(230))).await;

        writing.await?;
        assert_eq!(run.settled().len(), 200, "seed {seed}");
        assert!(is_in_order(&by_item.borrow()), "seed {seed}");
        assert!(stream.shards().len() > 10, "seed {seed}");
    }
    Ok(())
}
