//! Bulk writes keep the order of each key, and one bad item fails alone.

use crate::{
    faulty::{Fate, Faulty, Seen},
    scene::{Attributes, Fallible, n, s, thing, things},
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use dynacdc_dynamodb::{BatchWriter, CostMeter, Limits, Operation, Retries};
use dynacdc_record::{ItemKey, item};
use dynacdc_sink::{Class, Outcome};
use std::time::Duration;
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn key(id: &str) -> Fallible<ItemKey> {
    Ok(ItemKey::try_from(&item! { "id" => id })?)
}

fn put(id: &str, x: u32) -> Fallible<Operation> {
    Ok(Operation::put(key(id)?, thing(id, &[("x", n(x))])))
}

fn delete(id: &str) -> Fallible<Operation> {
    Ok(Operation::delete(key(id)?))
}

fn puts(ids: std::ops::Range<u32>) -> Fallible<Vec<Operation>> {
    ids.map(|id| put(&id.to_string(), id)).collect()
}

fn large(id: &str) -> Fallible<Operation> {
    Ok(Operation::put(key(id)?, thing(id, &[("x", s("x".repeat(500_000)))])))
}

fn x(item: Option<Attributes>) -> Option<String> {
    item?.get("x")?.as_n().ok().cloned()
}

fn all_applied(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied))
}

fn class(outcome: &Outcome) -> Option<Class> {
    outcome.error().map(dynacdc_sink::SinkError::class)
}

#[tokio::test]
async fn a_hundred_operations_are_four_calls() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Pass)?;
    let meter = CostMeter::new();

    let outcomes = BatchWriter::new(&client, db.table()).write(&puts(0..100)?, None, &meter).await;

    assert!(outcomes.len() == 100 && all_applied(&outcomes), "{outcomes:?}");
    assert_eq!((faulty.count("BatchWriteItem"), db.count().await?), (4, 100));
    let cost = meter.cost();
    assert_eq!((cost.calls, cost.write_units, cost.ops_out), (4, 100, 100));
    assert!(BatchWriter::new(&client, db.table()).write(&[], None, &meter).await.is_empty());
    assert_eq!(meter.cost().calls, 4);
    Ok(())
}

