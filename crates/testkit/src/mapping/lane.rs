//! One part of one shard: batch after batch, each settled or given up before the next.

use super::{
    DiscardCondition, Discarded, InvocationOutcome, Shared,
    batch::Unit,
    destination::Scene,
    invoke::{Caller, Tried},
    read::{Cut, cut},
    window::Window,
};
use crate::simulator::fnv;
use chrono::TimeDelta;
use dynacdc_sink::ShardId;
use serde_json::json;
use std::{collections::VecDeque, fmt::Display, time::Duration};
use tokio::time::Instant;

/// How often Lambda looks for records.
const LOOK: Duration = Duration::from_millis(250);
const MOST_WAIT: Duration = Duration::from_secs(60);
/// The stream keeps nothing longer.
const RETENTION: TimeDelta = TimeDelta::hours(24);

/// How far a part of a shard is.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) done: bool,
    pub(super) window: Option<Window>,
}

/// Where a part of a shard ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) shard: ShardId,
    pub(super) part: u16,
    pub(super) place: Place,
}

pub(super) struct Lane<'a, H> {
    shared: &'a Shared<'a>,
    handler: &'a H,
    shard: ShardId,
    part: u16,
    place: Place,
    dice: fastrand::Rng,
    /// Batches that succeeded and come once more, each behind the next one.
    strays: VecDeque<Unit>,
}

/// What is to be done next.
enum Next {
    Batch(Cut),
    /// The window is over and nothing more of it comes.
    EndWindow,
    /// Nothing is left, or the run was stopped.
    End,
}

