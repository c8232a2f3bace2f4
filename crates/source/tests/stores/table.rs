//! `DynamoDbCheckpoints` against the embedded server or the one of `DYNAMODB_ENDPOINT`, and through clients that fail or wait.

use crate::{
    faulty::{Fate, Faulty, Seen},
    gate::{Gate, Held},
    scene::{Fallible, after, beginning, kind, numbers, shard, stream},
    server::Server,
};
use async_trait::async_trait;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use dynacdc_dynamodb::Retries;
use dynacdc_source::{CheckpointErrorKind, CheckpointStore, DynamoDbCheckpoints};
use dynacdc_testkit::conformance::{NotConforming, Opened, StoreFixture, checkpoint_store};
use futures_util::future::join;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::sync::OnceCell;

const TABLE: &str = "Checkpoints";
const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"];

/// A server, which starts when a handle is asked for.
#[derive(Default)]
struct Opener(OnceCell<Server>);

#[async_trait]
impl StoreFixture for Opener {
    type Store = DynamoDbCheckpoints;

    async fn open(&self) -> Opened<DynamoDbCheckpoints> {
        let db = self.0.get_or_try_init(|| async { Opened::Ok(Server::start().await?) }).await?;
        // Names that expressions reserve.
        let store = DynamoDbCheckpoints::new(db.dynamodb(), &*db.table_name(TABLE)).with_keys("key", "range");
        store.ensure_table(Duration::from_secs(5)).await?;
        Ok(store)
    }
}

#[tokio::test]
async fn a_table_conforms() -> Result<(), NotConforming> {
    checkpoint_store(Opener::default).await.into_result()
}

pub(crate) async fn server() -> Fallible<Server> {
    let db = Server::start().await?;
    over(db.dynamodb(), &db).ensure_table(Duration::from_secs(5)).await?;
    Ok(db)
}

pub(crate) fn over(client: &Client, db: &Server) -> DynamoDbCheckpoints {
    DynamoDbCheckpoints::new(client, &*db.table_name(TABLE)).with_retries(Retries::new(
        4,
        Duration::from_millis(1),
        Duration::from_millis(2),
    ))
}

fn is_write(seen: &Seen) -> bool {
    WRITES.contains(&seen.operation.as_str())
}

/// Each answer is as if nothing had gone wrong, and what lands late changes nothing.
#[tokio::test(start_paused = true)]
async fn lost_answers_late_calls_and_throttles_change_no_answer() -> Fallible {
    for fate in [Fate::LoseAnswer, Fate::THROTTLED, Fate::Unreachable, Fate::LandLate(Duration::from_secs(60))] {
        let db = server().await?;
        let (count, planned) = (AtomicUsize::new(0), fate.clone());
        let plan = move |seen: &Seen| match is_write(seen) && count.fetch_add(1, SeqCst).is_multiple_of(2) {
            true => planned.clone(),
            false => Fate::Pass,
        };
        let (faulty, client) = Faulty::around(db.dynamodb(), plan)?;
        let (store, looking) = (over(&client, &db), over(db.dynamodb(), &db));

        let mut expected = std::collections::BTreeMap::new();
        for turn in 1..=3 {
            let stored = store.take_over(&stream(), "host-1", beginning()).await?;
            let tenure = looking.load(&stream()).await?.map(|stored| stored.tenure);
            assert_eq!(tenure.as_ref(), Some(&stored.tenure), "{fate:?}");
            assert_eq!(stored.checkpoints.len(), expected.len(), "{fate:?}");
            for number in 0..3 {
                for count in 1..=3 {
                    store
                        .save(&stream(), &shard(number), &after(turn * 10 + count), stored.tenure.stamp(count))
                        .await?;
                }
                expected.insert(format!("shardId-{number}"), turn * 10 + 3);
            }
            store.forget(&stream(), &shard(2), stored.tenure.stamp(4)).await?;
            expected.remove("shardId-2");
            assert_eq!(numbers(&looking).await?, expected, "{fate:?}");
        }
        let before = looking.load(&stream()).await?;
        faulty.landed().await;
        assert_eq!(looking.load(&stream()).await?, before, "{fate:?}: after all has landed");
    }
    Ok(())
}