#[tokio::test]
async fn operations_of_one_key_go_one_after_the_other() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Pass)?;
    let operations = [put("a", 1)?, put("b", 1)?, put("a", 2)?, delete("b")?, put("a", 3)?, delete("c")?];

    let outcomes = BatchWriter::new(&client, db.table()).write(&operations, None, &CostMeter::new()).await;

    assert!(all_applied(&outcomes), "{outcomes:?}");
    assert_eq!(x(db.get("a").await?).as_deref(), Some("3"));
    assert_eq!((db.get("b").await?, faulty.count("BatchWriteItem")), (None, 3));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_left_unprocessed_is_sent_again_and_holds_its_key() -> Fallible {
    let db = things().await?;
    // The second item of the first call is left; its number comes back in another notation.
    let left = r#"[{"PutRequest":{"Item":{"id":{"S":"b"},"x":{"N":"1.0"}}}}]"#;
    let left = format!(r#"{{"UnprocessedItems":{{"{}":{left}}}}}"#, db.table());
    let plan = move |seen: &Seen| match seen.at {
        0 => Fate::Answer { status: 200, body: left.clone() },
        _ => Fate::Pass,
    };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;

    let operations = [put("a", 1)?, put("b", 1)?, put("b", 2)?];
    let outcomes = BatchWriter::new(&client, db.table()).write(&operations, None, &CostMeter::new()).await;

    assert!(all_applied(&outcomes), "{outcomes:?}");
    assert_eq!(x(db.get("b").await?).as_deref(), Some("2"));
    let seen = faulty.seen();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen[1].body.contains(r#""N":"1""#) && !seen[1].body.contains(r#"{"S":"a"}"#), "b alone: {seen:?}");
    assert!(seen[2].body.contains(r#""N":"2""#), "the second only after the first: {seen:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_for_a_while_are_sent_again() -> Fallible {
    let db = things().await?;
    let plan = |seen: &Seen| match seen.at {
        0 => Fate::THROTTLED,
        1 => Fate::Unreachable,
        2 => Fate::LoseAnswer,
        _ => Fate::Pass,
    };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
    let outcomes = BatchWriter::new(&client, db.table()).write(&puts(0..25)?, None, &CostMeter::new()).await;
    assert!(all_applied(&outcomes), "{outcomes:?}");
    assert_eq!((faulty.seen().len(), db.count().await?), (4, 25), "they stay together");

    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::THROTTLED)?;
    let writer = BatchWriter::new(&client, db.table()).with_retries(Retries::new(3, SECOND, SECOND));
    let outcomes = writer.write(&[put("a", 1)?, put("b", 1)?, put("a", 2)?], None, &CostMeter::new()).await;
    let [Outcome::Failed(error), Outcome::Failed(_), Outcome::Blocked { by: 0 }] = &outcomes[..] else {
        return Err(format!("{outcomes:?}").into());
    };
    assert!(error.class() == Class::Transient && error.is_unattributed());
    assert_eq!(faulty.seen().len(), 3);
    Ok(())
}

#[tokio::test]
async fn one_bad_item_fails_alone() -> Fallible {
    let db = things().await?;
    let mut operations = puts(0..25)?;
    operations[7] = large("7")?;
    operations.push(put("7", 8)?);

    let outcomes = BatchWriter::new(db.dynamodb(), db.table()).write(&operations, None, &CostMeter::new()).await;

    let failed: Vec<_> = (0..26).filter(|at| !outcomes[*at].is_settled()).collect();
    assert_eq!(failed, [7, 25], "{outcomes:?}");
    assert_eq!(class(&outcomes[7]), Some(Class::Poison));
    assert!(outcomes[7].error().is_some_and(|error| !error.is_unattributed()), "it is known which");
    assert!(matches!(outcomes[25], Outcome::Blocked { by: 7 }));
    assert_eq!(db.count().await?, 24);
    Ok(())
}

#[tokio::test]
async fn a_call_has_no_more_bytes_than_the_limit_unless_one_item_has() -> Fallible {
    let db = things().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Pass)?;
    let of = |id: &str, value| -> Fallible<Operation> { Ok(Operation::put(key(id)?, thing(id, &[("x", value)]))) };
    let flags = || AttributeValue::L(vec![AttributeValue::Bool(false); 100]);
    let blobs = || AttributeValue::Bs(vec![Blob::new([7; 601]), Blob::new([8; 601])]);
    let nested = || AttributeValue::M([("\"\n".repeat(50), AttributeValue::Ns(vec!["1".into(), "2".into()]))].into());
    let values =
        [flags(), s("\u{1}\"\\".repeat(200)), blobs(), nested(), AttributeValue::Ss(vec!["\n".repeat(300)]), n(7)];
    let mut operations = vec![of("large", s("x".repeat(9_000)))?, delete("gone")?];
    for at in 0..30 {
        operations.push(of(&at.to_string(), values[at % values.len()].clone())?);
    }
    let writer = BatchWriter::new(&client, db.table()).with_limits(Limits { batch_bytes: 8_000, ..Limits::AWS });

    let outcomes = writer.write(&operations, None, &CostMeter::new()).await;

    assert!(all_applied(&outcomes), "{outcomes:?}");
    let (alone, others): (Vec<_>, Vec<_>) = faulty.seen().into_iter().partition(|seen| seen.body.len() > 8_000);
    assert!(alone.len() == 1 && alone[0].body.matches("PutRequest").count() == 1);
    let sum: usize = others.iter().map(|seen| seen.body.len()).sum();
    assert!(others.len() <= 2 * sum.div_ceil(8_000), "calls are filled: {} for {sum} bytes", others.len());
    Ok(())
}

#[tokio::test]
async fn one_bad_item_of_a_full_call_takes_eight_to_ten_calls_more() -> Fallible {
    let db = things().await?;
    for bad in [0, 12, 24] {
        let mut operations = puts(0..25)?;
        operations[bad] = large(&bad.to_string())?;
        let meter = CostMeter::new();
        BatchWriter::new(db.dynamodb(), db.table()).write(&operations, None, &meter).await;
        assert_eq!(meter.cost().write_units, 24, "a call that is refused writes nothing");
        assert!((9..=11).contains(&meter.cost().calls), "{bad}: {:?}", meter.cost());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn units_that_are_not_told_are_those_of_what_was_done() -> Fallible {
    let db = things().await?;
    let left = r#"[{"PutRequest":{"Item":{"id":{"S":"1"},"x":{"N":"1"}}}}]"#;
    let left = format!(r#"{{"UnprocessedItems":{{"{}":{left}}}}}"#, db.table());
    let plan = move |seen: &Seen| match seen.at {
        0 => Fate::Answer { status: 200, body: left.clone() },
        _ => Fate::Answer { status: 200, body: "{}".into() },
    };
    let (_, client) = Faulty::around(db.dynamodb(), plan)?;
    let meter = CostMeter::new();

    let outcomes = BatchWriter::new(&client, db.table()).write(&puts(0..2)?, None, &meter).await;

    assert!(all_applied(&outcomes), "{outcomes:?}");
    assert_eq!((meter.cost().calls, meter.cost().write_units), (2, 2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn no_key_in_flight_shows_in_debug() -> Fallible {
    let db = things().await?;
    let (_, client) = Faulty::around(db.dynamodb(), |_| Fate::Hang)?;
    let writer = BatchWriter::new(&client, db.table()).with_finishing(true);

    let meter = CostMeter::new();
    assert!(timeout(SECOND, writer.write(&[put("secret-key", 1)?], None, &meter)).await.is_err());

    assert!(!format!("{writer:?}").contains("secret-key"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_fatal_error_begins_nothing_more() -> Fallible {
    let db = things().await?;
    let denied = Fate::Refuse { status: 400, code: "AccessDeniedException", message: "" };
    let (faulty, client) = Faulty::around(db.dynamodb(), move |_| denied.clone())?;
    let writer = BatchWriter::new(&client, db.table()).with_in_flight(1);

    let outcomes = writer.write(&puts(0..100)?, None, &CostMeter::new()).await;

    assert!(outcomes.iter().all(|outcome| class(outcome) == Some(Class::Fatal)), "{outcomes:?}");
    assert_eq!(faulty.seen().len(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_past_the_deadline_and_what_is_done_stays_done() -> Fallible {
    let db = things().await?;
    // No real connection: while one is waited for, a paused clock runs on.
    let done = || Fate::Answer { status: 200, body: "{}".into() };
    let plan = move |seen: &Seen| if seen.at == 0 { done() } else { Fate::THROTTLED };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
    let writer = BatchWriter::new(&client, db.table()).with_in_flight(1).with_retries(Retries::new(99, SECOND, SECOND));
    let deadline = Instant::now() + 10 * SECOND;

    let outcomes = writer.write(&puts(0..50)?, Some(deadline), &CostMeter::new()).await;

    assert!(all_applied(&outcomes[..25]), "{outcomes:?}");
    assert!(outcomes[25..].iter().all(|outcome| class(outcome) == Some(Class::Transient)), "{outcomes:?}");
    let not_begun = |outcome: &Outcome| outcome.error().is_some_and(dynacdc_sink::SinkError::is_not_begun);
    assert!(!outcomes.iter().any(not_begun), "all were tried");
    assert!(Instant::now() <= deadline);
    let before = faulty.seen().len();
    let outcomes = writer.write(&puts(0..1)?, Some(Instant::now()), &CostMeter::new()).await;
    assert_eq!((class(&outcomes[0]), faulty.seen().len()), (Some(Class::Transient), before));
    assert!(outcomes[0].error().is_some_and(dynacdc_sink::SinkError::is_not_begun));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_dropped_write_that_finishes_keeps_its_keys_until_it_ends() -> Fallible {
    let db = things().await?;
    let plan = |seen: &Seen| if seen.at == 0 { Fate::Delay(60 * SECOND) } else { Fate::Pass };
    let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
    let writer = BatchWriter::new(&client, db.table()).with_finishing(true);
    let (old, new) = ([put("a", 1)?], [put("a", 2)?, put("b", 1)?]);
    let begin = Instant::now();

    let meter = CostMeter::new();
    assert!(timeout(SECOND, writer.write(&old, None, &meter)).await.is_err(), "it is dropped in flight");
    let outcomes = writer.clone().write(&new, None, &CostMeter::new()).await;

    assert!(all_applied(&outcomes), "{outcomes:?}");
    assert!(begin.elapsed() >= 60 * SECOND, "the new one waits for the old one");
    assert_eq!(x(db.get("a").await?).as_deref(), Some("2"));
    let bodies: Vec<_> = faulty.seen().into_iter().map(|seen| seen.body).collect();
    assert!(bodies[1].contains(r#""S":"b""#) && !bodies[1].contains(r#""S":"a""#), "b does not wait: {bodies:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_write_that_finishes_returns_at_the_deadline() -> Fallible {
    let db = things().await?;
    let (_, client) = Faulty::around(db.dynamodb(), |_| Fate::Hang)?;
    let writer = BatchWriter::new(&client, db.table()).with_finishing(true);
    let deadline = Instant::now() + SECOND;

    let outcomes = writer.write(&[put("a", 1)?, put("a", 2)?], Some(deadline), &CostMeter::new()).await;

    assert!(matches!(outcomes[..], [Outcome::Failed(_), Outcome::Blocked { by: 0 }]), "{outcomes:?}");
    assert_eq!(Instant::now(), deadline);
    let again = writer.write(&[put("a", 3)?], Some(deadline + SECOND), &CostMeter::new()).await;
    assert_eq!(class(&again[0]), Some(Class::Transient), "its key is still in flight: {again:?}");
    Ok(())
}
