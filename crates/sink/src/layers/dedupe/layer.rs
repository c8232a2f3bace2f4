//! Each effect once.
//!
//! The place is directly around what has the effect, with retries and timeouts inside: `dead_letter`, `isolate`, *dedupe*,
//! `retry`, `timeout`, sink. Wrong orders:
//!
//! - *Around a fan-out.* One claim stands for all branches, so a record that failed in one is either repeated in all or
//!   missing in one. Each branch has its own layer, with a consumer of its own.
//! - *Around `dead_letter`.* A parked record is settled, and what is redriven from the top would be skipped as a duplicate.
//!   The layer does not note a parked record as done, which keeps it from being lost, but then the redrive inside goes past
//!   the claims.
//! - *Inside `retry`.* Correct, and wasteful: every attempt claims and gives back again.
//! - *Outside a `map` that splits a change.* Correct only as long as both halves settle together; inside, the part of the
//!   record keeps them apart.

use super::{
    DedupeStore, EffectId, Owner,
    claims::{Asked, Calls, Claimed, Claims},
};
use crate::{
    Batch, Class, Clock, Layer, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError, Slots, queue::Queue,
};
use async_trait::async_trait;
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use std::{collections::HashMap, fmt, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Does each effect once: claims it, hands the record on, and notes it as done.
///
/// # Which effects need it
///
/// Calls to the outside that are not the same twice: a mail, a payment, a message to a queue, a handler that adds to a
/// number. What writes by a key and a version of its own (a copy of the table, a search index, a view) has its mark in what
/// it writes, and needs nothing but that: there, this layer costs two calls per record and adds nothing.
///
/// # What it promises
///
/// As long as no process dies and no answer gets lost, every effect happens once, whatever is delivered again: in the same
/// batch, after a rewind, on two lanes or in two processes at once. A record whose effect was done before is
/// `Skipped(Duplicate)`. A record whose effect another owner has claimed is failed as Transient, and those of its order
/// domain behind it are blocked.
///
/// # What it cannot promise
///
/// No store can make a call to the outside and a note of it one step. So the effect is repeated
///
/// - after a crash between the effect and its completion, or where the future of the write is dropped there;
/// - when the answer of the effect is lost, since then nobody knows that it happened;
/// - when an owner is so slow that its lease ends, and goes on after another has taken over;
/// - when the store refuses the completion for longer than it is retried (about three seconds). That is logged.
///
/// Where that must not be either, the receiver has to be idempotent: hand it the [`EffectId`] as its idempotency key.
///
/// # Order of changes
///
/// It keeps effects from being repeated, not from coming late. The level of [redelivery](Redelivery) stays that of the
/// inner sink.
#[derive(Debug)]
#[must_use]
pub struct DedupeLayer<D> {
    claims: Claims<D>,
    concurrency: usize,
}

impl<D> DedupeLayer<D> {
    /// With a lease of 60 seconds, kept for 48 hours, 16 calls of the store at once.
    ///
    /// `consumer` names who wants the effects. It is the same in every run, and no other user of the store has it: two
    /// branches with one name take each other's effects for their own, and each of them loses some.
    pub fn new(store: D, consumer: impl Into<Arc<str>>) -> Self {
        Self { claims: Claims::new(store, consumer), concurrency: 16 }
    }

    /// With claims that another owner may take over after this time.
    ///
    /// It must exceed the longest write of a batch: what is still running then is done twice. A shorter lease gets the lane
    /// of a crashed process going again sooner. Nothing is begun once it is over: the inner sink gets it as its deadline.
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { claims: Claims { lease, ..self.claims }, ..self }
    }

    /// With completions that are kept for this time. It must exceed the time after which a record may still be delivered:
    /// 24 hours for the stream, and longer where dead letters are redriven later.
    pub fn with_retention(self, retention: Duration) -> Self {
        Self { claims: Claims { retention, ..self.claims }, ..self }
    }

    /// With another clock. All processes on one store need clocks that agree to within much less than the lease.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { claims: Claims { clock, ..self.claims }, ..self }
    }

    /// Up to so many calls of the store at once. 0 counts as 1. Claims of one order domain always come one after the other.
    pub fn with_concurrency(self, calls: usize) -> Self {
        Self { concurrency: calls.max(1), ..self }
    }

    /// With a fixed owner instead of a random one: for tests that are to be the same in every run. Two instances with one
    /// owner do the same effects at once.
    pub fn with_owner(self, owner: Owner) -> Self {
        Self { claims: Claims { owner, ..self.claims }, ..self }
    }
}

impl<S: Sink, D: DedupeStore> Layer<S> for DedupeLayer<D> {
    type Sink = Dedupe<S, D>;

    fn layer(self, inner: S) -> Dedupe<S, D> {
        Dedupe { inner, layer: self }
    }
}

/// A sink whose effects happen once; made by [`DedupeLayer`].
#[must_use]
pub struct Dedupe<S, D> {
    inner: S,
    layer: DedupeLayer<D>,
}