/// The owner was told nothing, and takes over again.
#[tokio::test(start_paused = true)]
async fn a_take_over_that_failed_half_way_can_be_made_again() -> Fallible {
    for fails_at in 0..4 {
        let db = server().await?;
        let store = over(db.dynamodb(), &db);
        let old = store.take_over(&stream(), "old", beginning()).await?.tenure;
        for number in 0..2 {
            store.save(&stream(), &shard(number), &after(100), old.stamp(1)).await?;
        }
        // (a), two stamps, (d): from one of them on nothing comes through.
        let count = Arc::new(AtomicUsize::new(0));
        let plan = move |seen: &Seen| match is_write(seen) && count.fetch_add(1, SeqCst) >= fails_at {
            true => Fate::Unreachable,
            false => Fate::Pass,
        };
        let (_, client) = Faulty::around(db.dynamodb(), plan)?;
        let taken = over(&client, &db).take_over(&stream(), "new", beginning()).await;
        assert_eq!(kind(taken), Some(CheckpointErrorKind::Unavailable), "{fails_at}");

        let stored = store.take_over(&stream(), "new", beginning()).await?;
        assert!(stored.tenure.term > old.term);
        assert_eq!(stored.checkpoints, [(shard(0), after(100)), (shard(1), after(100))], "{fails_at}");
        let late = store.save(&stream(), &shard(0), &after(200), old.stamp(2)).await;
        assert_eq!(kind(late), Some(CheckpointErrorKind::Superseded), "{fails_at}");
    }
    Ok(())
}

/// A save waits on its way while another owner takes over: the first of a shard, and one of a shard that has a row.
#[tokio::test]
async fn a_save_that_comes_after_a_take_over_is_refused() -> Fallible {
    for (operation, number) in [("TransactWriteItems", 2), ("PutItem", 1), ("PutItem", 2)] {
        let db = server().await?;
        let (gate, client) = Gate::before(db.dynamodb(), operation, Held::Nth(0))?;
        let (slow, other) = (over(&client, &db), over(db.dynamodb(), &db));
        let old = other.take_over(&stream(), "old", beginning()).await?.tenure;
        other.save(&stream(), &shard(1), &after(100), old.stamp(1)).await?;

        let takes = async {
            gate.reached().await;
            let taken = other.take_over(&stream(), "new", beginning()).await;
            gate.open();
            taken
        };
        let (arn, late) = (stream(), after(200));
        let (saved, taken) = join(slow.save(&arn, &shard(number), &late, old.stamp(2)), takes).await;

        assert_eq!(kind(saved), Some(CheckpointErrorKind::Superseded), "{operation} of {number}");
        assert_eq!(taken?.checkpoints, [(shard(1), after(100))]);
        assert_eq!(numbers(&other).await?, [("shardId-1".into(), 100)].into());
    }
    Ok(())
}

/// Between the reading of a row and its stamp its owner saves: what the stamp finds counts.
#[tokio::test]
async fn a_save_that_comes_before_the_stamp_is_found() -> Fallible {
    let db = server().await?;
    // (a) is 0, the stamp of the only row is 1.
    let (gate, client) = Gate::before(db.dynamodb(), "UpdateItem", Held::Nth(1))?;
    let (slow, other) = (over(&client, &db), over(db.dynamodb(), &db));
    let old = other.take_over(&stream(), "old", beginning()).await?.tenure;
    other.save(&stream(), &shard(1), &after(100), old.stamp(1)).await?;

    let saves = async {
        gate.reached().await;
        let saved = other.save(&stream(), &shard(1), &after(200), old.stamp(2)).await;
        let first = other.save(&stream(), &shard(2), &after(200), old.stamp(1)).await;
        gate.open();
        (saved, first)
    };
    let arn = stream();
    let (taken, (saved, first)) = join(slow.take_over(&arn, "new", beginning()), saves).await;

    saved?;
    assert_eq!(kind(first), Some(CheckpointErrorKind::Superseded), "the term is raised already");
    assert_eq!(taken?.checkpoints, [(shard(1), after(200))]);
    Ok(())
}

/// Another take-over comes before the stamp, and before the completion.
#[tokio::test]
async fn a_take_over_that_is_overtaken_is_told_so() -> Fallible {
    for held in [1, 2] {
        let db = server().await?;
        let (gate, client) = Gate::before(db.dynamodb(), "UpdateItem", Held::Nth(held))?;
        let (slow, other) = (over(&client, &db), over(db.dynamodb(), &db));
        let old = other.take_over(&stream(), "old", beginning()).await?.tenure;
        other.save(&stream(), &shard(1), &after(100), old.stamp(1)).await?;

        let takes = async {
            gate.reached().await;
            let taken = other.take_over(&stream(), "third", beginning()).await;
            gate.open();
            taken
        };
        let arn = stream();
        let (second, third) = join(slow.take_over(&arn, "second", beginning()), takes).await;

        assert_eq!(kind(second), Some(CheckpointErrorKind::Superseded), "held at {held}");
        let third = third?;
        assert_eq!(third.checkpoints, [(shard(1), after(100))]);
        other.save(&stream(), &shard(1), &after(200), third.tenure.stamp(1)).await?;
        assert_eq!(numbers(&other).await?["shardId-1"], 200);
    }
    Ok(())
}

