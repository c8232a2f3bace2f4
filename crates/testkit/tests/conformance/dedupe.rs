//! Stores of claims.

use crate::{Handles, accepted, all_caught, caught};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dynacdc_sink::{Claim, DedupeStore, EffectId, Lease, MemoryDedupe, Owner, SinkError};
use dynacdc_testkit::{Faults, FaultyDedupe, conformance};
use std::collections::BTreeSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    GrantsAll,
    LooksThenWrites,
    KeepsFirstEnd,
    NeverExpires,
    EndIsIncluded,
    KeepsForever,
    OnlyTheOwnerCompletes,
    LastResultStays,
    DropsResults,
    EmptyIsNone,
    KeepsClaims,
    ReleasesAnyone,
    ReleasesDone,
    OwnMemory,
    WithoutPart,
    JoinedText,
}

struct Wrong {
    flaw: Flaw,
    store: MemoryDedupe,
}

/// When whatever the store holds has expired.
fn end_of_time() -> DateTime<Utc> {
    DateTime::<Utc>::MAX_UTC
}

impl Wrong {
    fn id(&self, id: &EffectId) -> EffectId {
        match self.flaw {
            Flaw::WithoutPart => EffectId { part: 0, ..id.clone() },
            Flaw::JoinedText => EffectId {
                consumer: format!("{}|{}|{}|{}", id.consumer, id.label, id.event_id, id.part).into(),
                label: "".into(),
                event_id: "".into(),
                part: 0,
            },
            _ => id.clone(),
        }
    }
}

#[async_trait]
impl DedupeStore for Wrong {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        let id = self.id(id);
        let mut lease = lease.clone();
        match self.flaw {
            Flaw::GrantsAll => {
                let claim = self.store.claim(&id, &lease).await?;
                return Ok(if matches!(claim, Claim::Busy { .. }) { Claim::Granted } else { claim });
            }
            Flaw::LooksThenWrites => {
                let looking = Lease { owner: Owner("nobody".into()), until: lease.now, ..lease.clone() };
                let seen = self.store.claim(&id, &looking).await?;
                let owned =
                    self.store.claim(&id, &Lease { until: lease.now, ..lease.clone() }).await? == Claim::Granted;
                tokio::task::yield_now().await;
                if seen == Claim::Granted || owned {
                    // Over whoever has it by now.
                    for owner in 0..8 {
                        self.store.release(&id, &Owner(owner.to_string().into())).await?;
                    }
                    self.store.claim(&id, &lease).await?;
                    return Ok(Claim::Granted);
                }
                return Ok(seen);
            }
            Flaw::KeepsFirstEnd => {
                let other = Lease { owner: Owner("looks".into()), until: lease.now, ..lease.clone() };
                if let Claim::Busy { until } = self.store.claim(&id, &other).await? {
                    let mine = Lease { until, ..lease.clone() };
                    return self.store.claim(&id, &mine).await;
                }
            }
            Flaw::NeverExpires => lease.now -= chrono::TimeDelta::days(1),
            Flaw::EndIsIncluded => lease.now -= chrono::TimeDelta::nanoseconds(1),
            _ => {}
        }
        Ok(match self.store.claim(&id, &lease).await? {
            Claim::Done { .. } if self.flaw == Flaw::DropsResults => Claim::Done { result: None },
            claim => claim,
        })
    }

    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        let id = &self.id(id);
        match self.flaw {
            Flaw::OnlyTheOwnerCompletes => {
                let lease = Lease { owner: owner.clone(), now, until: now + chrono::TimeDelta::days(1) };
                let probe = Lease { owner: Owner("probe".into()), until: now, ..lease.clone() };
                let held = self.store.claim(id, &probe).await?;
                if held == Claim::Granted || matches!(self.store.claim(id, &lease).await?, Claim::Busy { .. }) {
                    return Ok(());
                }
            }
            // What was done is as if it had never been, and then it is done.
            Flaw::LastResultStays => {
                let late = Lease { owner: owner.clone(), now: end_of_time(), until: end_of_time() };
                self.store.claim(id, &late).await?;
            }
            Flaw::KeepsForever => return self.store.complete(id, owner, result, now, end_of_time()).await,
            Flaw::EmptyIsNone => {
                return self
                    .store
                    .complete(id, owner, result.filter(|result| !result.is_empty()), now, keep_until)
                    .await;
            }
            _ => {}
        }
        self.store.complete(id, owner, result, now, keep_until).await
    }

    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        let id = &self.id(id);
        match self.flaw {
            Flaw::KeepsClaims => return Ok(()),
            Flaw::ReleasesAnyone => {
                for owner in ["a", "b", "c"] {
                    self.store.release(id, &Owner(owner.into())).await?;
                }
            }
            // What is done is as if it had never been.
            Flaw::ReleasesDone => {
                let probe = |now| Lease { owner: Owner("probe".into()), now, until: end_of_time() };
                let seen = self.store.claim(id, &probe(DateTime::UNIX_EPOCH)).await?;
                if matches!(seen, Claim::Done { .. }) {
                    self.store.claim(id, &probe(end_of_time())).await?;
                }
                self.store.release(id, &Owner("probe".into())).await?;
            }
            _ => {}
        }
        self.store.release(id, owner).await
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_is_accepted() {
    let verdict = conformance::dedupe_store(|| {
        let store = MemoryDedupe::new();
        Handles(move || store.clone())
    });
    accepted(&verdict.await);

    let verdict = conformance::dedupe_store(|| {
        let store = FaultyDedupe::new(MemoryDedupe::new(), &Faults::none());
        Handles(move || store.clone())
    });
    accepted(&verdict.await);
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_store() {
    let flaws: [(Flaw, &[&str]); 16] = [
        (Flaw::GrantsAll, &["one_owner", "one_of_many", "claimed_again", "lease_over", "release_foreign", "durable"]),
        (Flaw::LooksThenWrites, &["one_of_many"]),
        (Flaw::KeepsFirstEnd, &["claimed_again"]),
        (Flaw::NeverExpires, &["lease_over", "completion_over"]),
        (Flaw::EndIsIncluded, &["lease_over", "completion_over"]),
        (Flaw::KeepsForever, &["completion_over"]),
        (Flaw::OnlyTheOwnerCompletes, &["late_completion"]),
        (Flaw::LastResultStays, &["first_result"]),
        (Flaw::DropsResults, &["completion_over", "first_result", "results", "release_done", "durable"]),
        (Flaw::EmptyIsNone, &["results"]),
        (Flaw::KeepsClaims, &["release_own"]),
        (Flaw::ReleasesAnyone, &["release_foreign"]),
        (Flaw::ReleasesDone, &["late_completion", "release_done"]),
        (Flaw::OwnMemory, &["one_of_many", "durable"]),
        (Flaw::WithoutPart, &["effects_apart"]),
        (Flaw::JoinedText, &["effects_apart"]),
    ];
    let mut failed = BTreeSet::new();
    for (flaw, expected) in flaws {
        let verdict = conformance::dedupe_store(|| {
            let store = MemoryDedupe::new();
            Handles(move || {
                let store = if flaw == Flaw::OwnMemory { MemoryDedupe::new() } else { store.clone() };
                Wrong { flaw, store }
            })
        })
        .await;
        caught(&format!("{flaw:?}"), &verdict, expected);
        failed.extend(verdict.failed());
        if flaw == Flaw::JoinedText {
            all_caught(&verdict, &failed);
        }
    }
}
