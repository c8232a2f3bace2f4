//! An older change never wins, and a lost answer is no failure.

use crate::{
    faulty::{Fate, Faulty, Seen},
    scene::{Attributes, Fallible, n, s, thing, things},
};
use chrono::{DateTime, Utc};
use dynacdc_dynamodb::{CostMeter, Deletes, Fence, FencedOperation, FencedOutcome, FencedWriter, Operation, Retries};
use dynacdc_record::{ChangeRecord, EventName, ItemKey, SequenceNumber, Version, item};
use dynacdc_sink::{Class, Clock, Outcome, Reason};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

fn fence(epoch: u64, sequence: u64) -> Fallible<Fence> {
    let sequence = SequenceNumber::parse(&sequence.to_string())?;
    Ok(Fence::new(epoch, &Version { label: "2015".into(), sequence, part: 0 })?)
}

fn key(id: &str) -> Fallible<ItemKey> {
    Ok(ItemKey::try_from(&item! { "id" => id })?)
}

fn put(id: &str, sequence: u64) -> Fallible<FencedOperation> {
    let operation = Operation::put(key(id)?, thing(id, &[("x", n(sequence))]));
    Ok(FencedOperation { operation, fence: fence(0, sequence)? })
}

fn delete(id: &str, sequence: u64) -> Fallible<FencedOperation> {
    Ok(FencedOperation { operation: Operation::delete(key(id)?), fence: fence(0, sequence)? })
}

async fn one(writer: &FencedWriter, operation: FencedOperation) -> FencedOutcome {
    writer.write(&[operation], None, &CostMeter::new()).await.remove(0)
}

fn x(item: Option<Attributes>) -> Option<String> {
    item?.get("x")?.as_n().ok().cloned()
}

#[tokio::test]
async fn an_older_change_is_stale_and_the_same_one_a_duplicate() -> Fallible {
    let db = things().await?;
    let writer = FencedWriter::new(db.dynamodb(), db.table());

    assert!(matches!(one(&writer, put("a", 20)?).await, FencedOutcome::Written));
    assert!(matches!(one(&writer, put("a", 100)?).await, FencedOutcome::Written), "by number, not by text");
    let FencedOutcome::Stale { old: Some(old) } = one(&writer, put("a", 30)?).await else {
        return Err("it is not stale".into());
    };
    assert!(matches!(one(&writer, put("a", 100)?).await, FencedOutcome::Duplicate));

    assert_eq!(x(Some(old.clone())).as_deref(), Some("100"));
    assert_eq!(db.get("a").await?, Some(old.clone()));
    assert_eq!(old["_v"].as_s().ok().and_then(|text| text.parse().ok()), Some(fence(0, 100)?));
    let late = FencedOperation { fence: fence(1, 1)?, ..put("a", 1)? };
    assert!(matches!(one(&writer, late).await, FencedOutcome::Written), "a higher epoch is newer");
    Ok(())
}

#[tokio::test]
async fn a_delete_leaves_a_tombstone_that_refuses_what_is_older() -> Fallible {
    let db = things().await?;
    let start: DateTime<Utc> = DateTime::from_timestamp(1_000_000, 0).ok_or("no time")?;
    let writer = FencedWriter::new(db.dynamodb(), db.table()).with_clock(Clock::new(move || start));
    assert!(matches!(one(&writer, put("a", 1)?).await, FencedOutcome::Written));

    assert!(matches!(one(&writer, delete("a", 3)?).await, FencedOutcome::Written));
    assert!(matches!(one(&writer, delete("never was", 3)?).await, FencedOutcome::Written));

    let stone = db.get("a").await?.ok_or("no tombstone")?;
    assert!(writer.is_tombstone(&stone));
    let until = 1_000_000 + 7 * 24 * 3_600;
    let whole =
        [("_d", aws_sdk_dynamodb::types::AttributeValue::Bool(true)), ("_ttl", n(until)), ("_v", stone["_v"].clone())];
    assert_eq!(stone, thing("a", &whole), "nothing of the item stays");
    for id in ["a", "never was"] {
        assert!(matches!(one(&writer, put(id, 2)?).await, FencedOutcome::Stale { old: Some(_) }), "{id}");
    }
    assert!(matches!(one(&writer, put("a", 4)?).await, FencedOutcome::Written));
    let item = db.get("a").await?.ok_or("no item")?;
    assert!(!writer.is_tombstone(&item) && !item.contains_key("_ttl"));
    Ok(())
}