pub(crate) type Row = HashMap<String, AttributeValue>;

pub(crate) async fn row(db: &Server, number: usize) -> Fallible<Option<Row>> {
    let get =
        db.dynamodb().get_item().table_name(db.table_name(TABLE)).key("pk", AttributeValue::S(stream().to_string()));
    Ok(get.key("sk", AttributeValue::S(format!("shard|shardId-{number}"))).send().await?.item)
}

async fn put(db: &Server, row: Row) -> Fallible {
    db.dynamodb().put_item().table_name(db.table_name(TABLE)).set_item(Some(row)).send().await?;
    Ok(())
}

/// A row of an earlier term that a take-over did not see counts for nobody, whoever looks, and gives way.
#[tokio::test]
async fn a_stray_row_is_left_out_and_replaced() -> Fallible {
    for is_saved in [true, false] {
        let db = server().await?;
        let store = over(db.dynamodb(), &db);
        let old = store.take_over(&stream(), "old", beginning()).await?.tenure;
        store.save(&stream(), &shard(1), &after(900), old.stamp(1)).await?;
        let stray = row(&db, 1).await?.ok_or("no row")?;
        db.dynamodb()
            .delete_item()
            .table_name(db.table_name(TABLE))
            .key("pk", stray["pk"].clone())
            .key("sk", stray["sk"].clone())
            .send()
            .await?;
        let new = store.take_over(&stream(), "new", beginning()).await?.tenure;
        put(&db, stray).await?;

        assert!(numbers(&store).await?.is_empty(), "it became visible after the take-over");
        store.save(&stream(), &shard(1), &after(950), old.stamp(2)).await?;
        assert!(numbers(&store).await?.is_empty(), "and its owner changes what nobody sees");
        if is_saved {
            store.save(&stream(), &shard(1), &after(100), new.stamp(1)).await?;
            assert_eq!(numbers(&store).await?, [("shardId-1".into(), 100)].into());
            let late = store.save(&stream(), &shard(1), &after(990), old.stamp(3)).await;
            assert_eq!(kind(late), Some(CheckpointErrorKind::Superseded));
        }
        let next = store.take_over(&stream(), "next", beginning()).await?;
        assert_eq!(next.checkpoints.len(), usize::from(is_saved));
        assert_eq!(row(&db, 1).await?.is_some(), is_saved, "the next take-over deletes it");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_forgotten_leaves_a_row_until_the_next_take_over() -> Fallible {
    let db = server().await?;
    let store = over(db.dynamodb(), &db);
    let tenure = store.take_over(&stream(), "a", beginning()).await?.tenure;
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;
    store.forget(&stream(), &shard(1), tenure.stamp(2)).await?;
    assert!(row(&db, 1).await?.is_some());

    store.take_over(&stream(), "b", beginning()).await?;

    assert!(row(&db, 1).await?.is_none());
    Ok(())
}

/// Rows of more than 1 MB come in pages.
#[tokio::test]
async fn all_pages_are_read_and_stamped() -> Fallible {
    let db = server().await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::Pass)?;
    let store = over(&client, &db);
    let tenure = store.take_over(&stream(), "a", beginning()).await?.tenure;
    for number in 0..20 {
        store.save(&stream(), &shard(number), &after(100), tenure.stamp(1)).await?;
        let mut row = row(&db, number).await?.ok_or("no row")?;
        row.insert("note".into(), AttributeValue::S("x".repeat(100 * 1_024)));
        put(&db, row).await?;
    }
    assert_eq!(numbers(&store).await?.len(), 20);
    assert_eq!(faulty.count("Query"), 1 + 2, "one of the take-over, two of the look");

    let stored = store.take_over(&stream(), "b", beginning()).await?;

    assert_eq!(stored.checkpoints.len(), 20);
    for number in 0..20 {
        let late = store.save(&stream(), &shard(number), &after(200), tenure.stamp(2)).await;
        assert_eq!(kind(late), Some(CheckpointErrorKind::Superseded), "{number}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_has_its_kind_and_names_what_it_is_about() -> Fallible {
    let db = server().await?;
    let store = over(db.dynamodb(), &db);
    let tenure = store.take_over(&stream(), "a", beginning()).await?.tenure;
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;
    let all = async |store: &DynamoDbCheckpoints| {
        [
            store.take_over(&stream(), "b", beginning()).await.err(),
            store.load(&stream()).await.err(),
            store.save(&stream(), &shard(1), &after(200), tenure.stamp(2)).await.err(),
            store.save(&stream(), &shard(2), &after(200), tenure.stamp(2)).await.err(),
            store.forget(&stream(), &shard(1), tenure.stamp(3)).await.err(),
        ]
    };

    let (_, throttled) = Faulty::around(db.dynamodb(), |_| Fate::THROTTLED)?;
    let denied = Fate::Refuse { status: 400, code: "AccessDeniedException", message: "" };
    let (_, denied) = Faulty::around(db.dynamodb(), move |_| denied.clone())?;
    let name = db.table_name(TABLE);
    let missing = DynamoDbCheckpoints::new(db.dynamodb(), "Missing");
    for (store, kind, table) in [
        (over(&throttled, &db), CheckpointErrorKind::Unavailable, &*name),
        (over(&denied, &db), CheckpointErrorKind::Refused, &*name),
        (missing, CheckpointErrorKind::Refused, "Missing"),
    ] {
        for error in all(&store).await {
            let error = error.ok_or("it was done")?;
            assert!(error.kind() == kind && error.to_string().ends_with(&format!("in the table {table}")), "{error}");
        }
    }
    assert_eq!(numbers(&store).await?["shardId-1"], 100);

    let good = row(&db, 1).await?.ok_or("no row")?;
    for (attribute, value) in [
        ("sequence_number", AttributeValue::S("1x".into())),
        ("progress_kind", AttributeValue::S("soon".into())),
        ("as_of_time", AttributeValue::S("yesterday".into())),
        ("sub_lanes", AttributeValue::N("0".into())),
        ("owner_term", AttributeValue::S("1".into())),
    ] {
        let mut wrong = good.clone();
        wrong.insert(attribute.into(), value);
        put(&db, wrong).await?;
        let errors = [store.load(&stream()).await.err(), store.take_over(&stream(), "b", beginning()).await.err()];
        for error in errors {
            let error = error.ok_or("it was read")?;
            let told = error.to_string();
            assert_eq!(error.kind(), CheckpointErrorKind::Corrupt, "{attribute}: {told}");
            assert!(told.contains(stream().as_str()) && told.contains("shardId-1"), "{told}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_table_with_another_key_is_refused() -> Fallible {
    let db = server().await?;
    let name = db.table_name(TABLE);
    let other = DynamoDbCheckpoints::new(db.dynamodb(), &*name).with_keys("sk", "pk");
    let error = other.ensure_table(Duration::from_secs(5)).await.err().ok_or("it was taken")?;
    assert!(error.kind() == CheckpointErrorKind::Refused && error.to_string().contains(&name), "{error}");
    over(db.dynamodb(), &db).ensure_table(Duration::from_secs(5)).await?;
    Ok(())
}

#[tokio::test]
async fn calls_cost_what_is_written() -> Fallible {
    let db = server().await?;
    let store = over(db.dynamodb(), &db);
    let mut last = (0, 0);
    let mut spent = |store: &DynamoDbCheckpoints| {
        let now = (store.cost().calls, store.cost().write_units);
        let spent = (now.0 - last.0, now.1 - last.1);
        last = now;
        spent
    };
    let tenure = store.take_over(&stream(), "a", beginning()).await?.tenure;
    assert_eq!(spent(&store), (4, 2), "a take-over of nothing");
    store.save(&stream(), &shard(1), &after(100), tenure.stamp(1)).await?;
    assert_eq!(spent(&store), (2, 5), "a first save");
    store.save(&stream(), &shard(1), &after(200), tenure.stamp(2)).await?;
    assert_eq!(spent(&store), (1, 1), "a save");
    store.save(&stream(), &shard(2), &after(100), tenure.stamp(1)).await?;
    spent(&store);
    store.load(&stream()).await?;
    assert_eq!(spent(&store), (1, 0), "a look");
    store.take_over(&stream(), "b", beginning()).await?;
    assert_eq!(spent(&store), (6, 4), "a take-over of two shards");
    Ok(())
}
