use crate::{FaultCounts, Replay};
use std::{collections::BTreeMap, fmt, time::Duration};

/// What became of all histories.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct TortureReport {
    /// How many histories were played.
    pub histories: u64,
    /// How many of them did not end as the reference says.
    pub divergences: u64,
    /// How many batches were written.
    pub batches: u64,
    /// Which faults happened.
    pub fired: FaultCounts,
    /// What the subjects counted, by name.
    pub tallies: BTreeMap<&'static str, u64>,
    /// How long it took.
    pub elapsed: Duration,
    /// The first divergence, made as small as was possible.
    pub first_failure: Option<Failure>,
}

impl TortureReport {
    /// `Ok` if no history diverged: for tests that return a `Result`.
    ///
    /// # Errors
    /// The first failure.
    pub fn verdict(self) -> Result<(), Box<Failure>> {
        self.first_failure.map_or(Ok(()), |failure| Err(Box::new(failure)))
    }
}

impl fmt::Display for TortureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, divergences, batches, fired, elapsed, .. } = self;
        write!(f, "{divergences} of {histories} histories diverge; {batches} batches in {elapsed:.1?}; {fired}")?;
        for (name, count) in &self.tallies {
            write!(f, ", {name} {count}")?;
        }
        Ok(())
    }
}

/// One history that did not end as the reference says.
#[derive(Clone, thiserror::Error)]
pub struct Failure {
    /// The name of the torture.
    pub name: String,
    /// Which history, and how much of it.
    pub replay: Replay,
    /// What is wrong.
    pub reason: String,
    /// What happened, line by line.
    pub timeline: Vec<String>,
    /// The command that plays it again.
    pub command: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: history {} diverges", self.name, self.replay)?;
        for line in &self.timeline {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "{}", self.reason)?;
        write!(f, "play it again: {}", self.command)
    }
}

impl fmt::Debug for Failure {
    /// As it displays: a test that returns it prints this form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