#[tokio::test]
async fn a_real_delete_leaves_nothing_and_spares_what_is_newer() -> Fallible {
    let db = things().await?;
    let writer = FencedWriter::new(db.dynamodb(), db.table()).with_deletes(Deletes::Real).with_attribute("version");
    assert!(matches!(one(&writer, put("a", 5)?).await, FencedOutcome::Written));

    assert!(matches!(one(&writer, delete("a", 4)?).await, FencedOutcome::Stale { old: Some(_) }));
    assert!(db.get("a").await?.is_some_and(|item| item.contains_key("version")));
    assert!(matches!(one(&writer, delete("a", 6)?).await, FencedOutcome::Written));
    assert_eq!(db.get("a").await?, None);
    assert!(matches!(one(&writer, delete("a", 6)?).await, FencedOutcome::Written), "again");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_success() -> Fallible {
    let db = things().await?;
    let plan = |seen: &Seen| if seen.at < 2 { Fate::LoseAnswer } else { Fate::Pass };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
    let writer = FencedWriter::new(&client, db.table());
    let meter = CostMeter::new();

    let outcomes = writer.write(&[put("a", 1)?], None, &meter).await;

    assert!(matches!(outcomes[..], [FencedOutcome::Written]), "{outcomes:?}");
    assert_eq!(faulty.count("PutItem"), 3);
    let cost = meter.cost();
    assert_eq!((cost.calls, cost.write_units, cost.ops_out), (3, 3, 1), "refused writes cost too");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_lands_late_changes_nothing() -> Fallible {
    let db = things().await?;
    let plan = |seen: &Seen| if seen.at == 0 { Fate::LandLate(Duration::from_secs(60)) } else { Fate::Pass };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
    let writer = FencedWriter::new(&client, db.table()).with_retries(Retries::new(1, Duration::ZERO, Duration::ZERO));

    assert!(
        matches!(one(&writer, put("a", 1)?).await, FencedOutcome::Failed(error) if error.class() == Class::Transient)
    );
    assert!(matches!(one(&writer, put("a", 2)?).await, FencedOutcome::Written));
    faulty.landed().await;

    assert_eq!(x(db.get("a").await?).as_deref(), Some("2"));
    Ok(())
}

#[tokio::test]
async fn a_failed_operation_blocks_its_key_and_no_other() -> Fallible {
    let db = things().await?;
    let writer = FencedWriter::new(db.dynamodb(), db.table());
    let large = FencedOperation {
        operation: Operation::put(key("a")?, thing("a", &[("x", s("x".repeat(500_000)))])),
        fence: fence(0, 2)?,
    };
    let operations = [put("a", 1)?, large, put("b", 1)?, put("a", 3)?, delete("b", 2)?];

    let outcomes = writer.write(&operations, None, &CostMeter::new()).await;

    let [
        FencedOutcome::Written,
        FencedOutcome::Failed(error),
        FencedOutcome::Written,
        FencedOutcome::Blocked { by: 1 },
        FencedOutcome::Written,
    ] = &outcomes[..]
    else {
        return Err(format!("{outcomes:?}").into());
    };
    assert_eq!((error.class(), error.is_unattributed()), (Class::Poison, false));
    assert_eq!(x(db.get("a").await?).as_deref(), Some("1"));
    assert!(matches!(Outcome::from(outcomes[3].clone()), Outcome::Blocked { by: 1 }));
    let stale = Outcome::from(FencedOutcome::Stale { old: None });
    assert!(matches!(stale, Outcome::Skipped(Reason::Stale)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn many_are_in_flight_up_to_the_bound_and_one_of_each_key() -> Fallible {
    let db = things().await?;
    let (most, faulty) = (Arc::new(AtomicUsize::new(0)), Arc::new(OnceLock::<Faulty>::new()));
    let (most_seen, inside) = (Arc::clone(&most), Arc::clone(&faulty));
    let (outside, client) = Faulty::around(db.dynamodb(), move |_| {
        most_seen.fetch_max(inside.get().map_or(0, Faulty::open), Ordering::Relaxed);
        Fate::Delay(Duration::from_secs(1))
    })?;
    faulty.get_or_init(|| outside);
    let writer = FencedWriter::new(&client, db.table()).with_in_flight(4);
    let mut operations = Vec::new();
    for sequence in [1, 2, 3] {
        for id in 0..10 {
            operations.push(put(&id.to_string(), sequence)?);
        }
    }

    let outcomes = writer.write(&operations, None, &CostMeter::new()).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, FencedOutcome::Written)), "{outcomes:?}");
    assert_eq!(most.load(Ordering::Relaxed), 4);

    most.store(0, Ordering::Relaxed);
    let same: Vec<_> = (4..14).map(|sequence| put("0", sequence)).collect::<Fallible<_>>()?;
    let outcomes = writer.write(&same, None, &CostMeter::new()).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, FencedOutcome::Written)), "in order: {outcomes:?}");
    assert_eq!(most.load(Ordering::Relaxed), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_fatal_error_ends_it_and_so_does_the_deadline() -> Fallible {
    let db = things().await?;
    let operations: Vec<_> = (0..50).map(|id| put(&id.to_string(), 1)).collect::<Fallible<_>>()?;
    let denied = Fate::Refuse { status: 400, code: "AccessDeniedException", message: "" };
    let (faulty, client) = Faulty::around(db.dynamodb(), move |_| denied.clone())?;
    let writer = FencedWriter::new(&client, db.table()).with_in_flight(2);
    let outcomes = writer.write(&operations, None, &CostMeter::new()).await;
    let fatal =
        |outcome: &FencedOutcome| matches!(outcome, FencedOutcome::Failed(error) if error.class() == Class::Fatal);
    assert!(outcomes.len() == 50 && outcomes.iter().all(fatal), "{outcomes:?}");
    assert!(faulty.seen().len() <= 2);

    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Hang)?;
    let writer = FencedWriter::new(&client, db.table()).with_in_flight(2);
    let start = Instant::now();
    let deadline = start + Duration::from_secs(5);
    let outcomes = writer.write(&operations, Some(deadline), &CostMeter::new()).await;
    let late =
        |outcome: &FencedOutcome| matches!(outcome, FencedOutcome::Failed(error) if error.class() == Class::Transient);
    assert!(outcomes.len() == 50 && outcomes.iter().all(late), "{outcomes:?}");
    let not_begun = |outcome: &&FencedOutcome| matches!(outcome, FencedOutcome::Failed(error) if error.is_not_begun());
    assert_eq!(outcomes.iter().filter(not_begun).count(), 48);
    assert_eq!((faulty.seen().len(), start.elapsed()), (2, Duration::from_secs(5)));
    Ok(())
}

