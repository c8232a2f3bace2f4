//! Ways to deduplicate that go wrong, each by one thing, and the right one beside them.

use crate::{outside::mail, stores::Faulty};
use async_trait::async_trait;
use chrono::{TimeDelta, Utc};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{
    Batch, BoxSink, Claim, DedupeStore, EffectId, Lease, Order, OrderRule, Outcome, Owner, Reason, Report, Sink,
    SinkError,
};
use std::{collections::HashSet, sync::Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Right, one record at a time: so that what fails below fails for its one reason.
    Plain,
    CompleteOnce,
    MarkFirst,
    /// Keeps what is done in memory, and claims nothing.
    InMemory,
    WithoutPart,
}

pub(crate) struct Homemade {
    way: Way,
    store: Faulty,
    owner: Owner,
    seen: Mutex<HashSet<String>>,
    inner: BoxSink,
}

impl Homemade {
    pub(crate) fn new(way: Way, store: Faulty, owner: &str, inner: BoxSink) -> Self {
        Self { way, store, owner: Owner(owner.into()), seen: Mutex::default(), inner }
    }

    async fn inner(&self, batch: Batch<'_>, at: usize) -> Outcome {
        let part = batch.slice(at..at + 1);
        Report::settle(part.batch(), self.inner.write(part.batch()).await).outcomes()[0].clone()
    }

    async fn complete(&self, id: &EffectId) -> Result<(), SinkError> {
        let now = Utc::now();
        self.store.complete(id, &self.owner, None, now, now + TimeDelta::days(2)).await
    }

    async fn one(&self, batch: Batch<'_>, at: usize) -> Result<Outcome, SinkError> {
        let record: &ChangeRecord = &batch.records()[at];
        if self.way == Way::InMemory {
            if self.seen.lock().unwrap().contains(&mail(record)) {
                return Ok(Outcome::Skipped(Reason::Duplicate));
            }
            let outcome = self.inner(batch, at).await;
            if outcome.is_settled() {
                self.seen.lock().unwrap().insert(mail(record));
            }
            return Ok(outcome);
        }
        let mut id = EffectId::of(&"mail".into(), record);
        if self.way == Way::WithoutPart {
            id.part = 0;
        }
        let now = Utc::now();
        let lease = Lease { owner: self.owner.clone(), now, until: now + TimeDelta::days(1) };
        match self.store.claim(&id, &lease).await? {
            Claim::Done { .. } => return Ok(Outcome::Skipped(Reason::Duplicate)),
            Claim::Busy { .. } => return Err(SinkError::transient("busy")),
            Claim::Granted => {}
        }
        if self.way == Way::MarkFirst {
            while self.complete(&id).await.is_err() {}
            return Ok(self.inner(batch, at).await);
        }
        let outcome = self.inner(batch, at).await;
        if !outcome.is_settled() {
            while self.store.release(&id, &self.owner).await.is_err() {}
            return Ok(outcome);
        }
        while self.complete(&id).await.is_err() && self.way != Way::CompleteOnce {}
        Ok(outcome)
    }
}

#[async_trait]
impl Sink for Homemade {
    fn name(&self) -> &str {
        "homemade"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut rule = OrderRule::new(Order::Key, batch);
        let mut outcomes: Vec<Outcome> = Vec::new();
        for at in 0..batch.len() {
            outcomes.push(match rule.blocker(at) {
                Some(by) => Outcome::Blocked { by },
                None => self.one(batch, at).await.unwrap_or_else(Outcome::Failed),
            });
            if !outcomes[at].is_settled() {
                rule.unsettled(at);
            }
        }
        Report::new(Order::Key, batch, outcomes, Default::default())
    }
}
