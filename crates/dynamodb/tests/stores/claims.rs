//! The lines of `# Behavior` of a store of claims, and what the network does to it.

use crate::{
    faulty::{Fate, Faulty},
    gate::{Gate, Held},
    scene::{Fallible, Stores, at, rows, server},
};
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_dynamodb::{DynamoDbDedupe, Retries};
use dynacdc_sink::{Claim, Class, DedupeStore, EffectId, Lease, Owner};
use futures_util::future::join_all;
use std::{collections::HashMap, time::Duration};

fn claims(db: &Stores) -> DynamoDbDedupe {
    DynamoDbDedupe::new(db.dynamodb(), db.claims())
}

fn id(event: &str) -> EffectId {
    EffectId { consumer: "mail".into(), label: "2026-01-01T00:00:00.000".into(), event_id: event.into(), part: 0 }
}

fn owner(name: &str) -> Owner {
    Owner(name.into())
}

fn lease(name: &str, now: i64, until: i64) -> Lease {
    Lease { owner: owner(name), now: at(now), until: at(until) }
}

fn done(result: Option<&str>) -> Claim {
    Claim::Done { result: result.map(str::to_owned) }
}

async fn row(db: &Stores, id: &EffectId) -> Fallible<HashMap<String, AttributeValue>> {
    let get = db.dynamodb().get_item().table_name(db.claims()).key("pk", AttributeValue::S(id.to_string()));
    Ok(get.consistent_read(true).send().await?.item.ok_or("no row")?)
}

#[tokio::test]
async fn one_owner_at_a_time_is_granted_an_effect() -> Fallible {
    let db = server().await?;
    let (one, other) = (claims(&db), claims(&db));
    assert_eq!(one.claim(&id("1"), &lease("A", 0, 60)).await?, Claim::Granted);
    assert_eq!(other.claim(&id("1"), &lease("B", 10, 70)).await?, Claim::Busy { until: at(60) });
    assert_eq!(other.claim(&id("1"), &lease("A", 10, 90)).await?, Claim::Granted, "its own");
    assert_eq!(other.claim(&id("1"), &lease("B", 89, 99)).await?, Claim::Busy { until: at(90) }, "the new lease");
    assert_eq!(other.claim(&id("1"), &lease("B", 90, 150)).await?, Claim::Granted, "it was over");
    assert_eq!(one.claim(&id("1"), &lease("A", 91, 151)).await?, Claim::Busy { until: at(150) });

    let nano = TimeDelta::nanoseconds(1);
    let early = Lease { now: at(150) - nano, ..lease("A", 0, 200) };
    assert_eq!(one.claim(&id("1"), &early).await?, Claim::Busy { until: at(150) }, "a nanosecond before the end");
    Ok(())
}

