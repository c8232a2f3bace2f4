//! Playing: one history, all of them, and the smaller ones that a failure is narrowed down to.

use super::{Failure, REPLAY, Replay, Torture, TortureReport};
use crate::{FaultCounts, FaultScript, Faults, History, Subject, delivery::Driver};
use futures_util::FutureExt;
use std::{any::Any, panic::AssertUnwindSafe, time::Instant};
use tokio::runtime::{Builder, Runtime};

/// What became of one history.
struct Played {
    batches: u64,
    fired: FaultCounts,
    tallies: Vec<(&'static str, u64)>,
    timeline: Vec<String>,
    /// Number of records and of items.
    size: (usize, usize),
    divergence: Option<String>,
}

/// At most so many histories are played to find a smaller one.
const SHRINKINGS: u32 = 1000;

impl Torture {
    pub(super) fn play_all<S: Subject>(
        &self,
        subject: &(impl Fn(&Faults) -> S + Sync),
        reference: &(impl Fn(&History) -> S::State + Sync),
    ) -> TortureReport {
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(error) => return self.broken(&error.to_string()),
        };
        let named = std::env::var(REPLAY).ok().map(|text| text.parse::<Replay>()).transpose();
        let one = match named {
            Ok(named) => named.or_else(|| self.replay.clone()),
            Err(error) => return self.broken(&format!("{REPLAY}: {error}")),
        };
        let begin = Instant::now();
        let mut report = TortureReport::default();
        let seeds = self.seed..self.seed.saturating_add(if one.is_some() { 1 } else { self.histories });
        for seed in seeds {
            let replay = one.clone().unwrap_or_else(|| Replay::of(seed));
            let played = self.play(&runtime, &replay, one.is_some(), subject, reference);
            report.histories += 1;
            report.batches += played.batches;
            report.fired += played.fired;
            for (name, count) in played.tallies {
                *report.tallies.entry(name).or_default() += count;
            }
            if let Some(reason) = played.divergence {
                report.divergences += 1;
                if report.first_failure.is_none() {
                    let failure = match one {
                        Some(_) => self.failure(replay, reason, played.timeline),
                        None => self.shrunk(&runtime, replay, reason, played.size, subject, reference),
                    };
                    report.first_failure = Some(failure);
                }
            }
        }
        report.elapsed = begin.elapsed();
        report
    }

    fn runtime(&self) -> std::io::Result<Runtime> {
        let mut builder = Builder::new_current_thread();
        if self.is_real_time { builder.enable_all() } else { builder.enable_time().start_paused(true) }.build()
    }

    fn play<S: Subject>(
        &self,
        runtime: &Runtime,
        replay: &Replay,
        is_recorded: bool,
        subject: &impl Fn(&Faults) -> S,
        reference: &impl Fn(&History) -> S::State,
    ) -> Played {
        // The generator of the thread is what backoff draws from.
        let drawn = |of: u64| spread(spread(replay.seed, replay.course), of);
        fastrand::seed(drawn(0));
        let faults = Faults::with(drawn(1), self.rates, FaultScript::new(), is_recorded);
        for fault in &replay.without {
            faults.mute(*fault);
        }
        let mut played = Played {
            batches: 0,
            fired: FaultCounts::default(),
            tallies: Vec::new(),
            timeline: Vec::new(),
            size: (0, 0),
            divergence: None,
        };
        let history = match History::new(spread(replay.seed, 0), &self.scenario) {
            Ok(history) => history,
            Err(error) => {
                played.divergence = Some(format!("the scenario makes no history: {error}"));
                return played;
            }
        };
        let history = replay.keys.into_iter().fold(history, History::first_keys);
        let history = replay.records.into_iter().fold(history, History::first_records);
        let plan = self.plan.clone().with_pace(self.pace());
        played.size = (history.len(), history.keys());
        // A panic is a divergence too, and its seed is what one wants to know.
        let run = AssertUnwindSafe(async {
            let subject = subject(&faults);
            let driver = Driver::new(&subject, &history, &plan, &faults, drawn(2)).await?;
            played.batches = driver.run().await?;
            let state = subject.state().await.map_err(|error| format!("the state cannot be read: {error:?}"))?;
            let wanted = reference(&history);
            played.tallies = subject.tallies();
            if state == wanted { Ok(()) } else { Err(format!("it ends as  {state:?}\nand not as  {wanted:?}")) }
        });
        let outcome = runtime.block_on(run.catch_unwind()).unwrap_or_else(|panic| Err(panicked(&*panic)));
        played.divergence = outcome.err();
        played.fired = faults.counts();
        played.timeline = faults.timeline();
        played
    }

    /// Takes away records, items and faults for as long as the history diverges, and tells how.
    fn shrunk<S: Subject>(
        &self,
        runtime: &Runtime,
        mut replay: Replay,
        mut reason: String,
        mut size: (usize, usize),
        subject: &impl Fn(&Faults) -> S,
        reference: &impl Fn(&History) -> S::State,
    ) -> Failure {
        let mut left = if self.shrinks { SHRINKINGS } else { 0 };
        'smaller: while left > 0 {
            for smaller in replay.smaller(size.0, size.1) {
                left = left.saturating_sub(1);
                let played = self.play(runtime, &smaller, false, subject, reference);
                if let Some(divergence) = played.divergence {
                    (replay, reason, size) = (smaller, divergence, played.size);
                    continue 'smaller;
                }
            }
            break;
        }
        let timeline = self.play(runtime, &replay, true, subject, reference).timeline;
        self.failure(replay, reason, timeline)
    }
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it panics: {}", text.unwrap_or("without a text"))
}

/// A seed of its own for each thing that draws, by the finalizer of `SplitMix64`.
const fn spread(seed: u64, stream: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
