//! A store that fails on demand, before or after the call has happened.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dynacdc_sink::{Claim, Class, DedupeStore, EffectId, Lease, MemoryDedupe, Owner, SinkError};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Claim,
    Complete,
    Release,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// The call does not reach the store.
    Before(Class),
    /// The answer gets lost.
    After(Class),
}

#[derive(Clone, Default)]
pub(crate) struct Faulty {
    pub(crate) store: MemoryDedupe,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    faults: VecDeque<(Call, Fault)>,
    /// In how many of 100 calls one fails, with the generator for it and the most failures in a row.
    random: Option<(u32, fastrand::Rng, u32)>,
    in_a_row: u32,
    calls: Vec<(Call, String)>,
    takes: Duration,
}

impl Faulty {
    /// The next calls of the kinds fail.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = (Call, Fault)>) {
        self.script.lock().unwrap().faults.extend(faults);
    }

    /// Calls fail at random, never more than `in_a_row` one after the other.
    pub(crate) fn fail_at_random(&self, percent: u32, seed: u64, in_a_row: u32) {
        self.script.lock().unwrap().random = Some((percent, fastrand::Rng::with_seed(seed), in_a_row));
    }

    /// Each call takes so long.
    pub(crate) fn takes(&self, time: Duration) {
        self.script.lock().unwrap().takes = time;
    }

    async fn wait(&self) {
        let takes = self.script.lock().unwrap().takes;
        if takes.is_zero() {
            return tokio::task::yield_now().await;
        }
        tokio::time::sleep(takes).await;
    }

    pub(crate) fn calls(&self) -> Vec<(Call, String)> {
        self.script.lock().unwrap().calls.clone()
    }

    pub(crate) fn count(&self, call: Call) -> usize {
        self.calls().iter().filter(|(of, _)| *of == call).count()
    }

    fn next(&self, call: Call, id: &EffectId) -> Option<Fault> {
        let mut script = self.script.lock().unwrap();
        script.calls.push((call, format!("{}.{}", id.event_id, id.part)));
        if let Some(at) = script.faults.iter().position(|(of, _)| *of == call) {
            return script.faults.remove(at).map(|(_, fault)| fault);
        }
        let in_a_row = script.in_a_row;
        let (percent, random, most) = script.random.as_mut()?;
        let fails = random.u32(0..100) < *percent && in_a_row < *most;
        let fault = if random.bool() { Fault::Before(Class::Transient) } else { Fault::After(Class::Transient) };
        script.in_a_row = if fails { in_a_row + 1 } else { 0 };
        fails.then_some(fault)
    }
}

fn failed(class: Class) -> SinkError {
    SinkError::new(class, "the store is away")
}

/// Runs the call unless it fails before; its answer may get lost.
macro_rules! faulted {
    ($self:ident, $call:expr, $id:expr, $run:expr) => {
        match $self.next($call, $id) {
            None => $run,
            Some(Fault::Before(class)) => Err(failed(class)),
            Some(Fault::After(class)) => $run.and(Err(failed(class))),
        }
    };
}

#[async_trait]
impl DedupeStore for Faulty {
    async fn claim(&self, id: &EffectId, lease: &Lease) -> Result<Claim, SinkError> {
        self.wait().await;
        faulted!(self, Call::Claim, id, self.store.claim(id, lease).await)
    }

    async fn complete(
        &self,
        id: &EffectId,
        owner: &Owner,
        result: Option<&str>,
        now: DateTime<Utc>,
        keep_until: DateTime<Utc>,
    ) -> Result<(), SinkError> {
        self.wait().await;
        faulted!(self, Call::Complete, id, self.store.complete(id, owner, result, now, keep_until).await)
    }

    async fn release(&self, id: &EffectId, owner: &Owner) -> Result<(), SinkError> {
        self.wait().await;
        faulted!(self, Call::Release, id, self.store.release(id, owner).await)
    }
}
