//! One shard: what is known of it, and what it does next.

use super::{
    Action, Call, GapPolicy, Now, Settings,
    budget::Budget,
    lanes::lane,
    mending::Stage,
    pause::Pause,
    reader::Reader,
    saver::{Keep, Saver},
    search::Search,
};
use crate::{Checkpoint, Position, Progress, Tenure};
use dynacdc_sink::ShardId;
use std::num::NonZeroU16;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Shard {
    pub(super) parent: Option<ShardId>,
    pub(super) closed: bool,
    /// The number of the last listing that had it.
    pub(super) seen: u64,
    /// The very first listing of the stream had it.
    pub(super) original: bool,
    /// It was closed then, and had children.
    pub(super) over: bool,
    /// It was stored when the machine began.
    pub(super) restored: bool,
    pub(super) phase: Phase,
    pub(super) saver: Saver,
    pub(super) search: Option<Search>,
}

#[derive(Debug)]
pub(super) enum Phase {
    /// Until its parent is finished, and that is saved, or is gone.
    Waiting,
    /// It is named as a parent and was never listed.
    Absent(Absent),
    /// It is read, or what was read is being settled and saved.
    Reading(Box<Reader>),
    /// It is not read, and that is being saved.
    Passing,
    /// It is over, and that is saved or follows from what is.
    Finished {
        /// It was not read, since reading began behind it.
        unread: bool,
    },
}

/// A parent that no listing has: it may be gone, or the listings lack it.
#[derive(Debug)]
pub(super) enum Absent {
    /// To be asked for.
    Asked { flying: bool, pause: Pause },
    /// The service has it. So many listings are awaited that tell its own parent, before it is read without.
    There { listings: u32 },
    /// The service does not have it.
    Gone,
}

/// What a shard needs to know to decide what it does next.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) settings: &'a Settings,
    pub(super) tenure: &'a Tenure,
    pub(super) budget: &'a mut Budget,
    pub(super) closing: bool,
    pub(super) now: Now,
}

impl Absent {
    pub(super) const fn asked() -> Self {
        Self::Asked { flying: false, pause: Pause::of_calls() }
    }
}

impl Shard {
    pub(super) const fn new(parent: Option<ShardId>, phase: Phase, durable: Option<Checkpoint>) -> Self {
        Self {
            parent,
            closed: false,
            seen: 0,
            original: false,
            over: false,
            restored: durable.is_some(),
            phase,
            saver: Saver::new(durable),
            search: None,
        }
    }

    pub(super) const fn reader(&mut self) -> Option<&mut Reader> {
        match &mut self.phase {
            Phase::Reading(reader) => Some(reader),
            _ => None,
        }
    }

    /// Whether nothing but time can have it vanish: it has not ended, and the last listing had it, or it was found since.
    pub(super) const fn is_open(&self, listing: u64) -> bool {
        !self.closed && self.seen > 0 && self.seen >= listing
    }

    /// Whether nothing is left to do for it.
    pub(super) const fn is_quiet(&self) -> bool {
        let is_over = matches!(self.phase, Phase::Finished { .. } | Phase::Absent(Absent::Gone));
        is_over && self.search.is_none() && self.saver.is_saved()
    }

    /// Whether records of it may still be read.
    pub(super) const fn is_unfinished(&self) -> bool {
        !matches!(self.phase, Phase::Finished { .. } | Phase::Absent(Absent::Gone))
    }

    /// The next action of this shard.
    pub(super) fn next(&mut self, id: &ShardId, scope: &mut Scope<'_>) -> Option<Action> {
        let Scope { settings, tenure, closing, now, .. } = *scope;
        match self.saver.next(settings, tenure, closing, now.instant) {
            Some(Keep::Save(checkpoint, stamp)) => return Some(Action::Save { shard: id.clone(), checkpoint, stamp }),
            Some(Keep::Forget(stamp)) => return Some(Action::Forget { shard: id.clone(), stamp }),
            None if closing => return None,
            None => {}
        }
        if let Some(action) = self.deliver(id, scope) {
            return Some(action);
        }
        if self.search.as_mut().is_some_and(|search| search.next(now.instant)) {
            return Some(Action::Children { of: id.clone() });
        }
        match &mut self.phase {
            Phase::Absent(Absent::Asked { flying, pause }) if !*flying && pause.is_over(now.instant) => {
                *flying = true;
                Some(Action::Iterator { shard: id.clone(), position: Position::TrimHorizon })
            }
            Phase::Reading(reader) => {
                let Some((action, latest)) = reader.read(id, settings, scope.budget, now) else {
                    // What waited for more to be read waits no longer where the budget is used up.
                    return self.deliver(id, scope);
                };
                if latest {
                    reader.as_of = now.time;
                    self.saver.want_now(reader.checkpoint());
                }
                Some(action)
            }
            _ => None,
        }
    }

