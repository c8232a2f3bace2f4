//! The store in memory; its `# Behavior` is checked with the conformance suite of the test kit too.

use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_sink::{Claim, DedupeStore, EffectId, Lease, MemoryDedupe, Owner, SinkError};

fn id(number: usize) -> EffectId {
    EffectId { consumer: "mail".into(), label: "".into(), event_id: number.to_string().into(), part: 0 }
}

fn lease(owner: &Owner, now: DateTime<Utc>) -> Lease {
    Lease { owner: owner.clone(), now, until: now + TimeDelta::seconds(10) }
}

#[tokio::test]
async fn expiry_is_compared_with_the_time_that_is_given() -> Result<(), SinkError> {
    let (store, one, two) = (MemoryDedupe::new(), Owner("one".into()), Owner("two".into()));
    let start = DateTime::UNIX_EPOCH;
    let end = start + TimeDelta::seconds(10);
    store.claim(&id(1), &lease(&one, start)).await?;

    assert_eq!(store.claim(&id(1), &lease(&two, end - TimeDelta::nanoseconds(1))).await?, Claim::Busy { until: end });
    assert_eq!(store.clone().claim(&id(1), &lease(&two, end)).await?, Claim::Granted);
    // Whoever has the claim by now, it is done.
    store.complete(&id(1), &one, Some("first"), end, end + TimeDelta::seconds(5)).await?;
    store.complete(&id(1), &two, Some("second"), end, end + TimeDelta::seconds(9)).await?;
    store.release(&id(1), &two).await?;
    let done = Claim::Done { result: Some("first".into()) };
    assert_eq!(store.claim(&id(1), &lease(&two, end + TimeDelta::seconds(4))).await?, done);
    assert_eq!(store.claim(&id(1), &lease(&two, end + TimeDelta::seconds(5))).await?, Claim::Granted);
    Ok(())
}

#[tokio::test]
async fn what_has_expired_is_dropped_and_nothing_else() -> Result<(), SinkError> {
    let (store, owner) = (MemoryDedupe::new(), Owner("one".into()));
    let start = DateTime::UNIX_EPOCH;
    let held = |store: &MemoryDedupe| format!("{store:?}");
    for number in 0..1_024 {
        store.claim(&id(number), &lease(&owner, start)).await?;
    }
    assert_eq!(held(&store), "MemoryDedupe { entries: 1024 }");

    store.claim(&id(0), &lease(&owner, start + TimeDelta::seconds(9))).await?;
    store.claim(&id(1_024), &lease(&owner, start + TimeDelta::seconds(11))).await?;

    assert_eq!(held(&store), "MemoryDedupe { entries: 2 }");
    Ok(())
}
