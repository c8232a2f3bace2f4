//! The poller without I/O: for model tests, and for runtimes other than tokio's.
//!
//! A [`Machine`] is told what has happened ([`Input`]) and says what is to be done next ([`Action`]). It does nothing
//! itself, keeps no clock and waits for nothing: the same inputs at the same times give the same actions, apart from
//! jitter, which follows `fastrand::seed`. Tasks that each look after one shard lost: what goes wrong between shards (a
//! listing that is answered while a parent ends) cannot be played again there.
//!
//! A machine may be dropped at any time, with any of its actions done, half-done, or done and not answered. The next one
//! begins from what is stored, and the store is never ahead of what is settled.

mod action;
mod budget;
mod buffer;
mod closing;
mod cursor;
mod delivery;
mod ending;
mod error;
mod gap;
mod health;
mod input;
mod lanes;
mod lineage;
mod listing;
mod mending;
mod part;
mod pause;
mod reader;
mod reading;
mod retention;
mod saver;
mod schedule;
mod search;
mod settings;
mod shard;
mod size;
mod start;
mod vitals;

pub use action::{Action, Call};
pub use error::PollError;
pub use gap::{Gap, GapCause, GapHook, GapPolicy};
pub use health::{Polled, ShardHealth, ShardState, Totals};
pub use input::{Input, Written};
pub use settings::Settings;

use crate::{Beginning, Stored, Tenure};
use budget::Budget;
use chrono::{DateTime, Utc};
use closing::Closing;
use dynacdc_sink::ShardId;
use listing::Listing;
use schedule::Schedule;
use shard::{Phase, Scope, Shard};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// The present, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For waiting times.
    pub instant: Instant,
    /// For what is compared with times that others wrote.
    pub time: DateTime<Utc>,
}

/// Decides what a poller does next. It does nothing itself.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    tenure: Tenure,
    beginning: Beginning,
    /// Nobody read this stream before.
    first_run: bool,
    /// Nothing was read for longer than the stream keeps records.
    long_pause: bool,
    /// The newest time up to which a shard is stored as settled, or the beginning.
    newest_stored: DateTime<Utc>,
    shards: BTreeMap<ShardId, Shard>,
    /// Those that were forgotten, and when. A listing may have them once more.
    forgotten: BTreeMap<ShardId, Instant>,
    /// Who names whom as parent.
    children: BTreeMap<ShardId, BTreeSet<ShardId>>,
    listing: Listing,
    budget: Budget,
    schedule: Schedule,
    totals: Totals,
    gaps_passed: u64,
    changed: BTreeSet<ShardId>,
    /// Writes, parks, saves, forgettings and hooks in flight: what is waited for in the end.
    busy: usize,
    closing: Option<Closing>,
    done: bool,
}

impl Machine {
    /// A machine that goes on from what [`take_over`](crate::CheckpointStore::take_over) gave.
    ///
    /// With [`Start::Latest`](crate::Start::Latest) a stream begins behind its newest records only in the first
    /// [term](Tenure::term), which is 1.
    pub fn new(settings: Settings, stored: Stored, now: Now) -> Self {
        let Stored { tenure, beginning, checkpoints } = stored;
        let newest = checkpoints.iter().map(|(_, checkpoint)| checkpoint.as_of).max();
        let restored = checkpoints.into_iter().map(|(id, checkpoint)| {
            let over = checkpoint.progress.is_finished();
            let phase = if over { Phase::Finished { unread: false } } else { Phase::Waiting };
            (id, Shard::new(None, phase, Some(checkpoint)))
        });
        Self {
            first_run: tenure.term <= 1 && newest.is_none(),
            long_pause: tenure.term > 1 && !retention::is_kept(newest.unwrap_or(beginning.at), now.time),
            newest_stored: newest.map_or(beginning.at, |newest| newest.max(beginning.at)),
            budget: Budget::new(settings.byte_budget),
            listing: Listing::new(now.instant),
            settings,
            tenure,
            beginning,
            shards: restored.collect(),
            forgotten: BTreeMap::new(),
            children: BTreeMap::new(),
            schedule: Schedule::default(),
            totals: Totals::default(),
            gaps_passed: 0,
            changed: BTreeSet::new(),
            busy: 0,
            closing: None,
            done: false,
        }
    }

    /// The next thing to do; none until there is another input, or [`wake_at`](Self::wake_at) has come. Each is given
    /// once.
    pub fn next(&mut self, now: Now) -> Option<Action> {
        if self.done {
            return None;
        }
        if self.closing.is_none() && self.listing.is_due(now.instant) {
            let quiet = self.is_quiet();
            return Some(self.listing.next(quiet, now.instant));
        }
        let superseded = self.closing.as_ref().is_some_and(|closing| closing.superseded);
        while let Some(id) = self.schedule.next(now.instant).filter(|_| !superseded) {
            let Some(shard) = self.shards.get_mut(&id) else { continue };
            let mut scope = Scope {
                settings: &self.settings,
                tenure: &self.tenure,
                budget: &mut self.budget,
                closing: self.closing.is_some(),
                now,
            };
            self.changed.insert(id.clone());
            if let Some(action) = shard.next(&id, &mut scope) {
                self.schedule.ready(&id);
                let is_waited_for = !matches!(
                    action,
                    Action::List { .. } | Action::Children { .. } | Action::Iterator { .. } | Action::Records { .. }
                );
                self.busy += usize::from(is_waited_for);
                if matches!(action, Action::Records { .. }) {
                    self.give_turn();
                }
                return Some(action);
            }
            let wake_at = shard.wake_at(&id, &scope);
            self.schedule.wake(&id, wake_at);
        }
        self.end(now)
    }

    /// Takes in what has happened. What answers nothing in flight is passed over.
    pub fn handle(&mut self, input: Input, now: Now) {
        if self.done {
            return;
        }
        match input {
            Input::Listed(page) => self.listed(page, now),
            Input::Children { of, found } => self.children(&of, found, now),
            Input::Iterator { shard, found } => self.iterator(&shard, found, now),
            Input::Records { shard, page } => self.records(&shard, page, now),
            Input::Written { lane, written } => self.written(&lane, written, now),
            Input::Parked { lane, result } => self.parked(&lane, result, now),
            Input::Saved { shard, result } => self.saved(&shard, result, now),
            Input::Forgotten { shard, result } => self.forgotten(&shard, result, now),
            Input::Mended { shard, result } => self.mended(&shard, result, now),
            Input::Panicked { call } => self.panicked(call, now),
            Input::Stop => self.close(None, now),
        }
    }

    /// When to ask [`next`](Self::next) again although nothing came.
    pub fn wake_at(&self) -> Option<Instant> {
        if self.done {
            return None;
        }
        let other = match &self.closing {
            Some(closing) => closing.until,
            None => self.listing.wake_at(),
        };
        [other, self.schedule.wake_at()].into_iter().flatten().min()
    }

    /// The shards whose health may have changed since the last call; none where a shard is no longer known.
    pub fn take_changed_health(&mut self) -> Vec<(ShardId, Option<ShardHealth>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|id| (id.clone(), self.health_of(&id))).collect()
    }

    /// What happened so far.
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// As it was set up.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}
