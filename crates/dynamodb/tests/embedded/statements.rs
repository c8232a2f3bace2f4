//! A `FencedWriter` with statements: what it saves, and what falls back to the single call.

use crate::{
    faulty::{Fate, Faulty},
    scene::{Attributes, Fallible, Things, n, s, thing, things},
};
use aws_sdk_dynamodb::Client;
use dynacdc_dynamodb::{CostMeter, Deletes, Fence, FencedOperation, FencedOutcome, FencedWriter, Operation, Retries};
use dynacdc_record::{ItemKey, SequenceNumber, Version, item};
use dynacdc_sink::{Class, Cost};
use std::{ops::Range, time::Duration};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

fn fence(sequence: u64) -> Fallible<Fence> {
    let sequence = SequenceNumber::parse(&sequence.to_string())?;
    Ok(Fence::new(0, &Version { label: "2015".into(), sequence, part: 0 })?)
}

fn key(id: &str) -> Fallible<ItemKey> {
    Ok(ItemKey::try_from(&item! { "id" => id })?)
}

fn put_item(item: Attributes, sequence: u64) -> Fallible<FencedOperation> {
    let id = item["id"].as_s().map_err(|_| "no id")?;
    Ok(FencedOperation { operation: Operation::put(key(id)?, item.clone()), fence: fence(sequence)? })
}

pub(crate) fn put(id: &str, sequence: u64) -> Fallible<FencedOperation> {
    put_item(thing(id, &[("x", n(sequence))]), sequence)
}

pub(crate) fn puts(ids: Range<u64>, sequence: u64) -> Fallible<Vec<FencedOperation>> {
    ids.map(|id| put(&id.to_string(), sequence)).collect()
}

pub(crate) fn delete(id: &str, sequence: u64) -> Fallible<FencedOperation> {
    Ok(FencedOperation { operation: Operation::delete(key(id)?), fence: fence(sequence)? })
}

pub(crate) fn statements(client: &Client, db: &Things) -> FencedWriter {
    FencedWriter::new(client, db.table()).with_statements(true)
}

pub(crate) async fn write(writer: &FencedWriter, operations: &[FencedOperation]) -> Vec<FencedOutcome> {
    writer.write(operations, None, &CostMeter::new()).await
}

pub(crate) fn all_written(outcomes: &[FencedOutcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, FencedOutcome::Written))
}

pub(crate) fn all_failed(outcomes: &[FencedOutcome], class: Class) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, FencedOutcome::Failed(error) if error.class() == class))
}

pub(crate) async fn x(db: &Things, id: &str) -> Fallible<Option<String>> {
    Ok(db.get(id).await?.and_then(|row| row.get("x")?.as_n().ok().cloned()))
}

/// The calls of reads, of statements, and single ones.
pub(crate) fn calls(faulty: &Faulty) -> [usize; 3] {
    let single = faulty.count("PutItem") + faulty.count("DeleteItem");
    [faulty.count("BatchGetItem"), faulty.count("BatchExecuteStatement"), single]
}

fn watched(client: &Client) -> Fallible<(Faulty, Client)> {
    Faulty::around(client, |_| Fate::Pass)
}

#[tokio::test]
async fn a_thousand_changes_cost_what_the_readme_says() -> Fallible {
    let db = things().await?;
    let (faulty, client) = watched(db.dynamodb())?;
    let (writer, meter) = (statements(&client, &db), CostMeter::new());
    let of_nothing = |rows| if db.behavior().reading_nothing_costs { rows } else { 0 };

    let outcomes = writer.write(&puts(0..1_000, 10)?, None, &meter).await;

    assert!(all_written(&outcomes));
    assert_eq!(calls(&faulty), [10, 40, 0], "1,000 new rows");
    let cost = meter.cost();
    assert_eq!((cost.calls, cost.write_units, meter.read_units(), cost.ops_out), (50, 1_000, of_nothing(1_000), 1_000));

    // 400 new, 400 changed, 100 deleted, 100 that come too late.
    let (faulty, client) = watched(db.dynamodb())?;
    let (writer, meter) = (statements(&client, &db), CostMeter::new());
    let mut mixed = puts(1_000..1_400, 20)?;
    mixed.extend(puts(0..400, 20)?);
    mixed.extend((400..500).map(|id| delete(&id.to_string(), 20)).collect::<Fallible<Vec<_>>>()?);
    mixed.extend(puts(500..600, 5)?);
    let outcomes = writer.write(&mixed, None, &meter).await;

    assert!(all_written(&outcomes[..900]));
    assert!(outcomes[900..].iter().all(|outcome| matches!(outcome, FencedOutcome::Stale { old: Some(_) })));
    assert_eq!(calls(&faulty), [10, 36, 0], "what is stale needs no statement");
    let cost = meter.cost();
    assert_eq!((cost.calls, cost.write_units, meter.read_units()), (46, 900, 600 + of_nothing(400)));
    Ok(())
}

