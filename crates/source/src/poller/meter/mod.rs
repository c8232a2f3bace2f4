//! Metrics of a poller.

pub mod names;

use super::{Health, health::Sums};
use crate::{
    ShardState,
    machine::{Input, Totals},
};
use dynacdc_sink::ShardId;
use metrics::{Counter, Gauge, SharedString, Unit, counter, describe_counter, describe_gauge, gauge};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// How often ages and times are set.
const INTERVAL: Duration = Duration::from_secs(1);

const STATES: [ShardState; 8] = [
    ShardState::Waiting,
    ShardState::Reading,
    ShardState::Full,
    ShardState::Throttled,
    ShardState::Retrying,
    ShardState::Unsaved,
    ShardState::Gap,
    ShardState::Finished,
];

/// The metrics of one poller, looked up once: a look-up hashes the name and the labels, and copies them.
pub(super) struct Meter {
    table: SharedString,
    calls: BTreeMap<&'static str, (Counter, Counter)>,
    empty_pages: Counter,
    full_pages: Counter,
    records_read: Counter,
    records_settled: Counter,
    gaps: Counter,
    alarms: Counter,
    shards: [Gauge; 8],
    unsettled_records: Gauge,
    unsettled_bytes: Gauge,
    record_age: Gauge,
    polled_time: Gauge,
    /// By shard, where that is asked for.
    by_shard: Option<BTreeMap<ShardId, Gauge>>,
    /// What the counters have got of the stream that is read.
    counted: Totals,
    aged: Option<Instant>,
}

impl Meter {
    /// Of the recorder that is installed now.
    pub(super) fn new(table: &str, by_shard: bool) -> Self {
        describe();
        let table = SharedString::from(table.to_owned());
        let plain = |name: &'static str| counter!(name, names::TABLE => table.clone());
        let level = |name: &'static str| gauge!(name, names::TABLE => table.clone());
        let page = |page: &'static str| counter!(names::PAGES, names::TABLE => table.clone(), names::PAGE => page);
        let state =
            |state: ShardState| gauge!(names::SHARDS, names::TABLE => table.clone(), names::STATE => state.as_str());
        Self {
            calls: BTreeMap::new(),
            empty_pages: page("empty"),
            full_pages: page("full"),
            records_read: plain(names::RECORDS_READ),
            records_settled: plain(names::RECORDS_SETTLED),
            gaps: plain(names::GAPS),
            alarms: plain(names::ALARMS),
            shards: STATES.map(state),
            unsettled_records: level(names::UNSETTLED_RECORDS),
            unsettled_bytes: level(names::UNSETTLED_BYTES),
            record_age: level(names::RECORD_AGE),
            polled_time: level(names::POLLED_TIME),
            by_shard: by_shard.then(BTreeMap::new),
            counted: Totals::default(),
            aged: None,
            table,
        }
    }

    /// A stream is about to be read.
    pub(super) fn begin(&mut self) {
        self.counted = Totals::default();
    }

    /// A gap between two streams.
    pub(super) fn gap(&self) {
        self.gaps.increment(1);
    }

    pub(super) fn answered(&mut self, input: &Input) {
        let (kind, is_ok) = match input {
            Input::Listed(page) => ("list", page.is_ok()),
            Input::Children { found, .. } => ("children", found.is_ok()),
            Input::Iterator { found, .. } => ("iterator", found.is_ok()),
            Input::Records { page, .. } => ("records", page.is_ok()),
            Input::Written { written, .. } => ("write", written.error.is_none()),
            Input::Parked { result, .. } => ("park", result.is_ok()),
            Input::Saved { result, .. } => ("save", result.is_ok()),
            Input::Forgotten { result, .. } => ("forget", result.is_ok()),
            Input::Mended { result, .. } => ("mend", result.is_ok()),
            Input::Panicked { call } => (call.kind(), false),
            Input::Stop => return,
        };
        let table = &self.table;
        let (calls, failed) = self.calls.entry(kind).or_insert_with(|| {
            let of = |name: &'static str| counter!(name, names::TABLE => table.clone(), names::CALL => kind);
            (of(names::CALLS), of(names::CALLS_FAILED))
        });
        calls.increment(1);
        failed.increment(u64::from(!is_ok));
        if let Input::Records { page: Ok(page), .. } = input {
            let pages = if page.records.is_empty() { &self.empty_pages } else { &self.full_pages };
            pages.increment(1);
            self.records_read.increment(page.records.len() as u64);
        }
    }

