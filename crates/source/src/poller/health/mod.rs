//! How a poller is doing, for whoever asks from beside it.

mod readiness;
mod report;

pub use readiness::Readiness;
pub use report::{HealthReport, Phase, ShardReport};

use crate::{
    ShardHealth, ShardState, StreamsErrorKind,
    machine::{Action, Input, Totals},
};
use chrono::{DateTime, Utc};
use dynacdc_record::StreamArn;
use dynacdc_sink::{Clock, ShardId};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// A handle on how a [`Poller`](super::Poller) is doing. Clones are cheap and tell of the same poller, from before it runs
/// until after it has ended.
///
/// What it tells was true when the poller last got to anything; [`readiness`](Self::readiness) compares the times at which
/// that was with the clock, so that a poller that hangs is told from one that has nothing to do.
#[derive(Clone)]
pub struct Health {
    state: Arc<Mutex<State>>,
    clock: Clock,
    discovery: Duration,
}

struct State {
    stream: StreamArn,
    phase: Phase,
    shards: BTreeMap<ShardId, Shard>,
    /// Since when a position of a shard is being saved, tried again or not.
    saves: BTreeMap<ShardId, Instant>,
    /// Shards without an iterator that was asked for.
    sought: BTreeSet<ShardId>,
    sums: Sums,
    /// Of the stream that is being read.
    totals: Totals,
    /// Of the streams before it.
    before: Totals,
}

struct Shard {
    health: ShardHealth,
    /// Whether the page that was read last was empty.
    is_at_tip: bool,
}

/// What is true of all shards together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub(super) by_state: BTreeMap<ShardState, usize>,
    pub(super) unsettled_records: usize,
    pub(super) unsettled_bytes: usize,
}

/// The poller runs while this lives.
pub(super) struct Running(Health);

impl Health {
    pub(super) fn new(stream: StreamArn, clock: Clock, discovery: Duration) -> Self {
        let state = State {
            stream,
            phase: Phase::New,
            shards: BTreeMap::new(),
            saves: BTreeMap::new(),
            sought: BTreeSet::new(),
            sums: Sums::default(),
            totals: Totals::default(),
            before: Totals::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock, discovery }
    }

    /// How the poller and each of its shards are doing.
    pub fn report(&self) -> HealthReport {
        let (now, time) = (Instant::now(), self.clock.now());
        let state = self.state();
        let shards = state.shards.iter().map(|(id, shard)| ShardReport {
            id: id.clone(),
            record_age: shard.record_age(time),
            polled_ago: shard.health.polled.map(|polled| now.saturating_duration_since(polled)),
            unsaved_for: state.saves.get(id).map(|since| now.saturating_duration_since(*since)),
            health: shard.health.clone(),
        });
        HealthReport {
            stream: state.stream.clone(),
            phase: state.phase,
            shards: shards.collect(),
            totals: state.totals.and(state.before),
        }
    }

    /// Whether the poller reads: it has listed the shards and has an iterator of each that is to be read at once, it lists
    /// them as often as it should, each shard that is to be read was read with success within `max_age`, and no position is
    /// on its way to the store for longer.
    ///
    /// An idle shard is read four times a second unless set otherwise, a throttled one at least every ten seconds; so a
    /// minute is a good age. A shard that is not read because its sink does not get on counts as one that is not.
    pub fn readiness(&self, max_age: Duration) -> Readiness {
        readiness::of(&self.report(), max_age, self.discovery)
    }

    pub(super) fn running(&self) -> Running {
        Running(self.clone())
    }

    /// A stream is about to be read.
    pub(super) fn begin(&self, stream: &StreamArn) {
        let mut state = self.state();
        state.stream = stream.clone();
        state.phase = Phase::Starting;
        state.shards.clear();
        state.saves.clear();
        state.sought.clear();
        state.sums = Sums::default();
        state.before = state.totals.and(state.before);
        state.totals = Totals::default();
    }

    pub(super) fn between_streams(&self) {
        self.state().phase = Phase::Between;
    }

    /// The streams of the table were listed.
    pub(super) fn listed(&self) {
        self.state().totals.listed = Some(Instant::now());
    }

