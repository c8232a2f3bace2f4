use super::EffectId;
use crate::SinkError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Who holds a claim: one instance of a layer in one process. Opaque; never used twice.
///
/// What one instance does at once it keeps apart itself: the store grants an owner what it has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner(pub Arc<str>);

/// A claim as it is asked for. The caller's clock is the only one: a store compares the times that it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who claims.
    pub owner: Owner,
    /// The present time.
    pub now: DateTime<Utc>,
    /// When another owner may take the claim over.
    pub until: DateTime<Utc>,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's, up to the end of the lease: it was free, or the caller's already, or another's lease was over.
    Granted,
    /// The effect was done, and this result was kept with it.
    Done {
        /// What [`DedupeStore::complete`] was given.
        result: Option<String>,
    },
    /// Another owner has it.
    Busy {
        /// The end of its lease.
        until: DateTime<Utc>,
    },
}

/// Keeps who is about to do an effect, and which are done.
///
/// # Behavior
/// 1. [`claim`](Self::claim) grants an effect to one owner at a time: of several that ask at once one gets it. Its owner
///    is granted it again, and has it up to the end of the new lease.
/// 2. A lease that ends at or before [`Lease::now`] is free, and so is a completion whose `keep_until` is at or before it,
///    whether or not anything has deleted it: expiry is compared, never left to a TTL.
/// 3. [`complete`](Self::complete) holds whoever has the claim by now, or nobody: the effect has happened. It is
///    idempotent; the first result stays.
/// 4. [`release`](Self::release) gives up a claim of this owner and nothing else: not another's, not a completion.
/// 5. What returned `Ok` is durable, and seen by every later call in any process. A call that fails has happened or has not.
/// 6. Effects that differ in any field of their [`EffectId`] do not share anything.
#[async_trait]
pub trait DedupeStore: Send + Sync {
    /// Asks for an effect.
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError>;

    /// Notes that an effect is done, with a result for callers that want it (at most 300 KB).
    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError>;

    /// Gives a claim back, since the effect was not done.
    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError>;
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<D: DedupeStore + ?Sized> DedupeStore for $pointer {
            async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
                (**self).claim(id, lease).await
            }

            async fn complete(
                &self,
                id: &EffectId,
                owner: &Owner,
                result: Option<&str>,
                now: DateTime<Utc>,
                keep_until: DateTime<Utc>,
            ) -> Result<(), SinkError> {
                (**self).complete(id, owner, result, now, keep_until).await
            }

            async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
                (**self).release(id, owner).await
            }
        }
    )*};
}

forward!(&D, Box<D>, Arc<D>);

const _: () = {
    const fn store<D: DedupeStore + ?Sized>() {}
    store::<dyn DedupeStore>();
};
