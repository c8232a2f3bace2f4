//! How a machine ends: nothing new is begun, what is in flight is waited for, what is settled is saved.
//!
//! A call of the Streams API is not waited for: nothing depends on it, and it may hang. A stream that is disabled has
//! ended only when several things agree that nothing of it is unread, since each of them may lack a shard that is there:
//! all shards are finished and saved, the children of each leaf were looked for as often as is tried, and for a while
//! no complete listing had anything new. To end with the first listing of a disabled stream lost: it loses the tail.

use super::{
    Action, Call, Gap, GapCause, GapPolicy, Machine, Now, PollError, Polled,
    closing::Closing,
    pause::later,
    shard::{Absent, Phase, Shard},
};

impl Machine {
    /// Stops because of an error. The first one counts.
    pub(super) fn fail(&mut self, error: PollError, now: Now) {
        self.totals.errors += 1;
        self.close(Some(error), now);
    }

    /// Begins the end. What is in flight is given the same time by whatever comes first.
    pub(super) fn close(&mut self, error: Option<PollError>, now: Now) {
        let until = later(now.instant, self.settings.drain);
        let begins = self.closing.is_none();
        let closing = self.closing.get_or_insert(Closing { error: None, ended: false, until, superseded: false });
        closing.error = closing.error.take().or(error);
        if begins {
            for (id, shard) in &self.shards {
                if !shard.saver.is_saved() {
                    self.schedule.ready(id);
                } else {
                    self.schedule.wake(id, None);
                }
            }
        }
    }

    pub(super) fn stream_ended(&mut self, now: Now) {
        if self.may_have_ended_unseen() {
            let (stream, cause) = (self.settings.stream.clone(), GapCause::Unseen);
            let gap = Gap { stream, shard: None, position: None, as_of: None, cause };
            self.totals.gaps += 1;
            tracing::error!(%gap, "the stream has ended, and what came last in it may be gone");
            if !matches!(self.settings.on_gap, GapPolicy::Skip) {
                return self.fail(PollError::Gap { gap: Box::new(gap), source: None }, now);
            }
            self.gaps_passed += 1;
        }
        self.close(None, now);
        if let Some(closing) = &mut self.closing {
            closing.ended = true;
        }
    }

    /// Whether shards may have come and gone since somebody last read the stream: of a shard that was finished before,
    /// nobody can tell then whether it had children.
    fn may_have_ended_unseen(&self) -> bool {
        let mut restored = self.shards.iter().filter(|(_, shard)| shard.restored);
        self.long_pause && (self.shards.is_empty() || restored.any(|(id, _)| !self.children.contains_key(id)))
    }

    /// Whether nothing is left to do, as far as is known.
    pub(super) fn is_quiet(&self) -> bool {
        self.listing.number > 0 && self.shards.values().all(Shard::is_quiet)
    }

    /// The last action, when its time has come.
    pub(super) fn end(&mut self, now: Now) -> Option<Action> {
        let closing = self.closing.as_mut()?;
        let is_saved = |shard: &Shard| shard.saver.is_saved();
        let is_over = closing.until.is_some_and(|until| until <= now.instant)
            || self.busy == 0 && (closing.superseded || self.shards.values().all(is_saved));
        if !is_over {
            return None;
        }
        self.done = true;
        let polled = Polled {
            records: self.totals.records,
            finished_shards: self.totals.finished_shards,
            gaps: self.gaps_passed,
            ended: closing.ended,
        };
        Some(Action::Done(closing.error.take().map_or(Ok(polled), Err)))
    }

    /// The task of a call panicked. Nothing of what it was to do is known to be done.
    pub(super) fn panicked(&mut self, call: Call, now: Now) {
        match &call {
            Call::List => {
                if self.listing.is_flying() {
                    self.listing.abandoned();
                }
            }
            Call::Children(_) => {}
            Call::Iterator(id) | Call::Records(id) => self.read_panicked(id),
            Call::Write(lane) | Call::Park(lane) => {
                let Some(id) = lane.shard().cloned() else { return };
                let is_write = matches!(call, Call::Write(_));
                if is_write {
                    self.write_panicked(lane);
                } else if self.answers(&call, &id)
                    && let Some(reader) = self.shards.get_mut(&id).and_then(|shard| shard.reader())
                {
                    reader.parking = false;
                }
            }
            Call::Save(id) | Call::Forget(id) => {
                if self.answers(&call, id)
                    && let Some(shard) = self.shards.get_mut(id)
                {
                    shard.saver.give_up();
                }
            }
            Call::Mend(id) => {
                if self.answers(&call, id) {
                    self.hook_panicked(id);
                }
            }
        }
        self.fail(PollError::Panicked { call }, now);
    }

    fn read_panicked(&mut self, id: &dynacdc_sink::ShardId) {
        match self.shards.get_mut(id).map(|shard| &mut shard.phase) {
            Some(Phase::Reading(reader)) => reader.call = None,
            Some(Phase::Absent(Absent::Asked { flying, .. })) => *flying = false,
            _ => {}
        }
    }

    fn write_panicked(&mut self, lane: &dynacdc_sink::Lane) {
        let dynacdc_sink::Lane::Ordered { shard, part, .. } = lane else { return };
        let Some(reader) = self.shards.get_mut(shard).and_then(|shard| shard.reader()) else { return };
        if reader.lanes.is_flying(part.part()) {
            reader.lanes.written(part.part(), 0, &mut reader.buffer);
            self.busy -= 1;
        }
    }
}
