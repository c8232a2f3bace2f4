//! What one schedule is like, drawn from its seed: the stream, what goes wrong with it, and what is done to the poller.

use chrono::{DateTime, Utc};
use dynacdc_record::StreamViewType;
use dynacdc_source::Start;
use dynacdc_testkit::{Hardship, Hardships};
use std::time::Duration;

/// When schedules begin.
const BEGINNING: i64 = 1_767_225_600;

/// What becomes of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnGap {
    Fail,
    Skip,
    Mend,
}

/// When the poller is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kills {
    /// In so many of a thousand steps.
    Often(u32),
    /// Before this step, and at no other.
    Once(usize),
}

/// What one schedule is like.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) seed: u64,
    /// How many steps are taken before everything is let run to its end.
    pub(crate) steps: usize,
    pub(crate) kills: Kills,
    pub(crate) begins: DateTime<Utc>,
    pub(crate) start: Start,
    pub(crate) shards: usize,
    pub(crate) listing_page: usize,
    pub(crate) view_type: StreamViewType,
    pub(crate) hardships: Hardships,
    /// How many items there are.
    pub(crate) keys: u8,
    /// Whether some records are so large that the byte budget and the limits of pages matter.
    pub(crate) is_heavy: bool,
    /// Whether records tell the minute only, as those of DynamoDB Local do.
    pub(crate) is_coarse: bool,
    /// In a hundred entries.
    pub(crate) malformed: u32,
    pub(crate) stops_at_malformed: bool,
    /// In a hundred records.
    pub(crate) poison: u32,
    /// In a thousand calls of the sink.
    pub(crate) panics: u32,
    /// Whether a new owner takes over while the old one still runs.
    pub(crate) has_zombies: bool,
    /// In a hundred calls that have an effect: the answer is never heard.
    pub(crate) lost_answers: u32,
    /// In a hundred writes.
    pub(crate) sink_failures: u32,
    /// In a hundred saves.
    pub(crate) store_failures: u32,
    /// Whether there are pauses in which records are trimmed.
    pub(crate) has_outages: bool,
    pub(crate) on_gap: OnGap,
    /// Whether the stream is disabled in the end.
    pub(crate) ends: bool,
    /// Whether listings lack shards for a while.
    pub(crate) hides: bool,
    /// Whether the stream is idle for days in the end.
    pub(crate) has_idle_days: bool,
}

impl Course {
    /// A whole schedule.
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed ^ 0x005C_4ED0_1E5E_ED00);
        let mut chance = |percent: u32| dice.u32(0..100) < percent;
        let start = if chance(35) { Start::Latest } else { Start::TrimHorizon };
        let (is_heavy, is_coarse, has_outages) = (chance(20), chance(15), chance(20));
        let (has_malformed, has_poison, has_panics) = (chance(25), chance(12), chance(8));
        let (has_zombies, loses, ends, hides) = (chance(25), chance(50), chance(50), chance(20));
        let stops_at_malformed = chance(30);
        let has_idle_days = !has_outages && chance(5);
        let hardships = match dice.u32(0..10) {
            0..2 => Hardships::none(seed),
            2..6 => Hardships::rough(seed),
            _ => {
                let one = Hardship::ALL[dice.usize(..Hardship::ALL.len())];
                // A shard that most listings lack is one that nobody can tell from one that is not there.
                let is_missing = matches!(one, Hardship::MissingParent | Hardship::MissingShard);
                let most = if is_missing { 0.15 } else { 0.5 };
                Hardships::none(seed).with(one, dice.f64() * most)
            }
        };
        let on_gap = [OnGap::Fail, OnGap::Skip, OnGap::Mend][dice.usize(..3)];
        Self {
            seed,
            steps: dice.usize(40..350),
            kills: Kills::Often(dice.u32(0..30)),
            // Also not at the beginning of a minute.
            begins: DateTime::from_timestamp(BEGINNING + dice.i64(0..60), 0).unwrap_or_default(),
            start,
            shards: dice.usize(1..=3),
            listing_page: [1, 2, 3, 100][dice.usize(..4)],
            view_type: [StreamViewType::KeysOnly, StreamViewType::NewAndOldImages][dice.usize(..2)],
            hardships: hardships.lag(Duration::from_secs(dice.u64(1..40))),
            keys: dice.u8(2..=6),
            is_heavy,
            is_coarse,
            // One without a number is read again after each expired iterator, so that a shard never looks idle.
            malformed: if has_malformed && !has_idle_days { dice.u32(2..15) } else { 0 },
            stops_at_malformed,
            poison: if has_poison { dice.u32(1..6) } else { 0 },
            panics: if has_panics { dice.u32(1..20) } else { 0 },
            has_zombies,
            lost_answers: if loses { dice.u32(1..15) } else { 0 },
            sink_failures: [0, 10, 40][dice.usize(..3)],
            store_failures: [0, 10, 40][dice.usize(..3)],
            has_outages,
            on_gap,
            ends,
            hides,
            has_idle_days,
        }
    }

    /// A short one that is played again and again, killed before one step after the other.
    pub(crate) fn short(seed: u64) -> Self {
        let course = Self::drawn(seed);
        Self {
            steps: 30 + course.steps % 50,
            kills: Kills::Once(usize::MAX),
            has_zombies: false,
            lost_answers: 0,
            has_outages: false,
            has_idle_days: false,
            ..course
        }
    }

    /// The rule for gaps of a life: after one that failed a person has decided to go on.
    pub(crate) const fn on_gap(&self, has_failed: bool) -> OnGap {
        match self.on_gap {
            OnGap::Fail if has_failed => OnGap::Skip,
            on_gap => on_gap,
        }
    }
}