#[tokio::test]
async fn it_is_off_unless_it_is_asked_for_and_spared_where_it_saves_nothing() -> Fallible {
    let db = things().await?;
    let (faulty, client) = watched(db.dynamodb())?;
    assert!(all_written(&write(&FencedWriter::new(&client, db.table()), &puts(0..9, 1)?).await));
    assert_eq!(calls(&faulty), [0, 0, 9]);

    // Two keys: a read and a call of statements would be as many calls.
    let two = [put("0", 2)?, put("1", 2)?, put("0", 3)?];
    assert!(all_written(&write(&statements(&client, &db), &two).await));
    assert_eq!(calls(&faulty), [0, 0, 12]);
    let arn = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", db.table());
    let by_arn = FencedWriter::new(&client, arn).with_statements(true);
    _ = write(&by_arn, &puts(0..3, 4)?).await;
    assert_eq!(calls(&faulty), [0, 0, 15], "a table that no statement names");
    Ok(())
}

#[tokio::test]
async fn operations_of_one_key_go_in_order_and_the_row_is_read_once() -> Fallible {
    let db = things().await?;
    let (faulty, client) = watched(db.dynamodb())?;
    let mut operations = Vec::new();
    for sequence in [1, 5, 3, 5, 7] {
        operations.extend(puts(0..10, sequence)?);
    }
    operations.push(delete("0", 8)?);
    operations.push(put("0", 9)?);

    let outcomes = write(&statements(&client, &db), &operations).await;

    let [first, second, third, fourth, fifth] = [0, 10, 20, 30, 40].map(|at| &outcomes[at..at + 10]);
    assert!([first, second, fifth].into_iter().all(all_written), "{outcomes:?}");
    assert!(third.iter().all(|outcome| matches!(outcome, FencedOutcome::Stale { old: Some(_) })), "{third:?}");
    assert!(fourth.iter().all(|outcome| matches!(outcome, FencedOutcome::Duplicate)), "{fourth:?}");
    assert!(all_written(&outcomes[50..]));
    assert_eq!(x(&db, "1").await?.as_deref(), Some("7"));
    let row = db.get("0").await?.ok_or("no row")?;
    assert_eq!(row, thing("0", &[("x", n(9)), ("_v", row["_v"].clone())]), "the tombstone's attributes went");
    assert_eq!(calls(&faulty), [1, 5, 0], "written 1, 5, 7, then twice more");
    Ok(())
}

#[tokio::test]
async fn deletes_leave_tombstones_or_nothing() -> Fallible {
    let db = things().await?;
    let writer = statements(db.dynamodb(), &db);
    assert!(all_written(&write(&writer, &puts(0..3, 1)?).await));
    let deletes: Vec<_> = (0..4).map(|id| delete(&id.to_string(), 3)).collect::<Fallible<_>>()?;
    assert!(all_written(&write(&writer, &deletes).await));
    for id in ["0", "3"] {
        let stone = db.get(id).await?.ok_or("no tombstone")?;
        assert!(writer.is_tombstone(&stone) && stone.len() == 4, "nothing of the item stays");
    }
    let late = write(&writer, &puts(0..4, 2)?).await;
    assert!(late.iter().all(|outcome| matches!(outcome, FencedOutcome::Stale { old: Some(_) })), "{late:?}");

    let (faulty, client) = watched(db.dynamodb())?;
    let real = statements(&client, &db).with_deletes(Deletes::Real);
    let operations = [delete("0", 2)?, delete("1", 3)?, delete("2", 4)?, delete("3", 4)?, delete("never", 4)?];
    let outcomes = write(&real, &operations).await;
    assert!(
        matches!(
            outcomes[..],
            [
                FencedOutcome::Stale { old: Some(_) },
                FencedOutcome::Duplicate,
                FencedOutcome::Written,
                FencedOutcome::Written,
                FencedOutcome::Written
            ]
        ),
        "{outcomes:?}"
    );
    assert_eq!(db.count().await?, 2);
    assert_eq!(calls(&faulty), [1, 1, 0]);
    Ok(())
}

