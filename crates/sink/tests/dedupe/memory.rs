//! What the store in memory keeps. Its `# Behavior` is tried by the conformance suite of the test kit.

use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_sink::{DedupeStore, EffectId, Lease, MemoryDedupe, Owner, SinkError};

fn id(number: usize) -> EffectId {
    EffectId { consumer: "mail".into(), label: "".into(), event_id: number.to_string().into(), part: 0 }
}

fn lease(owner: &Owner, now: DateTime<Utc>) -> Lease {
    Lease { owner: owner.clone(), now, until: now + TimeDelta::seconds(10) }
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
