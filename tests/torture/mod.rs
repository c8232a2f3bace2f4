//! Histories through the real SDK into the embedded server, so that the kit's own backends are not the only judge.
//!
//! `make test` plays a few histories of each stack; `make torture-sdk HISTORIES=500` plays many and prints what came of
//! them. `SEED` is the seed of the first one. Calls go over real connections, so a history is not quite the same twice.

mod http;
mod replica;
mod stacks;
mod target;
mod totals;

use self::target::{Build, Read, Server, Stack};
use dynacdc_sink::Redelivery;
use dynacdc_testkit::{Fault, FaultRates, History, Plan, Scenario, TortureReport, torture};
use std::{error::Error, fmt::Debug};

type Fallible = Result<(), Box<dyn Error>>;

/// A stack, what it is played with, and how its end is compared.
struct Case<T> {
    name: &'static str,
    level: Redelivery,
    rates: FaultRates,
    scenario: Scenario,
    build: Build,
    read: Read<T>,
    reference: fn(&History) -> T,
}

impl<T: PartialEq + Debug + Send> Case<T> {
    /// At [`Redelivery::Any`] with all faults, without poison.
    fn new(name: &'static str, build: Build, read: Read<T>, reference: fn(&History) -> T) -> Self {
        let scenario = Scenario::new();
        Self { name, level: Redelivery::Any, rates: FaultRates::ALL, scenario, build, read, reference }
    }

    /// At [`Redelivery::Continued`], and no call lands late.
    fn continued(self) -> Self {
        Self { level: Redelivery::Continued, rates: FaultRates::DIES_WITH_CALLER, ..self }
    }

    fn rates(self, rates: FaultRates) -> Self {
        Self { rates, ..self }
    }

    /// With many calls that land after they were given up: what a fence is for.
    fn late(self) -> Self {
        let rates = self.rates.with(Fault::Hold, 200);
        Self { rates, ..self }
    }

    /// With items that the table refuses until it is healed.
    fn poison(self) -> Self {
        Self { scenario: self.scenario.with_poison(80), ..self }
    }

    /// On unordered lanes.
    fn unordered(self) -> Self {
        Self { scenario: self.scenario.unordered(), ..self }
    }

    fn play(&self, least: u64) -> Result<TortureReport, Box<dyn Error>> {
        let server = Server::start()?;
        let report = torture(format!("torture::stacks::{}", self.name))
            .histories(setting("HISTORIES")?.unwrap_or(least).max(least))
            .seed(setting("SEED")?.unwrap_or(1))
            .level(self.level)
            .plan(Plan::of(self.level))
            .faults(self.rates)
            .scenario(self.scenario.clone())
            .real_time()
            .without_shrinking()
            .run(|faults| Stack::new(&server, faults, self.level, self.build, self.read), self.reference);
        println!("{}: {report}", self.name);
        Ok(report)
    }

    /// No history may diverge.
    fn stands(&self) -> Fallible {
        Ok(self.play(2)?.verdict()?)
    }

    /// A wrong stack, or faults that it need not stand: the check itself is checked. So many histories are enough.
    fn falls_within(&self, histories: u64) -> Fallible {
        let report = self.play(histories)?;
        assert!(report.divergences > 0, "{}: {report}", self.name);
        Ok(())
    }
}

/// A number from the environment.
fn setting(name: &str) -> Result<Option<u64>, Box<dyn Error>> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(Some(text.parse().map_err(|_| format!("{name}={text} is no number"))?)),
        _ => Ok(None),
    }
}
