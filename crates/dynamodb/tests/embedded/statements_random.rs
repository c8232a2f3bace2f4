//! Whatever comes in whatever order, statements leave what single puts leave.

use crate::{
    faulty::{Fate, Faulty, Seen},
    scene::{Attributes, Fallible, n, s, thing, things},
};
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use chrono::DateTime;
use dynacdc_dynamodb::{
    CostMeter, Deletes, Fence, FencedOperation, FencedOutcome, FencedWriter, Operation, Retries, Write,
};
use dynacdc_local::{ScalarAttributeType, TableSpec};
use dynacdc_record::{ItemKey, SequenceNumber, Version, item};
use dynacdc_sink::Clock;
use fastrand::Rng;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Mutex,
    time::Duration,
};
use tokio::time::sleep;

const NAMES: [&str; 12] = ["a", "b", "c", "SELECT", "value", "gsi:1", "x#y", "d.e", "f'g", "h\"i", "k l", "\u{fc}"];

/// Numbers are as the server writes them: a row of [`FencedOutcome::Stale`] may be the one that was sent.
fn value(rng: &mut Rng, depth: u8) -> AttributeValue {
    match rng.u8(0..if depth == 0 { 8 } else { 10 }) {
        0 => s(["", "text", "it's \"x\" ? ü"][rng.usize(0..3)]),
        1 => n(["0", "1.5", "-12345678901234567890", "0.00025"][rng.usize(0..4)]),
        2 => AttributeValue::B(Blob::new([rng.u8(..), 0])),
        3 => AttributeValue::Bool(rng.bool()),
        4 => AttributeValue::Null(true),
        5 => AttributeValue::Ss(vec!["p".into(), "q".into()]),
        6 => AttributeValue::Ns(vec!["1".into(), "2".into()]),
        7 => AttributeValue::Bs(vec![Blob::new([1]), Blob::new([2])]),
        8 => AttributeValue::L((0..rng.usize(0..3)).map(|_| value(rng, depth - 1)).collect()),
        _ => AttributeValue::M((0..rng.usize(0..3)).map(|at| (NAMES[at].into(), value(rng, depth - 1))).collect()),
    }
}

fn item(rng: &mut Rng, id: &str) -> Attributes {
    let mut item = thing(id, &[]);
    // Names that no statement takes are rare, so that most rows go by statements.
    for _ in 0..rng.usize(0..6) {
        let names = if rng.u8(0..9) == 0 { NAMES.len() } else { 7 };
        let name = NAMES[rng.usize(0..names)];
        item.insert(name.into(), value(rng, 2));
    }
    item
}

/// The change of a version: always the same one, as it is of one source.
fn operation(seed: u64, id: usize, sequence: u64) -> Fallible<FencedOperation> {
    let mut rng = Rng::with_seed(seed ^ (id as u64) << 32 ^ sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let id = id.to_string();
    let key = ItemKey::try_from(&item! { "id" => id.as_str() })?;
    let operation = match rng.u8(0..5) {
        0 => Operation::delete(key),
        _ => Operation::put(key, item(&mut rng, &id)),
    };
    let version = Version { label: "".into(), sequence: SequenceNumber::parse(&sequence.to_string())?, part: 0 };
    Ok(FencedOperation { operation, fence: Fence::new(0, &version)? })
}

fn operations(rng: &mut Rng, seed: u64, most: usize) -> Fallible<Vec<FencedOperation>> {
    (0..rng.usize(0..most)).map(|_| operation(seed, rng.usize(0..9), rng.u64(1..30))).collect()
}

fn clock() -> Clock {
    Clock::new(|| DateTime::from_timestamp(1_000_000, 0).unwrap())
}

async fn rows(client: &Client, table: &str) -> Fallible<BTreeMap<String, String>> {
    let rows = client.scan().table_name(table).send().await?.items.unwrap_or_default();
    Ok(rows.into_iter().map(|row| (text(&row["id"]), text(&AttributeValue::M(row)))).collect())
}

fn told(outcome: &FencedOutcome) -> String {
    match outcome {
        FencedOutcome::Stale { old } => {
            format!("Stale {:?}", old.clone().map(|old| text(&AttributeValue::M(old))))
        }
        FencedOutcome::Failed(error) => format!("Failed {:?} {}", error.class(), error.is_unattributed()),
        other => format!("{other:?}"),
    }
}

/// With the members of maps and sets in order, which the server gives in any.
fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let map: BTreeMap<_, _> = map.iter().map(|(name, value)| (name, text(value))).collect();
            format!("{map:?}")
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(text).collect::<Vec<_>>()),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => format!("{:?}", set.iter().collect::<BTreeSet<_>>()),
        AttributeValue::Bs(set) => format!("{:?}", set.iter().map(Blob::as_ref).collect::<BTreeSet<_>>()),
        other => format!("{other:?}"),
    }
}

