//! What a [`DedupeStore`] promises.

use super::{
    StoreFixture, Verdict,
    verdict::{Stopped, Tried, same},
};
use chrono::{DateTime, Utc};
use dynacdc_sink::{Claim, DedupeStore, EffectId, Lease, Owner};
use futures_util::future::join_all;

/// Runs the suite of [`DedupeStore`]. `make` makes an empty backend for each trial.
pub async fn dedupe_store<F>(make: impl Fn() -> F) -> Verdict
where
    F: StoreFixture<Store: DedupeStore>,
{
    let mut verdict = Verdict::on("dedupe store");
    let one = "1. a claim is granted to one owner at a time";
    verdict.run("one_owner", one, one_owner(&make())).await;
    verdict.run("one_of_many", one, one_of_many(&make())).await;
    verdict
        .run("claimed_again", "1. its owner is granted a claim again, up to the new end", claimed_again(&make()))
        .await;
    let expiry = "2. what has expired is free, by comparison with the time that is given";
    verdict.run("lease_over", expiry, lease_over(&make())).await;
    verdict.run("completion_over", expiry, completion_over(&make())).await;
    verdict
        .run("late_completion", "3. a completion holds whoever has the claim by now", late_completion(&make()))
        .await;
    verdict
        .run("first_result", "3. a completion is idempotent, and the first result stays", first_result(&make()))
        .await;
    verdict.run("results", "3. a result comes back as it was given", results(&make())).await;
    let release = "4. a release gives up a claim of this owner and nothing else";
    verdict.run("release_own", release, release_own(&make())).await;
    verdict.run("release_foreign", release, release_foreign(&make())).await;
    verdict.run("release_done", release, release_done(&make())).await;
    verdict.run("durable", "5. what returned Ok is seen in any process", durable(&make())).await;
    verdict.run("effects_apart", "6. different effects share nothing", effects_apart(&make())).await;
    verdict
}

fn id(event_id: &str) -> EffectId {
    EffectId {
        consumer: "conformance".into(),
        label: "2026-05-01T12:00:00.000".into(),
        event_id: event_id.into(),
        part: 0,
    }
}

fn owner(name: &str) -> Owner {
    Owner(name.into())
}

/// Seconds after the start of all trials. It lies in the future of every clock, so that no store cleans up by its own.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(4_000_000_000 + seconds, 0).unwrap_or_default()
}

/// A lease of `owner` from one second to another.
fn lease(owner: &str, now: i64, until: i64) -> Lease {
    Lease { owner: self::owner(owner), now: at(now), until: at(until) }
}

fn done(result: Option<&str>) -> Claim {
    Claim::Done { result: result.map(str::to_owned) }
}

async fn one_owner<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    same("the first claim", store.claim(&id("1"), &lease("a", 0, 60)).await?, Claim::Granted)?;
    same("another owner's", store.claim(&id("1"), &lease("b", 1, 61)).await?, Claim::Busy { until: at(60) })?;
    same("another effect", store.claim(&id("2"), &lease("b", 1, 61)).await?, Claim::Granted)
}

async fn one_of_many<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(fixture.open().await?);
    }
    for round in 0..4 {
        let id = id(&round.to_string());
        let leases: Vec<Lease> = (0..8).map(|number| lease(&number.to_string(), 0, 60)).collect();
        let claims = join_all(stores.iter().zip(&leases).map(|(store, lease)| store.claim(&id, lease))).await;
        let claims = claims.into_iter().collect::<Result<Vec<_>, _>>()?;
        let granted = claims.iter().filter(|claim| **claim == Claim::Granted).count();
        same("of eight at once there were granted", granted, 1)?;
    }
    Ok(())
}

async fn claimed_again<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    same("the same owner", store.claim(&id("1"), &lease("a", 30, 90)).await?, Claim::Granted)?;
    same("after the first end", store.claim(&id("1"), &lease("b", 70, 130)).await?, Claim::Busy { until: at(90) })
}

async fn lease_over<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    same("before the end", store.claim(&id("1"), &lease("b", 59, 119)).await?, Claim::Busy { until: at(60) })?;
    same("at the end", store.claim(&id("1"), &lease("b", 60, 120)).await?, Claim::Granted)?;
    same("the owner before", store.claim(&id("1"), &lease("a", 61, 121)).await?, Claim::Busy { until: at(120) })
}