#[tokio::test]
async fn rows_and_items_that_clash_with_the_fence_are_poison() -> Fallible {
    let db = things().await?;
    let writer = FencedWriter::new(db.dynamodb(), db.table());
    for name in ["_v", "_d"] {
        let item = thing("a", &[(name, s("mine"))]);
        let operation = FencedOperation { operation: Operation::put(key("a")?, item), fence: fence(0, 1)? };
        let outcome = one(&writer, operation).await;
        assert!(matches!(&outcome, FencedOutcome::Failed(error) if error.class() == Class::Poison), "{outcome:?}");
    }
    let foreign = thing("a", &[("_v", n(7))]);
    db.dynamodb().put_item().table_name(db.table()).set_item(Some(foreign)).send().await?;
    let outcome = one(&writer, put("a", 1)?).await;
    assert!(matches!(&outcome, FencedOutcome::Failed(error) if error.class() == Class::Poison), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_named_like_an_attribute_of_the_fence_stops_the_writer() -> Fallible {
    let db = things().await?;
    let clash = |mark: &str, ttl: &str| Deletes::Tombstone { mark: mark.into(), ttl: ttl.into(), keep: Duration::ZERO };
    let new = || FencedWriter::new(db.dynamodb(), db.table());
    let writers =
        [new().with_attribute("id"), new().with_deletes(clash("id", "_ttl")), new().with_deletes(clash("_d", "id"))];
    for (at, writer) in writers.iter().enumerate() {
        for operation in [put("a", 1)?, delete("a", 1)?] {
            let outcome = one(writer, operation).await;
            let FencedOutcome::Failed(error) = outcome else { return Err(format!("{at}: {outcome:?}").into()) };
            assert_eq!(error.class(), Class::Fatal, "{at}: {error}");
            assert!(error.to_string().contains("`id`"), "{at}: {error}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_fence_of_a_record_is_its_version_under_its_epoch() -> Fallible {
    let db = things().await?;
    let writer =
        FencedWriter::new(db.dynamodb(), db.table()).with_epochs(|record| Ok(record.created_epoch().map_or(1, |_| 2)));
    let record = ChangeRecord::builder(EventName::Insert, item! { "id" => "a" }, SequenceNumber::parse("0042")?);
    let record = record.new_image(item! { "id" => "a", "x" => 1 }).build()?;

    let fence = writer.fence(&record.clone().with_part(3))?;

    assert_eq!((fence.epoch(), fence.label(), fence.part()), (1, "", 3));
    assert_eq!(fence.sequence(), SequenceNumber::parse("42")?);
    let operation = Operation::of(&record)?;
    assert_eq!(operation, Operation::put(key("a")?, thing("a", &[("x", n(1))])));
    Ok(())
}
