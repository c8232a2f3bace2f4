use super::Fault;

/// How often each fault happens, in calls of a thousand. Together they are at most 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct FaultRates([u16; Fault::ALL.len()]);

impl FaultRates {
    /// No fault at all.
    pub const NONE: Self = Self([0; Fault::ALL.len()]);

    /// Everything that can happen to a fenced sink.
    pub const ALL: Self = Self::DIES_WITH_CALLER.with(Fault::Hold, 20).with(Fault::Delay, 10);

    /// No call takes effect after its future is gone: what a sink of level
    /// [`Continued`](dynacdc_sink::Redelivery::Continued) needs of its client.
    pub const DIES_WITH_CALLER: Self = Self::NONE
        .with(Fault::Reject, 80)
        .with(Fault::LoseAnswer, 40)
        .with(Fault::CrashBefore, 10)
        .with(Fault::CrashAfter, 10);

    /// Throttles, and nothing whose fate is in doubt.
    pub const REJECT_ONLY: Self = Self::NONE.with(Fault::Reject, 150);

    /// An outage: 700 of 1,000 calls are refused.
    pub const OUTAGE: Self = Self::NONE.with(Fault::Reject, 700);

    /// With another rate for one fault.
    pub const fn with(mut self, fault: Fault, per_mille: u16) -> Self {
        self.0[fault.index()] = per_mille;
        self
    }

    /// The rate of a fault.
    pub const fn of(&self, fault: Fault) -> u16 {
        self.0[fault.index()]
    }

    /// What a throw of 0 to 999 stands for.
    pub(super) fn at(&self, throw: u16) -> Option<Fault> {
        let mut bound = 0;
        Fault::ALL.into_iter().find(|fault| {
            bound += self.of(*fault);
            throw < bound
        })
    }
}

impl Default for FaultRates {
    /// [`ALL`](Self::ALL).
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_thousand_throws_each_fault_gets_its_rate() {
        let rates = FaultRates::ALL;
        for fault in Fault::ALL {
            let thrown = (0..1000).filter(|throw| rates.at(*throw) == Some(fault)).count();
            assert_eq!(thrown, usize::from(rates.of(fault)), "{fault}");
        }
    }
}
