//! The lanes of one shard: which records wait for which, and what a batch takes.
//!
//! A batch takes what is buffered for its lane, so that small pages are joined without waiting, and a slow sink gets
//! larger batches. To cut batches where pages are cut lost: a page may hold one record.

use super::{
    Settings,
    buffer::Buffer,
    part::part,
    pause::{Pause, later},
};
use dynacdc_record::{ChangeRecord, StreamArn};
use dynacdc_sink::{Lane, ShardId, SubLane};
use std::{
    collections::{BTreeSet, VecDeque},
    num::NonZeroU16,
};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Lanes {
    of: NonZeroU16,
    lanes: Vec<Feed>,
    /// Those that have records and no write in flight.
    open: BTreeSet<u16>,
    flying: usize,
    failing: usize,
}

/// One lane.
#[derive(Debug)]
struct Feed {
    lane: Lane,
    /// The ordinals of its unsettled records; those of the write in flight are the first.
    queue: VecDeque<u64>,
    flying: usize,
    /// Since when the first record waits for more.
    since: Option<Instant>,
    pause: Pause,
}

/// What a batch may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) settings: &'a Settings,
    /// Nothing more will come until this is written.
    pub(super) hurry: bool,
}

impl Lanes {
    pub(super) fn new(stream: &StreamArn, shard: &ShardId, of: NonZeroU16) -> Self {
        let feed = |part| Feed {
            lane: lane(stream, shard, part, of),
            queue: VecDeque::new(),
            flying: 0,
            since: None,
            pause: Pause::of_delivery(),
        };
        let lanes = (0..of.get()).map(feed).collect();
        Self { of, lanes, open: BTreeSet::new(), flying: 0, failing: 0 }
    }

    pub(super) const fn of(&self) -> NonZeroU16 {
        self.of
    }

    pub(super) fn push(&mut self, record: ChangeRecord, bytes: usize, buffer: &mut Buffer, now: Instant) {
        let part = part(&record, self.of);
        let ordinal = buffer.push(record, bytes);
        let feed = &mut self.lanes[usize::from(part)];
        feed.queue.push_back(ordinal);
        feed.since.get_or_insert(now);
        if feed.flying == 0 {
            self.open.insert(part);
        }
    }

    /// The next batch that may be written now.
    pub(super) fn batch(
        &mut self,
        buffer: &Buffer,
        limits: Limits<'_>,
        now: Instant,
    ) -> Option<(Lane, Vec<ChangeRecord>)> {
        let ready = |part: &u16| {
            let feed = &self.lanes[usize::from(*part)];
            let (count, full) = feed.takes(buffer, limits.settings);
            let waited = || feed.lingers_until(limits).is_none_or(|until| until <= now);
            (count > 0 && feed.pause.is_over(now) && (full || waited())).then_some((*part, count))
        };
        let (part, count) = self.open.iter().find_map(ready)?;
        self.open.remove(&part);
        let feed = &mut self.lanes[usize::from(part)];
        feed.flying = count;
        feed.since = None;
        self.flying += 1;
        let records = feed.queue.iter().take(count).filter_map(|at| buffer.record(*at));
        let records: Vec<_> = records.map(|(record, _)| record.clone()).collect();
        Some((feed.lane.clone(), records))
    }

    /// When the next batch could be written though nothing comes.
    pub(super) fn wake_at(&self, buffer: &Buffer, limits: Limits<'_>, now: Instant) -> Option<Instant> {
        let times = self.open.iter().filter_map(|part| {
            let feed = &self.lanes[usize::from(*part)];
            let (count, full) = feed.takes(buffer, limits.settings);
            let linger = if full { None } else { feed.lingers_until(limits) };
            feed.pause.until().max(linger).filter(|_| count > 0)
        });
        times.filter(|at| *at > now).min()
    }

    /// The first `settled` records of the write in flight are settled. Gives the first that is not.
    pub(super) fn written(&mut self, part: u16, settled: usize, buffer: &mut Buffer) -> Option<u64> {
        let feed = self.lanes.get_mut(usize::from(part))?;
        let count = std::mem::take(&mut feed.flying);
        self.flying -= usize::from(count > 0);
        for ordinal in feed.queue.drain(..settled.min(count)) {
            buffer.settle(ordinal);
        }
        if settled > 0 {
            self.failing -= usize::from(feed.pause.is_failing());
            feed.pause.succeed();
        }
        if !feed.queue.is_empty() {
            self.open.insert(part);
        }
        feed.queue.front().copied().filter(|_| settled < count)
    }

    /// The write of this lane is to be tried again, after a while.
    pub(super) fn fail(&mut self, part: u16, now: Instant) -> Option<std::time::Duration> {
        let feed = self.lanes.get_mut(usize::from(part))?;
        self.failing += usize::from(!feed.pause.is_failing());
        Some(feed.pause.fail(now))
    }

    /// Whether records of this lane are in flight.
    pub(super) fn is_flying(&self, part: u16) -> bool {
        self.lanes.get(usize::from(part)).is_some_and(|feed| feed.flying > 0)
    }

    /// Whether a lane waits to try again.
    pub(super) const fn is_failing(&self) -> bool {
        self.failing > 0
    }
}

impl Feed {
    /// How many records a batch takes now, and whether there is no room for more.
    fn takes(&self, buffer: &Buffer, settings: &Settings) -> (usize, bool) {
        let (mut count, mut bytes) = (0, 0);
        let barrier = buffer.barrier().unwrap_or(u64::MAX);
        for ordinal in &self.queue {
            let size = buffer.record(*ordinal).map_or(0, |(_, bytes)| bytes);
            let fits = count < settings.batch_records && (count == 0 || bytes + size <= settings.batch_bytes);
            if !fits || *ordinal > barrier {
                return (count, true);
            }
            count += 1;
            bytes += size;
        }
        (count, count == settings.batch_records || bytes >= settings.batch_bytes || barrier < u64::MAX)
    }

    fn lingers_until(&self, limits: Limits<'_>) -> Option<Instant> {
        let since = self.since.filter(|_| !limits.hurry && !limits.settings.linger.is_zero())?;
        later(since, limits.settings.linger)
    }
}

/// The lane of a part.
pub(super) fn lane(stream: &StreamArn, shard: &ShardId, part: u16, of: NonZeroU16) -> Lane {
    // Parts count below their number.
    let part = SubLane::new(part, of.get()).unwrap_or_default();
    Lane::ordered_part(stream.clone(), shard.clone(), part)
}