/// Another program writes a row without asking for a fence.
async fn foreign(client: &Client, rng: &mut Rng, tables: [&str; 2]) -> Fallible {
    let id = rng.usize(0..9).to_string();
    let mut row = item(rng, &id);
    let kind = rng.u8(0..5);
    match kind {
        0 => _ = row.insert("_v".into(), s("0")),
        1 => _ = row.insert("_v".into(), n(3)),
        _ => {}
    }
    for table in tables {
        match kind {
            2 => _ = client.delete_item().table_name(table).key("id", s(&id)).send().await?,
            3 => {
                let update = client.update_item().table_name(table).key("id", s(&id));
                let update = update.update_expression("SET stray = :one").expression_attribute_values(":one", n(1));
                update.send().await?;
            }
            _ => _ = client.put_item().table_name(table).set_item(Some(row.clone())).send().await?,
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_outcomes_and_the_rows_are_those_of_single_puts() -> Fallible {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    for round in 0..10 {
        let db = things().await?;
        let client = db.dynamodb();
        let other = db.table_name("Plain");
        db.create_table_without_stream(TableSpec::new(&other, "id", ScalarAttributeType::S)).await?;
        let deletes = if rng.bool() { Deletes::default() } else { Deletes::Real };
        let writer = |table: &str| FencedWriter::new(client, table).with_deletes(deletes.clone()).with_clock(clock());
        let (statements, plain) = (writer(db.table()).with_statements(true), writer(&other));
        for _ in 0..6 {
            let operations = operations(&mut rng, seed, 30)?;

            let by_statements = statements.write(&operations, None, &CostMeter::new()).await;
            let by_puts = plain.write(&operations, None, &CostMeter::new()).await;

            for (at, (one, other)) in by_statements.iter().zip(&by_puts).enumerate() {
                assert_eq!(told(one), told(other), "seed {seed} round {round} at {at}: {:?}", operations[at]);
            }
            assert_eq!(rows(client, db.table()).await?, rows(client, &other).await?, "seed {seed} round {round}");
            foreign(client, &mut rng, [db.table(), &other]).await?;
        }
    }
    Ok(())
}

fn fate(rng: &mut Rng, seen: &Seen) -> Fate {
    let error = r#"{"Error":{"Code":"ThrottlingError"}}"#;
    let errors = vec![error; seen.body.matches("\"Statement\":").count()].join(",");
    match rng.u8(0..20) {
        0 | 1 => Fate::LoseAnswer,
        2 => Fate::LandLate(Duration::from_millis(rng.u64(0..20_000))),
        3 => Fate::THROTTLED,
        4 => Fate::Unreachable,
        5 => Fate::Refuse { status: 500, code: "InternalServerError", message: "" },
        6 if !errors.is_empty() => Fate::Answer { status: 200, body: format!(r#"{{"Responses":[{errors}]}}"#) },
        7..12 => Fate::Delay(Duration::from_millis(rng.u64(0..2_000))),
        _ => Fate::Pass,
    }
}

#[tokio::test(start_paused = true)]
async fn with_faults_and_another_owner_the_newest_change_of_each_key_stands() -> Fallible {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    for round in 0..5 {
        let db = things().await?;
        let faults = Mutex::new(rng.fork());
        let (faulty, client) = Faulty::around(db.dynamodb(), move |seen| fate(&mut faults.lock().unwrap(), seen))?;
        let retries = Retries::new(100, Duration::from_millis(10), Duration::from_secs(2));
        let writer =
            FencedWriter::new(&client, db.table()).with_clock(clock()).with_retries(retries).with_statements(true);
        let other = FencedWriter::new(db.dynamodb(), db.table()).with_clock(clock());
        let mut all = Vec::new();
        let batches = (0..5).map(|_| operations(&mut rng, seed, 40)).collect::<Fallible<Vec<_>>>()?;
        let mut others = operations(&mut rng, seed, 60)?;
        all.extend(batches.iter().flatten().chain(&others).cloned());
        rng.shuffle(&mut others);
        let pauses: Vec<_> = others.iter().map(|_| Duration::from_millis(rng.u64(0..400))).collect();

        let (outcomes, _) = tokio::join!(
            async {
                let mut outcomes = Vec::new();
                for batch in &batches {
                    outcomes.extend(writer.write(batch, None, &CostMeter::new()).await);
                }
                outcomes
            },
            async {
                for (operation, pause) in others.iter().zip(pauses) {
                    sleep(pause).await;
                    _ = other.write(std::slice::from_ref(operation), None, &CostMeter::new()).await;
                }
            }
        );
        faulty.landed().await;

        let settled = |outcome: &FencedOutcome| {
            matches!(outcome, FencedOutcome::Written | FencedOutcome::Duplicate | FencedOutcome::Stale { .. })
        };
        assert!(outcomes.iter().all(settled), "seed {seed} round {round}: {outcomes:?}");
        let mut newest: HashMap<ItemKey, FencedOperation> = HashMap::new();
        for fenced in all {
            let entry = newest.entry(fenced.operation.key.clone()).or_insert_with(|| fenced.clone());
            if entry.fence < fenced.fence {
                *entry = fenced;
            }
        }
        let found = rows(db.dynamodb(), db.table()).await?;
        assert_eq!(found.len(), newest.len(), "seed {seed} round {round}");
        for fenced in newest.values() {
            let mut row: Attributes = match &fenced.operation.write {
                Write::Put(item) => item.clone(),
                Write::Delete => {
                    let mut row: Attributes = fenced.operation.key.to_item().into();
                    row.insert("_d".into(), AttributeValue::Bool(true));
                    row.insert("_ttl".into(), n(1_000_000 + 7 * 24 * 3_600));
                    row
                }
            };
            row.insert("_v".into(), s(fenced.fence.to_string()));
            let (id, row) = (text(&row["id"]), text(&AttributeValue::M(row)));
            assert_eq!(found.get(&id), Some(&row), "seed {seed} round {round}");
        }
    }
    Ok(())
}