impl<'a, H, F, R, E> Lane<'a, H>
where
    H: Fn(String) -> F,
    F: Future<Output = Result<R, E>>,
    R: AsRef<[u8]>,
    E: Display,
{
    pub(super) fn new(shared: &'a Shared<'a>, handler: &'a H, shard: ShardId, part: u16, place: Place) -> Self {
        let name = format!("{shard} {part} {}", place.at);
        let dice = fastrand::Rng::with_seed(shared.settings.seed ^ fnv(name.as_bytes()));
        Self { shared, handler, shard, part, place, dice, strays: VecDeque::new() }
    }

    pub(super) async fn run(mut self) -> End {
        loop {
            match self.next().await {
                Next::Batch(cut) => {
                    let next = cut.next;
                    if self.batch(cut).await {
                        self.place.at = next;
                    }
                }
                Next::EndWindow => self.end_window(false).await,
                Next::End => break,
            }
        }
        while let Some(stray) = self.strays.pop_front() {
            self.stray(stray).await;
        }
        End { shard: self.shard, part: self.part, place: self.place }
    }

    /// Waits for a batch: until it is full or the batching window is over.
    async fn next(&mut self) -> Next {
        let mut since = None;
        loop {
            if self.shared.is_stopped() {
                return Next::End;
            }
            let cut = cut(self.shared, &self.shard, self.part, &self.place);
            let now = self.shared.now();
            if cut.items.is_empty() {
                self.place.at = cut.next;
                self.note(&cut);
                if let Some(window) = &self.place.window {
                    if cut.ends_window || cut.ended || now >= window.end {
                        return Next::EndWindow;
                    }
                } else if cut.ended || self.shared.drain {
                    self.place.done = cut.ended;
                    return Next::End;
                }
                tokio::time::sleep(LOOK).await;
                continue;
            }
            let waited = since.get_or_insert_with(Instant::now).elapsed();
            let left = self.shared.settings.batching_window.saturating_sub(waited);
            if cut.full || left.is_zero() {
                return Next::Batch(cut);
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }

    fn note(&self, cut: &Cut) {
        let mut log = self.shared.log();
        log.filtered.extend(&cut.filtered);
        log.trimmed += cut.trimmed;
    }

    /// Settles or gives up every record of a batch. False if the run was stopped before.
    async fn batch(&mut self, cut: Cut) -> bool {
        self.note(&cut);
        if let (Some(length), Some(first)) = (self.shared.settings.window, cut.items.first()) {
            self.place.window.get_or_insert_with(|| Window::of(first.entry.at, length));
        }
        let stray = self.strays.pop_front();
        let mut left = VecDeque::from([Unit::new(cut.items, cut.ends_window)]);
        let mut wait = LOOK;
        while let Some(unit) = left.pop_front() {
            if self.shared.is_stopped() {
                self.place.at = unit.items.first().map_or(self.place.at, |item| item.at);
                return false;
            }
            let Some(unit) = self.without_old(unit) else { continue };
            match self.invoke(&unit).await {
                Tried::Reached(InvocationOutcome::Succeeded, state) => {
                    wait = LOOK;
                    self.settled(&unit);
                    if let Some(again) = self.again(&unit) {
                        again.into_iter().rev().for_each(|part| left.push_front(part));
                    } else {
                        self.keep(state, unit.last).await;
                    }
                }
                Tried::Reached(InvocationOutcome::FailedFrom(at @ 1..), state) => {
                    let mut rest = unit;
                    let done = rest.take_before(at);
                    self.settled(&done);
                    self.keep(state, false).await;
                    left.push_front(rest.anew());
                    wait = LOOK;
                    self.pause(&mut wait).await;
                }
                Tried::Reached(outcome, _) => {
                    let threw = matches!(outcome, InvocationOutcome::Threw | InvocationOutcome::TimedOut);
                    self.failed(unit, threw, &mut left);
                    self.pause(&mut wait).await;
                }
                Tried::Throttled => {
                    left.push_front(unit);
                    self.pause(&mut wait).await;
                }
            }
        }
        if let Some(stray) = stray {
            self.stray(stray).await;
        }
        true
    }

    /// Divides a batch that failed, tries it again, or gives it up.
    fn failed(&self, mut unit: Unit, threw: bool, left: &mut VecDeque<Unit>) {
        let settings = self.shared.settings;
        (unit.failures, unit.threw) = (unit.failures + 1, threw);
        if settings.bisect && threw && unit.items.len() > 1 {
            let first = unit.take_before(unit.items.len() / 2);
            left.push_front(unit.anew());
            left.push_front(first.anew());
        } else if settings.retries.is_some_and(|most| unit.failures > most) {
            self.discard(&unit, DiscardCondition::RetryAttemptsExhausted);
        } else {
            left.push_front(unit);
        }
    }

    /// Gives up the records that are too old, which stand in front.
    fn without_old(&self, mut unit: Unit) -> Option<Unit> {
        let most = self.shared.settings.record_age.and_then(|age| TimeDelta::from_std(age).ok());
        let old = unit.older(most.map_or(RETENTION, |age| age.min(RETENTION)), self.shared.now());
        if old > 0 {
            let old = unit.take_before(old);
            self.discard(&old, DiscardCondition::RecordAgeExceeded);
        }
        (!unit.items.is_empty()).then_some(unit)
    }

    fn discard(&self, unit: &Unit, condition: DiscardCondition) {
        let mut dice = self.dice.clone();
        let mut log = self.shared.log();
        // Ids that differ for each message and each run with another seed.
        let mut uuid = || {
            let (high, low) = (dice.u64(..), dice.u64(..) ^ log.discarded.len() as u64);
            format!(
                "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                high >> 32,
                high >> 16 & 0xffff,
                high & 0xfff,
                low >> 52,
                low & 0xffff_ffff_ffff
            )
        };
        let (request, object) = (uuid(), uuid());
        let scene = Scene {
            stream: self.shared.arn,
            shard: &self.shard,
            now: self.shared.now(),
            mapping: "00000000-0000-4000-8000-000000000000",
            request,
            object,
        };
        let event = self.shared.event(unit, &self.caller(false));
        let discarded = Discarded::new(unit, condition, event, &scene);
        log.discarded.push(discarded);
    }

    fn settled(&self, unit: &Unit) {
        if !unit.again {
            self.shared.log().settled.extend(unit.items.iter().filter_map(|item| item.entry.sequence));
        }
    }

    /// Whether a batch that succeeded comes again: at once in other cuts, or behind the next one.
    fn again(&mut self, unit: &Unit) -> Option<Vec<Unit>> {
        if unit.again || self.dice.f64() >= self.shared.settings.redeliveries {
            return None;
        }
        self.shared.log().redelivered += 1;
        let mut again = Unit { again: true, ..unit.clone().anew() };
        // The state of a window is stored with the position: one that was not stored is not there either.
        if self.place.window.is_none() && self.dice.bool() {
            self.strays.push_back(again);
            return None;
        }
        let first = again.take_before(self.dice.usize(0..again.items.len()));
        Some([first, again].into_iter().filter(|part| !part.items.is_empty()).collect())
    }

    async fn keep(&mut self, state: serde_json::Value, last: bool) {
        let Some(window) = &mut self.place.window else { return };
        window.state = state;
        if last {
            self.place.window = None;
        } else if window.is_too_large() {
            self.end_window(true).await;
        }
    }

    /// The last invocation of a window, without records. One that fails too often is given up with its state.
    async fn end_window(&mut self, early: bool) {
        let mut unit = Unit::new(Vec::new(), true);
        let (mut wait, settings) = (LOOK, self.shared.settings);
        let given_up = self.shared.now() + RETENTION;
        while !self.shared.is_stopped() && self.shared.now() < given_up {
            match self.invoke_as(&unit, Caller { early, ..self.caller(false) }).await {
                Tried::Reached(InvocationOutcome::Succeeded, _) => break,
                Tried::Reached(..) => unit.failures += 1,
                Tried::Throttled => {}
            }
            if settings.retries.is_some_and(|most| unit.failures > most) {
                break;
            }
            self.pause(&mut wait).await;
        }
        if self.shared.is_stopped() {
            return;
        }
        match &mut self.place.window {
            Some(window) if early => window.state = json!({}),
            window => *window = None,
        }
    }

    async fn stray(&mut self, unit: Unit) {
        let unit = Unit { last: false, ..unit };
        self.invoke_as(&unit, self.caller(true)).await;
    }

    const fn caller(&self, stray: bool) -> Caller<'_> {
        Caller { shard: &self.shard, part: self.part, window: self.place.window.as_ref(), early: false, stray }
    }

    async fn invoke(&mut self, unit: &Unit) -> Tried {
        let throttled = self.dice.f64() < self.shared.settings.throttles;
        self.shared.invoke(self.handler, unit, self.caller(false), throttled).await
    }

    async fn invoke_as(&self, unit: &Unit, caller: Caller<'_>) -> Tried {
        self.shared.invoke(self.handler, unit, caller, false).await
    }

    async fn pause(&self, wait: &mut Duration) {
        tokio::time::sleep(*wait).await;
        *wait = (*wait * 2).min(MOST_WAIT);
    }
}