impl<S, D> Dedupe<S, D> {
    /// The inner sink.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner sink, without the layer.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

/// The positions of effects that an earlier one is the same as, with the position of that one.
fn twins(effects: &[EffectId]) -> HashMap<usize, usize> {
    let mut first = HashMap::with_capacity(effects.len());
    let named = effects.iter().enumerate().filter(|(_, id)| !id.event_id.is_empty());
    named
        .filter_map(|(at, id)| {
            let first = *first.entry(id).or_insert(at);
            (first != at).then_some((at, first))
        })
        .collect()
}

impl<S: Sink, D: DedupeStore> Dedupe<S, D> {
    /// Claims in the order of the batch, within each order domain one after the other, up to the first that is not granted.
    /// A Fatal error ends it for all.
    async fn claim(
        &self,
        batch: Batch<'_>,
        effects: &[EffectId],
        twins: &HashMap<usize, usize>,
        slots: &mut Slots<'_>,
        calls: &Calls,
    ) -> (Vec<Option<Claimed>>, Option<SinkError>) {
        let mut queue = Queue::new(self.order(), batch.records());
        let mut granted: Vec<_> = effects.iter().map(|_| None).collect();
        let mut running = FuturesUnordered::new();
        let mut stopped = None;
        loop {
            while running.len() < self.layer.concurrency && stopped.is_none() {
                let Some(at) = queue.begin() else { break };
                if twins.contains_key(&at) {
                    queue.settled(at);
                } else if batch.is_past_deadline() {
                    stopped = Some(SinkError::not_begun());
                } else {
                    let asked = self.layer.claims.claim(effects[at].clone(), calls);
                    running.push(async move { (at, asked.await) });
                }
            }
            let Some((at, asked)) = running.next().await else { return (granted, stopped) };
            match asked {
                Ok(asked) => {
                    queue.settled(at);
                    match asked {
                        Asked::Granted(claimed) => granted[at] = Some(claimed),
                        Asked::Done { .. } => slots.put(at, Outcome::Skipped(Reason::Duplicate)),
                    }
                }
                Err(error) => {
                    if error.class() == Class::Fatal {
                        stopped = Some(error.clone());
                    }
                    slots.put(at, error.into());
                }
            }
        }
    }

    /// Notes what is done, and gives the rest back.
    async fn settle(&self, granted: Vec<Option<Claimed>>, slots: &Slots<'_>, calls: &Calls) {
        let claims = &self.layer.claims;
        let granted = granted.into_iter().enumerate().filter_map(|(at, claimed)| Some((at, claimed?)));
        let settled = granted.map(|(at, claimed)| {
            // What is parked is still to be done.
            let is_done = matches!(slots.get(at), Some(Outcome::Applied | Outcome::Skipped(_)));
            async move {
                if is_done { claims.complete(claimed, None, calls).await } else { claims.release(claimed, calls).await }
            }
        });
        let settled: Vec<_> = settled.collect();
        stream::iter(settled).buffer_unordered(self.layer.concurrency).collect::<()>().await;
    }
}

#[async_trait]
impl<S: Sink, D: DedupeStore> Sink for Dedupe<S, D> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    /// Completing and giving back go on past the deadline: what is done has to be noted.
    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        // Nothing is claimed for what the inner sink is going to refuse.
        self.redelivery().admit(batch.lane())?;
        let lease_end = Instant::now().checked_add(self.layer.claims.lease);
        let deadline = batch.deadline().into_iter().chain(lease_end).min();
        let batch = batch.with_deadline(deadline);
        let mut slots = Slots::new(self.order(), batch);
        let calls = Calls::default();
        let effects = EffectId::of_all(&self.layer.claims.consumer, batch.records());
        let twins = twins(&effects);

        let (granted, stopped) = self.claim(batch.with_half_the_time(), &effects, &twins, &mut slots, &calls).await;
        // A store that is not there for claims will not be there for completions, so nothing that needs one is done.
        let is_fatal = stopped.as_ref().is_some_and(|error| error.class() == Class::Fatal);
        if granted.iter().any(Option::is_some) {
            if !is_fatal {
                let part = batch.select(|at, _| granted[at].is_some());
                slots.place(&part, self.inner.write(part.batch()).await);
            }
            self.settle(granted, &slots, &calls).await;
        }
        // Of each order domain the first of these is failed, and the report makes the others blocked by what came before.
        let left = stopped.unwrap_or_else(|| SinkError::transient("an earlier record is not settled"));

        for at in 0..batch.len() {
            if slots.get(at).is_some() {
                continue;
            }
            let outcome = match twins.get(&at).map(|&by| (by, slots.get(by))) {
                Some((_, Some(Outcome::Parked))) => Outcome::Parked,
                Some((_, Some(first))) if first.is_settled() => Outcome::Skipped(Reason::Duplicate),
                Some((by, _)) => Outcome::Blocked { by },
                None => left.clone().into(),
            };
            slots.put(at, outcome);
        }
        slots.add_cost(calls.cost());
        slots.finish()
    }
}

impl<S: fmt::Debug, D: fmt::Debug> fmt::Debug for Dedupe<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedupe").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}
