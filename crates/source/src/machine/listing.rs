//! Listing the shards of a stream.
//!
//! A part of a listing is never used: a parent counts as gone when it is not there. What a complete one lacks is not
//! gone either, for the service forgets shards now and then and remembers them later.

use super::{
    Action, Settings,
    pause::{Pause, later},
};
use crate::{Shard, ShardPage, StreamStatus};
use dynacdc_sink::ShardId;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

/// The least time between two listings.
const APART: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Listing {
    flying: bool,
    /// Whether pages of a listing are here and more are to come.
    open: bool,
    shards: Vec<Shard>,
    cursor: Option<ShardId>,
    followed: BTreeSet<ShardId>,
    pause: Pause,
    due: Option<Instant>,
    /// Another one was asked for while one was under way.
    again: bool,
    /// How many are complete.
    pub(super) number: u64,
    /// By the last one.
    pub(super) status: Option<StreamStatus>,
    /// Since which listing on nothing was left to do when it began.
    quiet_since: Option<Instant>,
    last: Option<Instant>,
}

/// All shards of a stream.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) status: StreamStatus,
    pub(super) shards: Vec<Shard>,
    /// How long nothing was left to do before each listing up to this one; none if there was when it began.
    pub(super) quiet: Option<Duration>,
}

impl Listing {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            flying: false,
            open: false,
            shards: Vec::new(),
            cursor: None,
            followed: BTreeSet::new(),
            pause: Pause::of_calls(),
            due: Some(now),
            again: false,
            number: 0,
            status: None,
            quiet_since: None,
            last: None,
        }
    }

    /// Whether the next page is to be asked for.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let begins = self.open || self.due.is_some_and(|due| due <= now);
        !self.flying && begins && self.pause.is_over(now)
    }

    /// Asks for it. `quiet` is whether nothing is left to do.
    pub(super) fn next(&mut self, quiet: bool, now: Instant) -> Action {
        if !self.open {
            self.open = true;
            self.again = false;
            self.due = None;
            self.shards.clear();
            self.followed.clear();
            self.cursor = None;
            self.quiet_since = if quiet { self.quiet_since.or(Some(now)) } else { None };
        }
        self.flying = true;
        Action::List { after: self.cursor.clone() }
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        let due = if self.open { None } else { self.due };
        self.pause.until().max(due).filter(|_| !self.flying && (self.open || self.due.is_some()))
    }

    /// Has shards listed soon, by a listing that begins from now on.
    pub(super) fn request(&mut self, settings: &Settings, now: Instant) {
        self.again |= self.open;
        let soon = self.last.and_then(|last| later(last, APART.min(settings.discovery)));
        let soon = soon.unwrap_or(now).max(now);
        self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
    }

    /// The same, where the stream has ended but for what is left to do.
    pub(super) fn request_if_ending(&mut self, settings: &Settings, now: Instant) {
        if matches!(self.status, Some(StreamStatus::Disabling | StreamStatus::Disabled)) {
            self.request(settings, now);
        }
    }

    /// The number of the listing that a shard counts as seen by which is found now. One that is under way may have begun
    /// before the shard did, and says nothing if it lacks it.
    pub(super) fn sight(&self) -> u64 {
        self.number + u64::from(self.open)
    }

    pub(super) const fn is_flying(&self) -> bool {
        self.flying
    }

    /// Takes in a page. Gives the listing when it is complete.
    pub(super) fn listed(&mut self, page: ShardPage, settings: &Settings, now: Instant) -> Option<Complete> {
        self.flying = false;
        self.pause.succeed();
        self.shards.extend(page.shards);
        match page.more_after {
            // Some servers repeat themselves. What is behind a cursor that was followed before is known.
            Some(next) if self.followed.insert(next.clone()) => {
                self.cursor = Some(next);
                None
            }
            _ => Some(self.complete(page.status, settings, now)),
        }
    }

    /// The stream is gone: nothing is listed any more.
    pub(super) fn gone(&mut self, settings: &Settings, now: Instant) -> Complete {
        self.flying = false;
        self.pause.succeed();
        self.shards.clear();
        self.complete(StreamStatus::Disabled, settings, now)
    }

    fn complete(&mut self, status: StreamStatus, settings: &Settings, now: Instant) -> Complete {
        self.open = false;
        self.number += 1;
        self.status = Some(status);
        self.last = Some(now);
        let regular = later(now, settings.discovery);
        let asked = self.due.filter(|_| self.again).map(|due| due.max(now));
        let ending = self.quiet_since.filter(|_| status == StreamStatus::Disabled);
        let ending = ending.and_then(|since| later(since, settings.quiet)).filter(|at| *at > now);
        self.due = [regular, asked, ending].into_iter().flatten().min();
        let quiet = self.quiet_since.map(|since| now - since);
        Complete { status, shards: std::mem::take(&mut self.shards), quiet }
    }

    /// What was found shows that something is left to do.
    pub(super) const fn disturbed(&mut self) {
        self.quiet_since = None;
    }

    /// The page failed and is asked for again, or the listing begins anew.
    pub(super) fn failed(&mut self, anew: bool, now: Instant) -> Duration {
        self.flying = false;
        if anew {
            self.open = false;
            self.due = Some(now);
        }
        self.pause.fail(now)
    }

    pub(super) const fn abandoned(&mut self) {
        self.flying = false;
    }
}
