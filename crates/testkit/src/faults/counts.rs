use super::Fault;
use std::{fmt, ops::AddAssign};

/// How often each fault happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultCounts {
    calls: u64,
    fired: [u64; Fault::ALL.len()],
}

impl FaultCounts {
    /// How many calls there were.
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// How often this fault happened.
    pub const fn of(&self, fault: Fault) -> u64 {
        self.fired[fault.index()]
    }

    pub(super) const fn count(&mut self, fault: Option<Fault>) {
        self.calls += 1;
        if let Some(fault) = fault {
            self.fired[fault.index()] += 1;
        }
    }
}

impl AddAssign for FaultCounts {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        for (sum, more) in self.fired.iter_mut().zip(other.fired) {
            *sum += more;
        }
    }
}

impl fmt::Display for FaultCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls", self.calls)?;
        for fault in Fault::ALL {
            write!(f, ", {fault} {}", self.of(fault))?;
        }
        Ok(())
    }
}