async fn completion_over<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    store.complete(&id("1"), &owner("a"), Some("old"), at(1), at(100)).await?;
    same("before the end", store.claim(&id("1"), &lease("b", 99, 159)).await?, done(Some("old")))?;
    same("at the end", store.claim(&id("1"), &lease("b", 100, 160)).await?, Claim::Granted)?;
    store.complete(&id("1"), &owner("b"), Some("new"), at(101), at(200)).await?;
    same("done once more", store.claim(&id("1"), &lease("a", 102, 162)).await?, done(Some("new")))
}

async fn late_completion<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    store.claim(&id("1"), &lease("b", 60, 120)).await?;
    store.complete(&id("1"), &owner("a"), None, at(61), at(1_000)).await?;
    same("after another owner took over", store.claim(&id("1"), &lease("c", 62, 122)).await?, done(None))?;
    store.release(&id("1"), &owner("b")).await?;
    same("given back by the other", store.claim(&id("1"), &lease("c", 63, 123)).await?, done(None))?;
    store.complete(&id("2"), &owner("a"), None, at(0), at(1_000)).await?;
    same("without any claim", store.claim(&id("2"), &lease("c", 1, 61)).await?, done(None))
}

async fn first_result<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    for result in [Some("first"), Some("second"), None] {
        store.complete(&id("1"), &owner("a"), result, at(1), at(1_000)).await?;
    }
    same("after three completions", store.claim(&id("1"), &lease("b", 2, 62)).await?, done(Some("first")))?;
    store.claim(&id("2"), &lease("a", 0, 60)).await?;
    store.complete(&id("2"), &owner("a"), None, at(1), at(1_000)).await?;
    store.complete(&id("2"), &owner("a"), Some("late"), at(1), at(1_000)).await?;
    same("no result is a result", store.claim(&id("2"), &lease("b", 2, 62)).await?, done(None))
}

async fn results<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let large = "é".repeat(150 * 1_024);
    for (number, result) in [None, Some(""), Some("{\"a\": \"\\u0000 | % \"}"), Some(&*large)].into_iter().enumerate() {
        let id = id(&number.to_string());
        store.claim(&id, &lease("a", 0, 60)).await?;
        store.complete(&id, &owner("a"), result, at(1), at(1_000)).await?;
        if store.claim(&id, &lease("b", 2, 62)).await? != done(result) {
            let length = result.map(str::len);
            return Err(Stopped::broken(format!("a result of {length:?} bytes comes back as another one")));
        }
    }
    Ok(())
}

async fn release_own<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    store.release(&id("1"), &owner("a")).await?;
    store.release(&id("1"), &owner("a")).await?;
    same("given back", store.claim(&id("1"), &lease("b", 1, 61)).await?, Claim::Granted)
}

async fn release_foreign<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    store.release(&id("1"), &owner("b")).await?;
    same("released by another", store.claim(&id("1"), &lease("b", 1, 61)).await?, Claim::Busy { until: at(60) })
}

async fn release_done<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    store.claim(&id("1"), &lease("a", 0, 60)).await?;
    store.complete(&id("1"), &owner("a"), Some("kept"), at(1), at(1_000)).await?;
    store.release(&id("1"), &owner("a")).await?;
    same("released when done", store.claim(&id("1"), &lease("a", 2, 62)).await?, done(Some("kept")))
}

async fn durable<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let first = fixture.open().await?;
    first.claim(&id("1"), &lease("a", 0, 60)).await?;
    first.claim(&id("2"), &lease("a", 0, 60)).await?;
    first.complete(&id("2"), &owner("a"), Some("kept"), at(0), at(1_000)).await?;
    let second = fixture.open().await?;
    same(
        "the claim of another handle",
        second.claim(&id("1"), &lease("b", 1, 61)).await?,
        Claim::Busy { until: at(60) },
    )?;
    drop(first);
    same("a completion, when its handle is gone", second.claim(&id("2"), &lease("b", 1, 61)).await?, done(Some("kept")))
}

async fn effects_apart<F: StoreFixture<Store: DedupeStore>>(fixture: &F) -> Tried {
    let store = fixture.open().await?;
    let all = [
        id("1"),
        EffectId { part: 1, ..id("1") },
        EffectId { consumer: "other".into(), ..id("1") },
        EffectId { label: "".into(), ..id("1") },
        EffectId { consumer: "a|b".into(), label: "c".into(), ..id("1") },
        EffectId { consumer: "a".into(), label: "b|c".into(), ..id("1") },
        id("1|0"),
        id(&"1".repeat(64)),
    ];
    for effect in &all {
        same(&format!("{effect:?}"), store.claim(effect, &lease("a", 0, 60)).await?, Claim::Granted)?;
        store.complete(effect, &owner("a"), None, at(1), at(1_000)).await?;
    }
    Ok(())
}
