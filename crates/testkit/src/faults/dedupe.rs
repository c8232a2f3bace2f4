use super::Faults;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dynacdc_sink::{Claim, DedupeStore, EffectId, Lease, Owner, SinkError};
use std::sync::Arc;

/// A store of claims that is reached over an unreliable way. The calls are named `dedupe.claim`, `dedupe.complete` and
/// `dedupe.release`.
#[derive(Debug)]
pub struct FaultyDedupe<D> {
    inner: Arc<D>,
    faults: Faults,
}

impl<D> Clone for FaultyDedupe<D> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), faults: self.faults.clone() }
    }
}

impl<D> FaultyDedupe<D> {
    /// Puts faults before a store.
    pub fn new(inner: D, faults: &Faults) -> Self {
        Self { inner: Arc::new(inner), faults: faults.clone() }
    }

    /// The store behind the faults.
    pub fn get_ref(&self) -> &D {
        &self.inner
    }
}

#[async_trait]
impl<D: DedupeStore + 'static> DedupeStore for FaultyDedupe<D> {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        let (inner, owned, lease) = (Arc::clone(&self.inner), id.clone(), lease.clone());
        let claim = move || async move { inner.claim(&owned, &lease).await };
        self.faults.call_of("dedupe.claim", || id.to_string(), claim).await?
    }

    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        let (inner, owned, owner) = (Arc::clone(&self.inner), id.clone(), owner.clone());
        let result = result.map(str::to_owned);
        let complete = move || async move { inner.complete(&owned, &owner, result.as_deref(), now, keep_until).await };
        self.faults.call_of("dedupe.complete", || id.to_string(), complete).await?
    }

    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        let (inner, owned, owner) = (Arc::clone(&self.inner), id.clone(), owner.clone());
        let release = move || async move { inner.release(&owned, &owner).await };
        self.faults.call_of("dedupe.release", || id.to_string(), release).await?
    }
}
