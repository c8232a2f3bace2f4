//! The poller without I/O: for model tests, and for runtimes other than tokio's.

mod action;
mod error;
mod gap;
mod health;
mod input;
mod settings;

pub use action::{Action, Call};
pub use error::PollError;
pub use gap::{Gap, GapCause, GapHook, GapPolicy};
pub use health::{Polled, ShardHealth, ShardState, Totals};
pub use input::{Input, Written};
pub use settings::Settings;

use crate::Stored;
use chrono::{DateTime, Utc};
use dynacdc_sink::ShardId;
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
    totals: Totals,
}

impl Machine {
    /// A machine that goes on from what [`take_over`](crate::CheckpointStore::take_over) gave.
    pub fn new(settings: Settings, _stored: Stored, _now: Now) -> Self {
        Self { settings, totals: Totals::default() }
    }

    /// The next thing to do; none until there is another input, or [`wake_at`](Self::wake_at) has come.
    pub fn next(&mut self, _now: Now) -> Option<Action> {
        None
    }

    /// Takes in what has happened.
    pub fn handle(&mut self, _input: Input, _now: Now) {}

    /// When to ask [`next`](Self::next) again although nothing came.
    pub fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// The shards whose health changed since the last call; none where a shard is no longer known.
    pub fn take_changed_health(&mut self) -> Vec<(ShardId, Option<ShardHealth>)> {
        Vec::new()
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
