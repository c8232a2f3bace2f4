//! One life of a poller: the machine, what it has in flight, and what is known of its reading.

use crate::{control::Rigged, course::Course, course::OnGap};
use dynacdc_record::Malformed;
use dynacdc_sink::ShardId;
use dynacdc_sink::{Lane, SinkError};
use dynacdc_source::{
    Checkpoint, GapHook, GapPolicy, MalformedStore, OnMalformed, Progress, Stored,
    machine::{Action, Call, Gap, Input, Now, PollError, Polled, Settings},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU16,
    time::Duration,
};
use tokio::time::Instant;

pub(crate) const PAGE: usize = 1 << 20;

/// How far an action is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Nothing was done about it.
    Asked,
    /// It was done, and the answer is on its way.
    Answered(Box<Input>),
    /// It was done, and the answer will never be heard.
    Lost,
    /// It was answered without being done, as a wrong poller would do.
    Owed,
}

#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) call: Call,
    pub(crate) action: Action,
    pub(crate) stage: Stage,
}

/// What the poller was set to, as far as it is checked.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) batch_records: usize,
    pub(crate) batch_bytes: usize,
    pub(crate) budget: usize,
    pub(crate) sub_lanes: NonZeroU16,
    pub(crate) drain: Duration,
}

/// What one life knows of a shard.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The place of the first entry behind the stored position.
    pub(crate) start: usize,
    pub(crate) sub_lanes: NonZeroU16,
    /// The count of the last save.
    pub(crate) count: u64,
    /// How far the last save came: one more than the place, or the most of a finished one.
    pub(crate) rank: usize,
    pub(crate) as_of: Option<chrono::DateTime<chrono::Utc>>,
    pub(crate) has_iterator: bool,
    pub(crate) is_asked: bool,
    pub(crate) is_read: bool,
    pub(crate) is_finished: bool,
    /// Of each sub-lane, the place behind the last settled record.
    pub(crate) cursors: BTreeMap<u16, usize>,
    /// What was settled, and the poller knows it.
    pub(crate) settled: BTreeSet<usize>,
    /// What was read and is not settled.
    pub(crate) held: BTreeSet<usize>,
    /// The last entry that was read.
    pub(crate) last_read: Option<usize>,
    /// Whether a gap of it was gone over, after which reading may begin again at the oldest record.
    pub(crate) has_gap: bool,
}

/// One life.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) nth: u32,
    pub(crate) term: u64,
    pub(crate) machine: Rigged,
    pub(crate) limits: Limits,
    pub(crate) flights: Vec<Flight>,
    pub(crate) readings: BTreeMap<ShardId, Reading>,
    pub(crate) held_bytes: usize,
    /// The shards of the first complete listing: id, whether closed, parent.
    pub(crate) listing: Vec<dynacdc_source::Shard>,
    pub(crate) is_listed: bool,
    pub(crate) stopped: Option<Instant>,
    pub(crate) done: Option<Result<Polled, PollError>>,
    /// Of an old owner: whether it was told of the new one.
    pub(crate) is_superseded: bool,
    /// Whether its tasks may panic: a stop ends it in time only where none does.
    pub(crate) has_panicked: bool,
}

/// Stands for hooks and stores that the machine never calls itself.
#[derive(Debug)]
struct Unused;

#[async_trait::async_trait]
impl GapHook for Unused {
    async fn mend(&self, _gap: &Gap) -> Result<(), SinkError> {
        Err(SinkError::fatal("the machine does nothing itself"))
    }
}

#[async_trait::async_trait]
impl MalformedStore for Unused {
    async fn park(&self, _lane: &Lane, _record: &Malformed) -> Result<(), SinkError> {
        Err(SinkError::fatal("the machine does nothing itself"))
    }
}

