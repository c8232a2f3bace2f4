//! A stack with what it is played with, and whether it must stand it.

use crate::target::{Build, Stack, Target};
use dynacdc_sink::Redelivery;
use dynacdc_testkit::{FaultRates, History, Plan, Scenario, Torture, TortureReport, torture};
use std::fmt::Debug;

/// How often a wrong stack must diverge for it to be a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It is right: never.
    Never,
    /// It is wrong, and a few hundred histories are enough to see it.
    Often,
    /// It is wrong, and it takes thousands of histories to see it.
    Rarely,
}

type Play = Box<dyn Fn(&Torture) -> TortureReport>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) expected: Expected,
    scenario: Scenario,
    level: Redelivery,
    rates: FaultRates,
    plan: Plan,
    play: Play,
}

impl Case {
    /// A stack that must end as the reference says, at level [`Redelivery::Any`] on ordered lanes without poison.
    pub(crate) fn new<T: PartialEq + Debug + Send + 'static>(
        name: &'static str,
        state: fn(&Target) -> T,
        reference: fn(&History) -> T,
        build: Build,
    ) -> Self {
        Self {
            name,
            expected: Expected::Never,
            scenario: Scenario::new(),
            level: Redelivery::Any,
            rates: FaultRates::ALL,
            plan: Plan::of(Redelivery::Any),
            play: Box::new(move |torture| torture.run(|faults| Stack::new(faults, build, state), reference)),
        }
    }

    /// With items that the target refuses until it is healed.
    pub(crate) fn poison(self) -> Self {
        Self { scenario: self.scenario.with_poison(80), ..self }
    }

    /// On unordered lanes.
    pub(crate) fn unordered(self) -> Self {
        Self { scenario: self.scenario.unordered(), ..self }
    }

    /// At level [`Redelivery::Continued`], and no call lands after its future is gone.
    pub(crate) fn continued(self) -> Self {
        let level = Redelivery::Continued;
        Self { level, plan: Plan::of(level), rates: FaultRates::DIES_WITH_CALLER, ..self }
    }

    pub(crate) fn scenario(self, change: fn(Scenario) -> Scenario) -> Self {
        Self { scenario: change(self.scenario), ..self }
    }

    pub(crate) fn rates(self, rates: FaultRates) -> Self {
        Self { rates, ..self }
    }

    pub(crate) fn plan(self, change: fn(Plan) -> Plan) -> Self {
        Self { plan: change(self.plan), ..self }
    }

    /// A wrong stack, which a few hundred histories must show.
    pub(crate) fn wrong(self) -> Self {
        Self { expected: Expected::Often, ..self }
    }

    /// A wrong stack that takes thousands of histories to show.
    pub(crate) fn rarely_wrong(self) -> Self {
        Self { expected: Expected::Rarely, ..self }
    }

    /// Plays it.
    pub(crate) fn play(&self, histories: u64, seed: u64, command: &str) -> TortureReport {
        let torture = torture(self.name)
            .histories(histories)
            .seed(seed)
            .level(self.level)
            .faults(self.rates)
            .plan(self.plan.clone())
            .scenario(self.scenario.clone())
            .command(format!("{command} --only '{}'", self.name));
        let torture = if self.expected == Expected::Never { torture } else { torture.without_shrinking() };
        (self.play)(&torture)
    }
}
