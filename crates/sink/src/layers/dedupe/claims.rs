//! Claim, do, complete: the one way in which the layer and [`Once`](super::Once) claim effects.
//!
//! Completion is tried longer than anything else, since the effect has happened: a completion that gets lost repeats it. A
//! mark that is set before the effect would need no completion, and lost: a crash between the two drops the effect.
//!
//! The claim in the store is one of the whole instance, so that a delivery that was dropped can be made up for at once and
//! does not wait for the end of a lease that nobody is using. What two calls of one instance must not both do, as a rewind
//! and a redrive may want to, is kept apart in memory. An owner per call lost: after every dropped delivery its lane stands
//! still for a lease.

use super::{Claim, DedupeStore, EffectId, Lease, Owner};
use crate::{Backoff, Class, Clock, Cost, SinkError};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// How often a completion is tried: with the waits below for about three seconds, and seven at most.
const COMPLETIONS: u32 = 8;
/// A claim that is not given back only waits for its lease to end.
const RELEASES: u32 = 2;

#[derive(Debug)]
pub(super) struct Claims<D> {
    pub(super) store: Arc<D>,
    pub(super) consumer: Arc<str>,
    pub(super) owner: Owner,
    pub(super) lease: Duration,
    pub(super) retention: Duration,
    pub(super) clock: Clock,
    pub(super) here: Here,
}

/// The effects that are being done by this instance now.
#[derive(Debug, Clone, Default)]
pub(super) struct Here(Arc<Mutex<HashSet<EffectId>>>);

/// An effect that this call alone may do. Dropping it leaves the claim in the store to the next call of the instance.
#[derive(Debug)]
pub(super) struct Claimed {
    id: EffectId,
    here: Here,
}

/// What came of asking for an effect.
#[derive(Debug)]
pub(super) enum Asked {
    Granted(Claimed),
    Done { result: Option<String> },
}

/// The calls of the store for one batch, counted as they are tried.
#[derive(Debug, Default)]
pub(super) struct Calls {
    count: AtomicU64,
    /// A completion was tried as often as it is tried, in vain. The others of the batch are then tried once: each on its
    /// own would hold the lane up for as long again.
    is_vain: AtomicBool,
}

impl<D> Clone for Claims<D> {
    /// The same owner over the same store.
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            consumer: Arc::clone(&self.consumer),
            owner: self.owner.clone(),
            clock: self.clock.clone(),
            here: self.here.clone(),
            ..*self
        }
    }
}

impl<D> Claims<D> {
    pub(super) fn new(store: D, consumer: impl Into<Arc<str>>) -> Self {
        Self {
            store: Arc::new(store),
            consumer: consumer.into(),
            owner: Owner::unique(),
            lease: Duration::from_secs(60),
            retention: Duration::from_secs(48 * 60 * 60),
            clock: Clock::system(),
            here: Here::default(),
        }
    }

    /// `now` and so much later; the end of time where that is past it.
    fn in_time(&self, time: Duration) -> (DateTime<Utc>, DateTime<Utc>) {
        let now = self.clock.now();
        let end = TimeDelta::from_std(time).ok().and_then(|time| now.checked_add_signed(time));
        (now, end.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

impl<D: DedupeStore> Claims<D> {
    /// Asks for an effect. An error is never of class Poison: that a store fails is never the record's fault.
    pub(super) async fn claim(&self, id: EffectId, calls: &Calls) -> Result<Asked, SinkError> {
        if id.event_id.is_empty() {
            // A source that makes no ids makes none for any record, so to park them all would empty the stream.
            return Err(SinkError::fatal("the record has no event id, by which its effect could be known again"));
        }
        let Some(claimed) = self.here.enter(id) else {
            return Err(SinkError::transient("another call of this process is doing the effect"));
        };
        let (now, until) = self.in_time(self.lease);
        let lease = Lease { owner: self.owner.clone(), now, until };
        calls.add();
        match self.store.claim(&claimed.id, &lease).await {
            Ok(Claim::Granted) => Ok(Asked::Granted(claimed)),
            Ok(Claim::Done { result }) => Ok(Asked::Done { result }),
            Ok(Claim::Busy { until }) => {
                Err(SinkError::transient(format!("another owner has claimed the effect until {until}")))
            }
            Err(error) => {
                let class = if error.class() == Class::Fatal { Class::Fatal } else { Class::Transient };
                Err(SinkError::new(class, "the effect could not be claimed").with_source(error))
            }
        }
    }

    /// Notes that the effect is done. When that fails for good there is nothing better to do than to say so.
    pub(super) async fn complete(&self, claimed: Claimed, result: Option<&str>, calls: &Calls) {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        let mut tried = 0;
        loop {
            let (now, keep_until) = self.in_time(self.retention);
            tried += 1;
            calls.add();
            let Err(error) = self.store.complete(&claimed.id, &self.owner, result, now, keep_until).await else {
                return;
            };
            if tried >= COMPLETIONS || calls.is_vain.load(Ordering::Relaxed) {
                calls.is_vain.store(true, Ordering::Relaxed);
                let (consumer, event_id) = (&*self.consumer, &*claimed.id.event_id);
                tracing::warn!(
                    consumer, event_id, tried, error = %format_args!("{error:#}"),
                    "an effect is done and could not be noted: another delivery will repeat it"
                );
                return;
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }

    /// Gives the claim back, as far as that goes.
    pub(super) async fn release(&self, claimed: Claimed, calls: &Calls) {
        for _ in 0..RELEASES {
            calls.add();
            match self.store.release(&claimed.id, &self.owner).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::debug!(consumer = &*self.consumer, %error, "a claim is left to the end of its lease");
                }
            }
        }
    }
}

impl Here {
    /// None if the effect is being done already.
    fn enter(&self, id: EffectId) -> Option<Claimed> {
        let entered = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        entered.then(|| Claimed { id, here: self.clone() })
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.here.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl Calls {
    fn add(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cost(&self) -> Cost {
        Cost { calls: self.count.load(Ordering::Relaxed), ..Cost::default() }
    }
}

impl Owner {
    /// An owner that nobody else is: 128 random bits from the operating system, and not from the generator that a test
    /// seeds, since two processes with one seed would take each other's claims for their own.
    pub(super) fn unique() -> Self {
        let half = || RandomState::new().hash_one(std::process::id());
        Self(format!("{:016x}{:016x}", half(), half()).into())
    }
}