    /// `sums` where anything changed since the last time.
    pub(super) fn told(&mut self, sums: Option<Sums>, totals: Totals, health: &Health) {
        let added = |now: u64, before: u64| now.saturating_sub(before);
        self.records_settled.increment(added(totals.records, self.counted.records));
        self.gaps.increment(added(totals.gaps, self.counted.gaps));
        self.alarms.increment(added(totals.alarms, self.counted.alarms));
        self.counted = totals;
        if let Some(sums) = sums {
            for (gauge, state) in self.shards.iter().zip(&STATES) {
                gauge.set(sums.by_state.get(state).copied().unwrap_or_default() as f64);
            }
            self.unsettled_records.set(sums.unsettled_records as f64);
            self.unsettled_bytes.set(sums.unsettled_bytes as f64);
        }
        let now = Instant::now();
        if self.aged.is_none_or(|aged| now.saturating_duration_since(aged) >= INTERVAL) {
            self.aged = Some(now);
            self.ages(health);
        }
    }

    fn ages(&mut self, health: &Health) {
        let report = health.report();
        let oldest = report.shards.iter().filter_map(|shard| shard.record_age).max();
        self.record_age.set(oldest.unwrap_or_default().as_secs_f64());
        let is_read = |state| !matches!(state, ShardState::Waiting | ShardState::Finished);
        let read = report.shards.iter().filter(|shard| is_read(shard.health.state));
        if let Some(ago) = read.filter_map(|shard| shard.polled_ago).max() {
            let now = health.clock().now();
            let since_epoch = Duration::from_millis(u64::try_from(now.timestamp_millis()).unwrap_or_default());
            self.polled_time.set(since_epoch.saturating_sub(ago).as_secs_f64());
        }
        let Some(by_shard) = &mut self.by_shard else { return };
        let known: BTreeSet<&ShardId> = report.shards.iter().map(|shard| &shard.id).collect();
        by_shard.retain(|id, gauge| {
            let is_known = known.contains(id);
            if !is_known {
                gauge.set(0.0);
            }
            is_known
        });
        for shard in &report.shards {
            let table = &self.table;
            let gauge = by_shard.entry(shard.id.clone()).or_insert_with(|| {
                let id = SharedString::from(shard.id.as_str().to_owned());
                gauge!(names::SHARD_RECORD_AGE, names::TABLE => table.clone(), names::SHARD => id)
            });
            gauge.set(shard.record_age.unwrap_or_default().as_secs_f64());
        }
    }
}

fn describe() {
    describe_counter!(names::CALLS, Unit::Count, "Calls by kind");
    describe_counter!(names::CALLS_FAILED, Unit::Count, "Calls that failed, by kind");
    describe_counter!(names::PAGES, Unit::Count, "Pages of records, empty and full");
    describe_counter!(names::RECORDS_READ, Unit::Count, "Records that were read");
    describe_counter!(names::RECORDS_SETTLED, Unit::Count, "Records that are settled");
    describe_counter!(names::GAPS, Unit::Count, "Gaps in what could be read");
    describe_counter!(names::ALARMS, Unit::Count, "Shards that begin at or below the last number of their parent");
    describe_gauge!(names::SHARDS, Unit::Count, "Shards by state");
    describe_gauge!(names::UNSETTLED_RECORDS, Unit::Count, "Records that were read and are not settled");
    describe_gauge!(names::UNSETTLED_BYTES, Unit::Bytes, "Bytes that were read and are not settled");
    describe_gauge!(names::RECORD_AGE, Unit::Seconds, "How far the shard that is furthest behind is behind");
    describe_gauge!(names::SHARD_RECORD_AGE, Unit::Seconds, "How far a shard is behind");
    describe_gauge!(names::POLLED_TIME, Unit::Seconds, "When the shard that was not read for longest was read");
}
