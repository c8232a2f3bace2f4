//! The position of one shard on its way to the store.
//!
//! One save is in flight, and the next one takes what is newest then: a slow store is asked less often, and nothing
//! waits for it but what must (children, a gap, the sub-lanes of a new shard). A queue of all positions lost, since only
//! the last one counts. The answer of a save may be lost though it took effect, so each try has a count of its own.

use super::{
    Settings,
    pause::{Pause, later},
    retention::REFRESH,
};
use crate::{Checkpoint, CheckpointError, Stamp, Tenure};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Saver {
    /// What the store is known to have.
    durable: Option<Checkpoint>,
    flying: Option<Flying>,
    wanted: Option<Checkpoint>,
    forgets: bool,
    /// Whether what is wanted is waited for.
    urgent: bool,
    count: u64,
    begun: Option<Instant>,
    pause: Pause,
}

#[derive(Debug)]
enum Flying {
    Save(Checkpoint),
    Forget,
}

/// What is to be asked of the store.
#[derive(Debug)]
pub(super) enum Keep {
    Save(Checkpoint, Stamp),
    Forget(Stamp),
}

impl Saver {
    pub(super) const fn new(durable: Option<Checkpoint>) -> Self {
        Self {
            durable,
            flying: None,
            wanted: None,
            forgets: false,
            urgent: false,
            count: 0,
            begun: None,
            pause: Pause::of_calls(),
        }
    }

    pub(super) const fn durable(&self) -> Option<&Checkpoint> {
        self.durable.as_ref()
    }

    /// Whether nothing was asked of the store since the machine began.
    pub(super) const fn is_as_found(&self) -> bool {
        self.count == 0
    }

    /// Whether a position is stored that is still right, or is about to be.
    pub(super) const fn is_kept(&self) -> bool {
        self.durable.is_some() && !self.forgets
    }

    pub(super) fn want(&mut self, checkpoint: Checkpoint) {
        self.wanted = Some(checkpoint);
    }

    /// As [`want`](Self::want), and not to be put off.
    pub(super) fn want_now(&mut self, checkpoint: Checkpoint) {
        self.want(checkpoint);
        self.urgent = true;
    }

    pub(super) const fn forget(&mut self) {
        self.forgets = true;
    }

    /// Whether the store is behind by so much that an unchanged position is to be saved for its time.
    pub(super) fn is_outdated(&self, as_of: DateTime<Utc>, at_first: DateTime<Utc>) -> bool {
        let newest = self.wanted.as_ref().or(match &self.flying {
            Some(Flying::Save(checkpoint)) => Some(checkpoint),
            _ => self.durable.as_ref(),
        });
        as_of - newest.map_or(at_first, |checkpoint| checkpoint.as_of) > REFRESH
    }

    fn due(&self, settings: &Settings) -> Option<Instant> {
        let spaced = self.begun.filter(|_| !self.urgent && !settings.save_every.is_zero());
        self.pause.until().max(spaced.and_then(|begun| later(begun, settings.save_every)))
    }

    /// The next call of the store.
    pub(super) fn next(&mut self, settings: &Settings, tenure: &Tenure, closing: bool, now: Instant) -> Option<Keep> {
        self.urgent |= closing;
        let is_idle = self.wanted.is_none() && (!self.forgets || closing);
        if self.flying.is_some() || is_idle || self.due(settings).is_some_and(|due| due > now) {
            return None;
        }
        self.count += 1;
        self.begun = Some(now);
        let stamp = tenure.stamp(self.count);
        if let Some(checkpoint) = self.wanted.take() {
            self.urgent = false;
            self.flying = Some(Flying::Save(checkpoint.clone()));
            return Some(Keep::Save(checkpoint, stamp));
        }
        self.flying = Some(Flying::Forget);
        Some(Keep::Forget(stamp))
    }

    pub(super) fn wake_at(&self, settings: &Settings) -> Option<Instant> {
        let waits = self.flying.is_none() && (self.wanted.is_some() || self.forgets);
        self.due(settings).filter(|_| waits)
    }

    /// Takes in an answer. An error that is transient is kept back, and the call made again.
    pub(super) fn answered(
        &mut self,
        result: Result<(), CheckpointError>,
        now: Instant,
    ) -> Result<(), CheckpointError> {
        let Some(flying) = self.flying.take() else { return Ok(()) };
        match result {
            Ok(()) => {
                self.pause.succeed();
                match flying {
                    Flying::Save(checkpoint) => self.durable = Some(checkpoint),
                    Flying::Forget => (self.durable, self.forgets) = (None, false),
                }
                Ok(())
            }
            Err(error) => {
                if let Flying::Save(checkpoint) = flying {
                    // What was put off for this call must not be put off again.
                    self.urgent |= self.wanted.is_none();
                    self.wanted.get_or_insert(checkpoint);
                }
                if !error.kind().is_transient() {
                    return Err(error);
                }
                let wait = self.pause.fail(now);
                tracing::warn!(?wait, %error, "storing a position is tried again");
                Ok(())
            }
        }
    }

    /// Gives up what is not stored.
    pub(super) fn give_up(&mut self) {
        self.flying = None;
        self.wanted = None;
        self.forgets = false;
    }

    pub(super) const fn is_flying(&self) -> bool {
        self.flying.is_some()
    }

    /// Whether everything that is to be saved is.
    pub(super) const fn is_saved(&self) -> bool {
        self.flying.is_none() && self.wanted.is_none()
    }

    pub(super) const fn is_failing(&self) -> bool {
        self.pause.is_failing()
    }
}
