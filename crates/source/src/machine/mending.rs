//! What is done about a gap: first all that was read before it is settled, then the hook runs, then the new beginning is
//! saved, and only then is the shard read on or counts as finished.
//!
//! To read on while the new beginning is being saved lost: after a crash the gap is found again, and the hook would make
//! good once more what a sink of level Continued has gone past.

use super::{
    Call, Gap, GapCause, GapPolicy, Machine, Now, PollError, Settings, pause::Pause, reader::Reader, shard::Phase,
};
use dynacdc_sink::{Class, ShardId, SinkError};

#[derive(Debug)]
pub(super) struct Mending {
    pub(super) cause: GapCause,
    pub(super) stage: Stage,
    pub(super) pause: Pause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// What was read before is being settled.
    Settling,
    /// The hook is to be run.
    Due,
    /// The hook runs.
    Running,
    /// The new beginning is being saved.
    Saving,
}

impl Mending {
    pub(super) const fn new(cause: GapCause) -> Self {
        Self { cause, stage: Stage::Settling, pause: Pause::of_calls() }
    }
}

impl Reader {
    /// What is missing.
    pub(super) fn missing(&self, settings: &Settings, shard: &ShardId, cause: GapCause) -> Gap {
        Gap {
            stream: settings.stream.clone(),
            shard: Some(shard.clone()),
            position: self.settled,
            as_of: (cause != GapCause::Unseen).then_some(self.as_of),
            cause,
        }
    }
}

impl Machine {
    /// Records of a shard are gone.
    pub(super) fn gap(&mut self, id: &ShardId, cause: GapCause, now: Now) {
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        reader.lose_iterator();
        self.budget.leave(id);
        let gap = reader.missing(&self.settings, id, cause);
        self.totals.gaps += 1;
        tracing::error!(shard = %id, %gap, position = ?gap.position, as_of = ?gap.as_of, "records are gone");
        if matches!(self.settings.on_gap, GapPolicy::Fail) {
            return self.fail(PollError::Gap { gap: Box::new(gap), source: None }, now);
        }
        reader.gap = Some(Mending::new(cause));
        self.settled(id, now);
    }

    /// All that was read before a gap is settled.
    pub(super) fn gap_settled(&mut self, id: &ShardId, now: Now) {
        if matches!(self.settings.on_gap, GapPolicy::Resnapshot(_)) {
            self.gap_is(id, Stage::Due);
        } else {
            self.begin_behind_gap(id, now);
        }
    }

    pub(super) fn hook_panicked(&mut self, id: &ShardId) {
        self.gap_is(id, Stage::Due);
    }

    fn gap_is(&mut self, id: &ShardId, stage: Stage) {
        if let Some(mending) = self.shards.get_mut(id).and_then(|shard| shard.reader()).and_then(|it| it.gap.as_mut()) {
            mending.stage = stage;
        }
    }

    fn begin_behind_gap(&mut self, id: &ShardId, now: Now) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        let Phase::Reading(reader) = &mut shard.phase else { return };
        let Some(mending) = &mut reader.gap else { return };
        mending.stage = Stage::Saving;
        reader.ended = mending.cause == GapCause::Vanished;
        reader.restart(now);
        shard.saver.want_now(reader.checkpoint());
        self.gaps_passed += 1;
        let vanished = shard.reader().is_some_and(|reader| reader.ended);
        if vanished {
            self.search(id);
        }
        self.schedule.ready(id);
    }

    pub(super) fn mended(&mut self, id: &ShardId, result: Result<(), SinkError>, now: Now) {
        if !self.answers(&Call::Mend(id.clone()), id) {
            return;
        }
        self.gap_is(id, Stage::Due);
        let Err(error) = result else { return self.begin_behind_gap(id, now) };
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        let Some(mending) = &mut reader.gap else { return };
        if error.class() == Class::Transient {
            self.totals.errors += 1;
            let wait = mending.pause.fail(now.instant);
            tracing::warn!(shard = %id, ?wait, %error, "mending a gap is tried again");
            return;
        }
        let cause = mending.cause;
        let gap = Box::new(reader.missing(&self.settings, id, cause));
        self.fail(PollError::Gap { gap, source: Some(error) }, now);
    }
}