    /// The next write, park, or run of a hook.
    fn deliver(&mut self, id: &ShardId, scope: &Scope<'_>) -> Option<Action> {
        let Scope { settings, now, .. } = *scope;
        let is_kept = self.saver.durable().is_some();
        let reader = self.reader()?;
        if reader.parking {
            return None;
        }
        if let Some(record) = reader.buffer.malformed() {
            let record = Box::new(record.clone());
            reader.parking = reader.park_pause.is_over(now.instant);
            let whole = || lane(&settings.stream, id, 0, NonZeroU16::MIN);
            return reader.parking.then(|| Action::Park { lane: whole(), record });
        }
        if let Some(mending) = &mut reader.gap
            && mending.stage == Stage::Due
            && mending.pause.is_over(now.instant)
            && matches!(settings.on_gap, GapPolicy::Resnapshot(_))
        {
            mending.stage = Stage::Running;
            let cause = mending.cause;
            return Some(Action::Mend { shard: id.clone(), gap: reader.missing(settings, id, cause) });
        }
        if !is_kept && reader.lanes.of() > NonZeroU16::MIN {
            return None;
        }
        let limits = reader.limits(settings, scope.budget.is_held_up(id));
        let (lane, records) = reader.lanes.batch(&reader.buffer, limits, now.instant)?;
        Some(Action::Write { lane, records })
    }

    /// When it may have something to do though nothing comes.
    pub(super) fn wake_at(&mut self, id: &ShardId, scope: &Scope<'_>) -> Option<Instant> {
        let Scope { settings, now, .. } = *scope;
        let mut times = vec![self.saver.wake_at(settings)];
        if !scope.closing {
            times.push(self.search.as_ref().and_then(Search::wake_at));
            match &mut self.phase {
                Phase::Absent(Absent::Asked { pause, .. }) => times.push(pause.until()),
                Phase::Reading(reader) => {
                    let limits = reader.limits(settings, scope.budget.is_held_up(id));
                    times.push(reader.read_at());
                    times.push(reader.park_pause.until());
                    times.push(reader.gap.as_ref().and_then(|mending| mending.pause.until()));
                    times.push(reader.lanes.wake_at(&reader.buffer, limits, now.instant));
                }
                _ => {}
            }
        }
        times.into_iter().flatten().filter(|at| *at > now.instant).min()
    }

    /// Whether the answer to this call is awaited.
    pub(super) fn awaits(&self, call: &Call) -> bool {
        let reader = match &self.phase {
            Phase::Reading(reader) => Some(reader),
            _ => None,
        };
        match call {
            Call::Save(_) | Call::Forget(_) => self.saver.is_flying(),
            Call::Park(_) => reader.is_some_and(|reader| reader.parking),
            Call::Mend(_) => {
                let stage = reader.and_then(|reader| reader.gap.as_ref()).map(|mending| mending.stage);
                stage == Some(Stage::Running)
            }
            _ => false,
        }
    }

    /// Whether its last position is that of a shard that is over.
    pub(super) fn is_stored_as_finished(&self) -> bool {
        self.saver.durable().is_some_and(|checkpoint| checkpoint.progress.is_finished())
    }

    /// The last record of it, as it is stored.
    pub(super) fn last(&self) -> Option<dynacdc_record::SequenceNumber> {
        match self.saver.durable()?.progress {
            Progress::Finished { last } => last,
            Progress::Begun { .. } | Progress::After(_) => None,
        }
    }
}
