//! The one call: plays many histories into a subject and compares.

mod play;
mod replay;
mod report;

pub use replay::{Replay, ReplayTextError};
pub use report::{Failure, TortureReport};

use crate::{FaultRates, Faults, History, Plan, Scenario, Subject, delivery::Pace};
use dynacdc_sink::Redelivery;

/// The environment variable that plays one history instead of all, as a failure prints it.
pub const REPLAY: &str = "TORTURE_REPLAY";

/// Plays histories into a sink: duplicates, rewinds, crashes, lost answers and whatever else is to be stood.
///
/// The name is that of the test that calls it, so that the command that a failure prints finds it.
pub fn torture(name: impl Into<String>) -> Torture {
    Torture {
        name: name.into(),
        histories: 300,
        seed: 1,
        rates: FaultRates::ALL,
        scenario: Scenario::new(),
        plan: Plan::of(Redelivery::Any),
        is_real_time: false,
        shrinks: true,
        command: None,
        replay: None,
    }
}

/// Settings of a torture; made by [`torture`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Torture {
    name: String,
    histories: u64,
    seed: u64,
    rates: FaultRates,
    scenario: Scenario,
    plan: Plan,
    is_real_time: bool,
    shrinks: bool,
    command: Option<String>,
    replay: Option<Replay>,
}

impl Torture {
    /// So many histories; 300 unless said otherwise. A claim rests on 10,000 or more: some races are hit by 3 of them.
    pub fn histories(self, histories: u64) -> Self {
        Self { histories, ..self }
    }

    /// With another first seed than 1. The histories have the seeds that follow it.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// At another level of redelivery than [`Redelivery::Any`]: the plan and the faults that belong to it.
    pub fn level(self, level: Redelivery) -> Self {
        let rates = match level {
            Redelivery::Any => FaultRates::ALL,
            Redelivery::Continued => FaultRates::DIES_WITH_CALLER,
        };
        Self { plan: Plan::of(level), rates, ..self }
    }

    /// With other faults.
    pub fn faults(self, rates: FaultRates) -> Self {
        Self { rates, ..self }
    }

    /// With other histories.
    pub fn scenario(self, scenario: Scenario) -> Self {
        Self { scenario, ..self }
    }

    /// With another plan of delivery.
    pub fn plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// On the clock of the system, with short waits: for targets behind real connections. Otherwise tokio's clock is
    /// paused and jumps ahead whenever everybody waits, so nothing is waited for; and a history is the same each time
    /// it is played.
    pub fn real_time(self) -> Self {
        Self { is_real_time: true, ..self }
    }

    /// Without making the first failure smaller: where failures are expected and only counted.
    pub fn without_shrinking(self) -> Self {
        Self { shrinks: false, ..self }
    }

    /// With another command that plays this torture than `cargo test` with its name.
    pub fn command(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }

    /// Plays this history only, and keeps its timeline.
    pub fn replay(self, replay: Replay) -> Self {
        Self { replay: Some(replay), ..self }
    }

    /// Plays the histories. `subject` makes a new one with an empty target for each, and puts the faults before every
    /// call to it; `reference` says how the target should look in the end.
    ///
    /// The environment variable `TORTURE_REPLAY` plays one history instead.
    pub fn run<S: Subject>(
        &self,
        subject: impl Fn(&Faults) -> S + Sync,
        reference: impl Fn(&History) -> S::State + Sync,
    ) -> TortureReport {
        // On a thread of its own, so that a test that runs on a runtime can call it too.
        std::thread::scope(|scope| {
            let played = std::thread::Builder::new()
                .name(self.name.clone())
                .spawn_scoped(scope, || self.play_all(&subject, &reference))
                .map(std::thread::ScopedJoinHandle::join);
            match played {
                Ok(Ok(report)) => report,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(error) => self.broken(&error.to_string()),
            }
        })
    }

    const fn pace(&self) -> Pace {
        if self.is_real_time { Pace::REAL } else { Pace::PAUSED }
    }

    /// The kit itself could not play.
    fn broken(&self, reason: &str) -> TortureReport {
        let failure = self.failure(Replay::of(self.seed), reason.to_owned(), Vec::new());
        TortureReport { divergences: 1, first_failure: Some(failure), ..TortureReport::default() }
    }

    fn failure(&self, replay: Replay, reason: String, timeline: Vec<String>) -> Failure {
        let command = self.command.clone().unwrap_or_else(|| format!("cargo test {}", self.name));
        let command = format!("{REPLAY}='{replay}' {command}");
        Failure { name: self.name.clone(), replay, reason, timeline, command }
    }
}

#[cfg(test)]
mod tests;