impl Limits {
    pub(crate) fn drawn(course: &Course, dice: &mut fastrand::Rng) -> Self {
        let sub_lanes = if dice.bool() { 1 } else { dice.u16(1..=4) };
        Self {
            batch_records: [1, 3, 10, 1000][dice.usize(..4)],
            batch_bytes: if course.is_heavy { PAGE } else { [300, 4 * PAGE][dice.usize(..2)] },
            budget: if course.is_heavy { dice.usize(0..4) * PAGE } else { 64 * PAGE },
            sub_lanes: NonZeroU16::new(sub_lanes).unwrap_or(NonZeroU16::MIN),
            drain: Duration::from_secs([1, 30][dice.usize(..2)]),
        }
    }

    pub(crate) fn settings(
        &self,
        stream: dynacdc_record::StreamArn,
        dice: &mut fastrand::Rng,
        (on_gap, parks): (OnGap, bool),
        has_idle_days: bool,
    ) -> Settings {
        let idle = if has_idle_days { 2000 } else { [250, 2000][dice.usize(..2)] };
        let settings = Settings::new(stream)
            .with_batch_records(self.batch_records)
            .with_batch_bytes(self.batch_bytes)
            .with_byte_budget(self.budget)
            .with_sub_lanes(self.sub_lanes)
            .with_drain(self.drain)
            .with_idle(Duration::from_millis(idle))
            .with_discovery(Duration::from_secs([2, 10][dice.usize(..2)]))
            .with_linger(Duration::from_millis([0, 0, 500][dice.usize(..3)]))
            .with_save_every(Duration::from_millis([0, 0, 2000][dice.usize(..3)]))
            .with_on_malformed(if parks { OnMalformed::park(Unused) } else { OnMalformed::Stop })
            .with_on_gap(match on_gap {
                OnGap::Fail => GapPolicy::Fail,
                OnGap::Skip => GapPolicy::Skip,
                OnGap::Mend => GapPolicy::resnapshot(Unused),
            });
        if dice.bool() { settings.with_page_size(dice.u16(1..10)) } else { settings }
    }
}

impl Reading {
    pub(crate) const fn new(start: usize, sub_lanes: NonZeroU16) -> Self {
        Self {
            start,
            sub_lanes,
            count: 0,
            rank: 0,
            as_of: None,
            has_iterator: false,
            is_asked: false,
            is_read: false,
            is_finished: false,
            cursors: BTreeMap::new(),
            settled: BTreeSet::new(),
            held: BTreeSet::new(),
            last_read: None,
            has_gap: false,
        }
    }

    /// Of a stored position.
    pub(crate) fn stored(checkpoint: &Checkpoint, place: Option<usize>, entries: usize) -> Self {
        let (start, rank) = match checkpoint.progress {
            Progress::Begun { .. } => (0, 0),
            Progress::After(_) => place.map_or((0, 0), |place| (place + 1, place + 1)),
            Progress::Finished { .. } => (entries, usize::MAX),
        };
        let is_finished = checkpoint.progress.is_finished();
        let as_of = Some(checkpoint.as_of);
        Self { rank, is_finished, as_of, ..Self::new(start, checkpoint.sub_lanes) }
    }
}

impl Life {
    pub(crate) fn new(nth: u32, settings: Settings, limits: Limits, stored: Stored, now: Now, machine: Rigged) -> Self {
        let term = stored.tenure.term;
        Self {
            nth,
            term,
            machine: machine.begun(settings, stored, now),
            limits,
            flights: Vec::new(),
            readings: BTreeMap::new(),
            held_bytes: 0,
            listing: Vec::new(),
            is_listed: false,
            stopped: None,
            done: None,
            is_superseded: false,
            has_panicked: false,
        }
    }

    pub(crate) fn reading(&mut self, shard: &ShardId) -> &mut Reading {
        let sub_lanes = self.limits.sub_lanes;
        self.readings.entry(shard.clone()).or_insert_with(|| Reading::new(0, sub_lanes))
    }

    /// Bytes that are read and not settled, a page for each read in flight.
    pub(crate) fn bytes(&self) -> usize {
        let reads = self.flights.iter().filter(|flight| matches!(flight.action, Action::Records { .. })).count();
        reads * PAGE + self.held_bytes
    }
}