#[tokio::test]
async fn of_many_at_once_one_is_granted() -> Fallible {
    let db = server().await?;
    for event in ["1", "2", "3"] {
        let stores: Vec<_> = (0..8).map(|_| claims(&db)).collect();
        let id = id(event);
        let asked = stores.iter().enumerate().map(|(nth, store)| {
            let (id, lease) = (&id, lease(&nth.to_string(), 0, 60));
            async move { store.claim(id, &lease).await }
        });
        let granted = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        assert_eq!(granted.iter().filter(|claim| **claim == Claim::Granted).count(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_completion_holds_for_everybody_and_its_first_result_stays() -> Fallible {
    let db = server().await?;
    let store = claims(&db);
    store.claim(&id("1"), &lease("A", 0, 60)).await?;
    store.complete(&id("1"), &owner("A"), Some("17"), at(1), at(1_000)).await?;
    store.complete(&id("1"), &owner("A"), Some("18"), at(2), at(9_000)).await?;
    store.complete(&id("1"), &owner("B"), None, at(2), at(9_000)).await?;
    for who in ["A", "B"] {
        assert_eq!(claims(&db).claim(&id("1"), &lease(who, 999, 1_100)).await?, done(Some("17")), "{who}");
    }

    store.claim(&id("2"), &lease("A", 0, 60)).await?;
    store.claim(&id("2"), &lease("B", 60, 120)).await?;
    store.complete(&id("2"), &owner("A"), None, at(61), at(1_000)).await?;
    assert_eq!(store.claim(&id("2"), &lease("B", 62, 130)).await?, done(None), "another has the claim by now");
    store.complete(&id("3"), &owner("A"), Some(""), at(1), at(1_000)).await?;
    assert_eq!(store.claim(&id("3"), &lease("B", 2, 60)).await?, done(Some("")), "nobody had it");
    let large = "x".repeat(300 * 1_024);
    store.complete(&id("4"), &owner("A"), Some(&large), at(1), at(1_000)).await?;
    assert!(store.claim(&id("4"), &lease("B", 2, 60)).await? == done(Some(&large)), "300 KB");
    Ok(())
}

#[tokio::test]
async fn expiry_is_compared_and_the_row_is_marked_for_the_ttl() -> Fallible {
    let db = server().await?;
    let store = claims(&db);
    store.claim(&id("1"), &lease("A", 0, 60)).await?;
    let ttl = |row: &HashMap<String, AttributeValue>| row.get("expires_at").and_then(|at| at.as_n().ok()).cloned();
    assert_eq!(ttl(&row(&db, &id("1")).await?), Some((at(60).timestamp() + 3_600).to_string()));
    store.complete(&id("1"), &owner("A"), Some("17"), at(1), at(1_000)).await?;
    assert_eq!(ttl(&row(&db, &id("1")).await?), Some((at(1_000).timestamp() + 3_600).to_string()));
    let told = db.dynamodb().describe_time_to_live().table_name(db.claims()).send().await?;
    let told = told.time_to_live_description.and_then(|ttl| ttl.attribute_name);
    assert_eq!(told.as_deref(), Some("expires_at"));

    assert_eq!(store.claim(&id("1"), &lease("B", 999, 1_100)).await?, done(Some("17")));
    assert_eq!(store.claim(&id("1"), &lease("B", 1_000, 1_100)).await?, Claim::Granted, "nothing has deleted it");
    assert_eq!(store.claim(&id("1"), &lease("A", 1_000, 1_100)).await?, Claim::Busy { until: at(1_100) });
    store.complete(&id("1"), &owner("B"), Some("new"), at(1_001), at(2_000)).await?;
    store.complete(&id("1"), &owner("B"), Some("newer"), at(2_000), at(3_000)).await?;
    assert_eq!(store.claim(&id("1"), &lease("A", 2_001, 2_100)).await?, done(Some("newer")), "the first was over");

    let ends = DateTime::<Utc>::MAX_UTC;
    store.complete(&id("2"), &owner("A"), None, at(0), ends).await?;
    assert_eq!(store.claim(&id("2"), &lease("A", 2_001, 2_100)).await?, done(None), "kept for ever");
    DynamoDbDedupe::create_table(db.dynamodb(), db.claims(), Duration::from_secs(1)).await?;
    Ok(())
}

#[tokio::test]
async fn a_release_gives_up_a_claim_of_this_owner_and_nothing_else() -> Fallible {
    let db = server().await?;
    let store = claims(&db);
    store.release(&id("1"), &owner("A")).await?;
    store.claim(&id("1"), &lease("A", 0, 60)).await?;
    store.release(&id("1"), &owner("B")).await?;
    assert_eq!(store.claim(&id("1"), &lease("B", 1, 60)).await?, Claim::Busy { until: at(60) });
    store.release(&id("1"), &owner("A")).await?;
    assert_eq!(store.claim(&id("1"), &lease("B", 1, 60)).await?, Claim::Granted);
    store.complete(&id("1"), &owner("B"), Some("17"), at(1), at(1_000)).await?;
    store.release(&id("1"), &owner("B")).await?;
    assert_eq!(store.claim(&id("1"), &lease("A", 2, 60)).await?, done(Some("17")), "a completion stays");
    Ok(())
}

#[tokio::test]
async fn effects_that_differ_in_any_field_share_nothing() -> Fallible {
    let db = server().await?;
    let store = claims(&db);
    let long = "x".repeat(5_000);
    let ids = [
        id("1"),
        id("2"),
        EffectId { part: 1, ..id("1") },
        EffectId { label: "".into(), ..id("1") },
        EffectId { consumer: "".into(), ..id("1") },
        EffectId { consumer: "mail|2026-01-01T00:00:00.000".into(), label: "1".into(), ..id("") },
        EffectId { consumer: "mail%7C".into(), ..id("1") },
        EffectId { consumer: "mail|".into(), ..id("1") },
        EffectId { consumer: long.as_str().into(), ..id("1") },
        EffectId { consumer: long.as_str().into(), ..id("2") },
    ];
    for (nth, id) in ids.iter().enumerate() {
        assert_eq!(store.claim(id, &lease(&nth.to_string(), 0, 60)).await?, Claim::Granted, "{nth}");
    }
    assert_eq!(rows(&db, db.claims()).await?, ids.len());
    Ok(())
}

fn quick(client: &Client, db: &Stores) -> DynamoDbDedupe {
    let retries = Retries::new(3, Duration::from_millis(1), Duration::from_millis(2));
    DynamoDbDedupe::new(client, db.claims()).with_retries(retries)
}

#[tokio::test(start_paused = true)]
async fn lost_answers_and_throttles_change_no_answer() -> Fallible {
    for fate in [Fate::LoseAnswer, Fate::THROTTLED, Fate::Unreachable] {
        let db = server().await?;
        let planned = fate.clone();
        let (faulty, client) =
            Faulty::around(db.dynamodb(), move |seen| if seen.at % 2 == 0 { planned.clone() } else { Fate::Pass })?;
        let store = quick(&client, &db);
        assert_eq!(store.claim(&id("1"), &lease("A", 0, 60)).await?, Claim::Granted, "{fate:?}");
        assert_eq!(store.claim(&id("1"), &lease("B", 1, 61)).await?, Claim::Busy { until: at(60) }, "{fate:?}");
        store.complete(&id("1"), &owner("A"), Some("17"), at(1), at(1_000)).await?;
        assert_eq!(store.claim(&id("1"), &lease("B", 2, 61)).await?, done(Some("17")), "{fate:?}");
        assert_eq!(faulty.seen().len(), 8, "{fate:?}: each sent twice");
        store.claim(&id("2"), &lease("A", 0, 60)).await?;
        store.release(&id("2"), &owner("A")).await?;
        assert_eq!(store.claim(&id("2"), &lease("B", 1, 61)).await?, Claim::Granted, "{fate:?}");
        assert_eq!(store.claim(&id("1"), &lease("B", 2, 61)).await?, done(Some("17")), "{fate:?}");
    }
    Ok(())
}

/// The delete was given up and lands after the same owner has claimed anew: it must not give that up.
#[tokio::test(start_paused = true)]
async fn a_release_that_lands_late_leaves_a_later_claim_alone() -> Fallible {
    let db = server().await?;
    let (gate, client) = Gate::before(db.dynamodb(), "DeleteItem", Held::AllGivenUp)?;
    let (slow, store) = (quick(&client, &db), claims(&db));
    slow.claim(&id("1"), &lease("A", 0, 60)).await?;
    assert_eq!(slow.release(&id("1"), &owner("A")).await.err().map(|error| error.class()), Some(Class::Transient));
    assert_eq!(slow.claim(&id("1"), &lease("A", 1, 61)).await?, Claim::Granted);

    for _ in 0..3 {
        gate.land().await;
    }

    assert_eq!(store.claim(&id("1"), &lease("B", 2, 62)).await?, Claim::Busy { until: at(61) });
    Ok(())
}

/// A claim that was given up lands after the effect was done: it must not hide that.
#[tokio::test(start_paused = true)]
async fn a_claim_that_lands_late_leaves_a_completion_alone() -> Fallible {
    let db = server().await?;
    let (gate, client) = Gate::before(db.dynamodb(), "PutItem", Held::GivenUp(0))?;
    let (slow, store) = (quick(&client, &db), claims(&db));
    assert_eq!(slow.claim(&id("1"), &lease("A", 0, 60)).await?, Claim::Granted, "at the second attempt");
    slow.complete(&id("1"), &owner("A"), Some("17"), at(1), at(1_000)).await?;

    gate.land().await;

    assert_eq!(store.claim(&id("1"), &lease("B", 2, 62)).await?, done(Some("17")));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn throttles_that_do_not_pass_are_transient_and_a_missing_table_is_fatal() -> Fallible {
    let db = server().await?;
    claims(&db).claim(&id("1"), &lease("A", 0, 60)).await?;
    let (faulty, client) = Faulty::around(db.dynamodb(), |_| Fate::THROTTLED)?;
    let store = quick(&client, &db);
    let errors = [
        store.claim(&id("1"), &lease("A", 0, 60)).await.err(),
        store.complete(&id("1"), &owner("A"), None, at(0), at(9)).await.err(),
        store.release(&id("1"), &owner("A")).await.err(),
    ];
    for error in errors {
        assert_eq!(error.map(|error| error.class()), Some(Class::Transient));
    }
    assert_eq!((faulty.seen().len(), store.cost().calls, store.cost().write_units), (9, 9, 0));

    let nowhere = DynamoDbDedupe::new(db.dynamodb(), "Nowhere");
    let error = nowhere.claim(&id("1"), &lease("A", 0, 60)).await.err();
    assert_eq!(error.map(|error| error.class()), Some(Class::Fatal));
    Ok(())
}

#[tokio::test]
async fn calls_and_units_are_those_of_the_docs() -> Fallible {
    let db = server().await?;
    let store = claims(&db);
    let mut before = store.cost();
    let mut spent = || {
        let now = store.cost();
        let spent = (now.calls - before.calls, now.write_units - before.write_units);
        before = now;
        spent
    };
    store.claim(&id("1"), &lease("A", 0, 60)).await?;
    assert_eq!(spent(), (1, 1), "claim");
    store.claim(&id("1"), &lease("B", 0, 60)).await?;
    assert_eq!(spent(), (1, 1), "refused");
    store.release(&id("1"), &owner("A")).await?;
    assert_eq!(spent(), (2, 1), "release");
    store.complete(&id("1"), &owner("A"), Some(&"x".repeat(3_000)), at(0), at(60)).await?;
    assert_eq!(spent(), (1, 4), "complete with a result of 3 KB");
    store.claim(&id("1"), &lease("B", 0, 60)).await?;
    assert_eq!(spent(), (1, 4), "refused by it");
    Ok(())
}
