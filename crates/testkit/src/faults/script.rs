use super::Fault;
use std::collections::HashMap;

/// Faults at named calls: the third `put` loses its answer.
///
/// Calls are counted by name from 1. A script goes together with rates, and where it says something it has the last
/// word.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct FaultScript {
    lines: HashMap<(&'static str, u64), Fault>,
    calls: HashMap<&'static str, u64>,
}

impl FaultScript {
    /// A script in which everything goes well.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a fault at the `nth` call of this name.
    pub fn at(mut self, name: &'static str, nth: u64, fault: Fault) -> Self {
        self.lines.insert((name, nth), fault);
        self
    }

    /// Counts the call.
    pub(super) fn next(&mut self, name: &'static str) -> Option<Fault> {
        if self.lines.is_empty() {
            return None;
        }
        let nth = self.calls.entry(name).or_default();
        *nth += 1;
        self.lines.get(&(name, *nth)).copied()
    }
}