    /// A gap was found between two streams.
    pub(super) fn gap(&self) {
        self.state().totals.gaps += 1;
    }

    /// The hook of that gap runs.
    pub(super) fn mends(&self) {
        self.state().phase = Phase::Mending;
    }

    /// A call is about to be made.
    pub(super) fn asked(&self, action: &Action) {
        match action {
            Action::Save { shard, .. } => {
                self.state().saves.entry(shard.clone()).or_insert_with(Instant::now);
            }
            Action::Iterator { shard, .. } => {
                self.state().sought.insert(shard.clone());
            }
            _ => {}
        }
    }

    pub(super) fn answered(&self, input: &Input) {
        let mut state = self.state();
        match input {
            Input::Records { shard, page: Ok(page) } => {
                if let Some(shard) = state.shards.get_mut(shard) {
                    shard.is_at_tip = page.records.is_empty();
                }
            }
            // A shard that is not there is not waited for.
            Input::Iterator { shard, found }
                if found.as_ref().err().is_none_or(|error| error.kind() == StreamsErrorKind::NotFound) =>
            {
                state.sought.remove(shard);
            }
            Input::Saved { shard, result: Ok(()) } => {
                state.saves.remove(shard);
            }
            _ => {}
        }
    }

    /// Takes in what changed, and gives what is true of all shards if anything did.
    pub(super) fn update(&self, changed: Vec<(ShardId, Option<ShardHealth>)>, totals: Totals) -> Option<Sums> {
        let mut state = self.state();
        let state = &mut *state;
        state.totals = totals;
        let sums = state.take_in(changed);
        // What is said once stays: a child that is found later is read from its beginning.
        if state.phase == Phase::Starting && state.has_begun() {
            state.phase = Phase::Reading;
        }
        sums
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_in(&mut self, changed: Vec<(ShardId, Option<ShardHealth>)>) -> Option<Sums> {
        if changed.is_empty() {
            return None;
        }
        for (id, health) in changed {
            if let Some(shard) = self.shards.get(&id) {
                self.sums.leave(&shard.health);
            }
            match health {
                Some(health) => {
                    self.sums.enter(&health);
                    let is_at_tip = self.shards.get(&id).is_some_and(|shard| shard.is_at_tip);
                    self.shards.insert(id, Shard { health, is_at_tip });
                }
                None => {
                    self.shards.remove(&id);
                }
            }
        }
        Some(self.sums.clone())
    }

    /// Whether the shards are listed, and each that is to be read at once has a place in it. Until then what is written may
    /// lie before "the latest record".
    fn has_begun(&self) -> bool {
        let state_of = |id| self.shards.get(id).map(|shard| shard.health.state);
        // The children of one that is passed over begin when that is saved, and one in a gap where the policy says.
        let passing = |id| state_of(id) == Some(ShardState::Finished);
        let is_gap = |id| state_of(id) == Some(ShardState::Gap);
        self.totals.listed.is_some() && self.sought.iter().all(is_gap) && !self.saves.keys().any(passing)
    }
}

impl Shard {
    fn record_age(&self, now: DateTime<Utc>) -> Option<Duration> {
        let health = &self.health;
        let has_all = self.is_at_tip || health.state == ShardState::Finished;
        if has_all && health.unsettled_records == 0 {
            return Some(Duration::ZERO);
        }
        // Where nothing is unsettled there is more to read, made after what is settled.
        let made = health.oldest_unsettled.or(health.as_of)?;
        Some(now.signed_duration_since(made).to_std().unwrap_or_default())
    }
}

impl Sums {
    fn enter(&mut self, health: &ShardHealth) {
        *self.by_state.entry(health.state).or_default() += 1;
        self.unsettled_records += health.unsettled_records;
        self.unsettled_bytes += health.unsettled_bytes;
    }

    fn leave(&mut self, health: &ShardHealth) {
        if let Some(count) = self.by_state.get_mut(&health.state) {
            *count = count.saturating_sub(1);
        }
        self.unsettled_records = self.unsettled_records.saturating_sub(health.unsettled_records);
        self.unsettled_bytes = self.unsettled_bytes.saturating_sub(health.unsettled_bytes);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.state().phase = Phase::Ended;
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Health").field(&self.report()).finish()
    }
}
