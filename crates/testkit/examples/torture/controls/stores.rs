//! Stores that leave a condition out.

use crate::target::{Claims, Letters};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dynacdc_record::ItemKey;
use dynacdc_sink::{
    Claim, DeadLetterStore, DedupeStore, Discarded, EffectId, Generation, Lease, Letter, NewLetter, Owner, Place,
    SinkError,
};

/// A store of letters without one of its conditions.
pub(crate) struct Unconditional {
    inner: Letters,
    leaves_out: Condition,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    EmptyQueue,
    StillParked,
}

impl Unconditional {
    /// Frees a key although letters of it are left: what came behind during a redrive is lost.
    pub(crate) const fn unpark(inner: Letters) -> Self {
        Self { inner, leaves_out: Condition::EmptyQueue }
    }

    /// Parks behind a key that is free by now. The key is parked again then, so nothing is lost.
    pub(crate) const fn park_behind(inner: Letters) -> Self {
        Self { inner, leaves_out: Condition::StillParked }
    }
}

#[async_trait]
impl DeadLetterStore for Unconditional {
    async fn generation(&self) -> Result<Generation, SinkError> {
        self.inner.generation().await
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        self.inner.park(letter).await
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        if self.leaves_out == Condition::StillParked {
            return self.inner.park(letter).await.map(|()| true);
        }
        self.inner.park_behind(letter).await
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        self.inner.keys(after, limit).await
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        self.inner.letters(key, after, limit).await
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        self.inner.remove(letter).await
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        self.inner.discard(letter, reason).await
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        self.inner.discarded(limit).await
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        if self.leaves_out != Condition::EmptyQueue {
            return self.inner.unpark(key).await;
        }
        // One call, as the right one is: the letters go with the key.
        let (store, key) = (self.inner.get_ref().clone(), key.clone());
        let unpark = move || async move {
            while let Some(letter) = store.letters(&key, None, 1).await?.pop() {
                store.remove(&letter).await?;
            }
            store.unpark(&key).await
        };
        self.inner.faults().call("letters.unpark", unpark).await?
    }
}

/// Does not know the parts of a change from one another: of a move one half is left out.
pub(crate) struct NoParts(pub(crate) Claims);

impl NoParts {
    fn whole(id: &EffectId) -> EffectId {
        EffectId { part: 0, ..id.clone() }
    }
}

#[async_trait]
impl DedupeStore for NoParts {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        self.0.claim(&Self::whole(id), lease).await
    }

    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        self.0.complete(&Self::whole(id), owner, result, now, keep_until).await
    }

    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        self.0.release(&Self::whole(id), owner).await
    }
}

/// Tries a completion once and says that it is noted.
pub(crate) struct OneCompletion(pub(crate) Claims);

#[async_trait]
impl DedupeStore for OneCompletion {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        self.0.claim(id, lease).await
    }

    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        let _ = self.0.complete(id, owner, result, now, keep_until).await;
        Ok(())
    }

    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        self.0.release(id, owner).await
    }
}