#[tokio::test]
async fn what_no_statement_can_do_goes_by_the_single_call() -> Fallible {
    let db = things().await?;
    let (faulty, client) = watched(db.dynamodb())?;
    let writer = statements(&client, &db);
    // Rows that no fence wrote: without a version, with one that sorts low, with one that is no text.
    let foreign = [("0", None), ("1", Some(s("0"))), ("2", Some(n(7)))];
    for (id, version) in foreign {
        let mut row = thing(id, &[("stray", s("1"))]);
        row.extend(version.map(|version| ("_v".to_owned(), version)));
        client.put_item().table_name(db.table()).set_item(Some(row)).send().await?;
    }
    let named = |id: &str, name: &str| put_item(thing(id, &[(name, s("1"))]), 1);
    let mut long = thing("6", &[]);
    long.extend((0..300).map(|at| (format!("{at:040}"), n(1))));
    let operations = [
        put("0", 1)?,
        put("1", 1)?,
        put("2", 1)?,
        named("3", "a\"b")?,
        named("4", "a'b")?,
        named("5", "a.b")?,
        put_item(long.clone(), 1)?,
        put("7", 1)?,
    ];
    let before = calls(&faulty)[2];

    let outcomes = write(&writer, &operations).await;

    assert!(matches!(&outcomes[2], FencedOutcome::Failed(error) if error.class() == Class::Poison), "{outcomes:?}");
    assert!(all_written(&outcomes[..2]) && all_written(&outcomes[3..]), "{outcomes:?}");
    assert_eq!(calls(&faulty), [1, 1, before + 7]);
    for fenced in operations.iter().filter(|fenced| fenced.operation.key != operations[2].operation.key) {
        let id = fenced.operation.key.to_item();
        let id = id.get("id").and_then(|id| id.as_str()).ok_or("no id")?;
        let dynacdc_dynamodb::Write::Put(mut item) = fenced.operation.write.clone() else { continue };
        item.insert("_v".into(), s(fenced.fence.to_string()));
        assert_eq!(db.get(id).await?, Some(item), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn an_item_at_fault_fails_alone_and_blocks_its_key() -> Fallible {
    let db = things().await?;
    let mut operations = puts(0..30, 1)?;
    operations.push(put_item(thing("3", &[("x", s("x".repeat(500_000)))]), 2)?);
    operations.push(put_item(thing("4", &[("x", n("1E400"))]), 2)?);
    operations.push(put_item(thing("5", &[("_d", n(1))]), 2)?);
    operations.extend(puts(3..7, 3)?);

    let outcomes = write(&statements(db.dynamodb(), &db), &operations).await;

    assert!(all_written(&outcomes[..30]) && all_failed(&outcomes[30..33], Class::Poison), "{outcomes:?}");
    let attributed =
        |outcome: &FencedOutcome| matches!(outcome, FencedOutcome::Failed(error) if !error.is_unattributed());
    assert!(outcomes[30..33].iter().all(attributed), "{outcomes:?}");
    for (at, by) in [(33, 30), (34, 31), (35, 32)] {
        assert!(matches!(outcomes[at], FencedOutcome::Blocked { by: found } if found == by), "{outcomes:?}");
    }
    assert!(matches!(outcomes[36], FencedOutcome::Written));
    Ok(())
}

#[tokio::test]
async fn a_row_that_changes_after_it_was_read_is_never_overwritten_by_an_older_change() -> Fallible {
    let db = things().await?;
    let plain = FencedWriter::new(db.dynamodb(), db.table());
    // Since the read, "0" and "3" got a newer change, "1" and "4" an older one, with an attribute more.
    let other = |id: &str, sequence| put_item(thing(id, &[("x", n(sequence)), ("more", n(1))]), sequence);
    assert!(all_written(&write(&plain, &puts(2..3, 1)?).await));
    assert!(all_written(&write(&plain, &[other("0", 9)?, other("3", 9)?, other("1", 2)?, other("4", 2)?]).await));
    let row = |id: u32| format!(r#"{{"id":{{"S":"{id}"}},"x":{{"N":"1"}},"_v":{{"S":"{}"}}}}"#, fence(1).unwrap());
    let read = format!(r#"{{"Responses":{{"{}":[{},{},{}]}}}}"#, db.table(), row(0), row(1), row(2));
    let (faulty, client) = Faulty::around(db.dynamodb(), move |seen| match seen.at {
        0 => Fate::Answer { status: 200, body: read.clone() },
        _ => Fate::Pass,
    })?;

    let outcomes = write(&statements(&client, &db), &puts(0..6, 5)?).await;

    for id in [0, 3] {
        assert!(matches!(outcomes[id], FencedOutcome::Stale { old: Some(_) }), "{outcomes:?}");
        assert_eq!(x(&db, &id.to_string()).await?.as_deref(), Some("9"));
    }
    for id in [1, 2, 4, 5] {
        assert!(matches!(outcomes[id], FencedOutcome::Written), "{outcomes:?}");
        let row = db.get(&id.to_string()).await?.ok_or("no row")?;
        assert!(row["x"] == n(5) && !row.contains_key("more"), "{id}: {row:?}");
    }
    assert_eq!(calls(&faulty), [1, 1, 4]);
    Ok(())
}

#[tokio::test]
async fn keys_that_a_read_leaves_are_read_by_another_one() -> Fallible {
    let db = things().await?;
    assert!(all_written(&write(&FencedWriter::new(db.dynamodb(), db.table()), &puts(0..4, 9)?).await));
    let row = |id: u32| format!(r#"{{"id":{{"S":"{id}"}},"_v":{{"S":"{}"}}}}"#, fence(9).unwrap());
    // Two rows are given, one key is left, and of one the answer says nothing: there is no such row.
    let table = db.table();
    let first = format!(
        r#"{{"Responses":{{"{table}":[{},{}]}},"UnprocessedKeys":{{"{table}":{{"Keys":[{{"id":{{"S":"2"}}}}]}}}}}}"#,
        row(1),
        row(0)
    );
    let (faulty, client) = Faulty::around(db.dynamodb(), move |seen| match seen.at {
        0 => Fate::Answer { status: 200, body: first.clone() },
        _ => Fate::Pass,
    })?;
    let writer = statements(&client, &db).with_retries(Retries::new(1, SECOND, SECOND));

    let outcomes = write(&writer, &puts(0..4, 5)?).await;

    assert!(outcomes.iter().all(|outcome| matches!(outcome, FencedOutcome::Stale { old: Some(_) })), "{outcomes:?}");
    let seen = faulty.seen();
    assert!(seen[1..].iter().any(|seen| seen.operation == "BatchGetItem" && seen.body.matches("\"S\":").count() == 1));
    assert_eq!(calls(&faulty), [2, 1, 1], "the one of which nothing was said is refused as an INSERT");
    Ok(())
}

#[tokio::test]
async fn large_items_do_not_go_into_one_call() -> Fallible {
    let db = things().await?;
    let (faulty, client) = watched(db.dynamodb())?;
    let large = |id: u32| put_item(thing(&id.to_string(), &[("x", s("x".repeat(300_000)))]), 1);
    let operations: Vec<_> = (0..20).map(large).collect::<Fallible<_>>()?;
    let meter = CostMeter::new();

    assert!(all_written(&statements(&client, &db).write(&operations, None, &meter).await));

    assert_eq!(calls(&faulty), [1, 4, 0], "six in 2 MB");
    let cost: Cost = meter.cost();
    assert_eq!(cost.write_units, 20 * 294);
    Ok(())
}
