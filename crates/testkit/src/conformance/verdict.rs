//! What a suite says.

use std::{fmt, future::Future, time::Duration};
use tokio::time::timeout;

/// After this time a trial is taken for one that never ends.
const PATIENCE: Duration = Duration::from_secs(300);

/// How the trials of a suite went.
#[derive(Debug, Clone)]
#[must_use]
pub struct Verdict {
    subject: &'static str,
    trials: Vec<Trial>,
}

/// One trial and how it went.
#[derive(Debug, Clone)]
pub struct Trial {
    name: &'static str,
    promise: &'static str,
    ending: Ending,
}

/// How a trial went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The promise was kept.
    Passed,
    /// It was not, and how that shows. The text may hold values of the records that were written.
    Failed(String),
    /// There was nothing to try, and why.
    LeftOut(String),
}

/// Some promises are not kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the {subject} does not keep its promises: {}", failed.join("; "))]
pub struct NotConforming {
    subject: &'static str,
    failed: Vec<String>,
}

impl NotConforming {
    /// The trials that failed, each with what went wrong.
    pub fn failed(&self) -> &[String] {
        &self.failed
    }
}

impl Trial {
    /// A short name, the same in every version: for asking after one trial.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The line of the trait's `# Behavior` list that is tried.
    pub const fn promise(&self) -> &'static str {
        self.promise
    }

    /// How it went.
    pub const fn ending(&self) -> &Ending {
        &self.ending
    }
}

impl Verdict {
    pub(super) const fn on(subject: &'static str) -> Self {
        Self { subject, trials: Vec::new() }
    }

    /// Runs a trial.
    pub(super) async fn run(&mut self, name: &'static str, promise: &'static str, trial: impl Future<Output = Tried>) {
        let ending = match timeout(PATIENCE, trial).await {
            Ok(Ok(())) => Ending::Passed,
            Ok(Err(Stopped::Broken(why))) => Ending::Failed(why),
            Ok(Err(Stopped::Idle(why))) => Ending::LeftOut(why),
            Err(_) => Ending::Failed(format!("it has not ended after {PATIENCE:?}")),
        };
        self.trials.push(Trial { name, promise, ending });
    }

    /// All trials.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The names of those that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.trials.iter().filter(|trial| matches!(trial.ending, Ending::Failed(_)));
        failed.map(|trial| trial.name).collect()
    }

    /// Nothing if no trial failed.
    ///
    /// # Errors
    /// [`NotConforming`] names each trial that failed.
    pub fn into_result(self) -> Result<(), NotConforming> {
        let told = |trial: &Trial| match &trial.ending {
            Ending::Failed(why) => Some(format!("{}: {why}", trial.name)),
            _ => None,
        };
        let failed: Vec<String> = self.trials.iter().filter_map(told).collect();
        if failed.is_empty() { Ok(()) } else { Err(NotConforming { subject: self.subject, failed }) }
    }
}

impl fmt::Display for Verdict {
    /// A table of one line per trial.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.trials.iter().map(|trial| trial.name.len()).max().unwrap_or_default();
        writeln!(f, "{}", self.subject)?;
        for Trial { name, promise, ending } in &self.trials {
            let (word, why) = match ending {
                Ending::Passed => ("ok", ""),
                Ending::Failed(why) => ("FAILED", why.as_str()),
                Ending::LeftOut(why) => ("left out", why.as_str()),
            };
            write!(f, "  {word:<8}  {name:<width$}  {promise}")?;
            if !why.is_empty() {
                write!(f, "\n  {:<8}  {:<width$}  -> {why}", "", "")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// How a trial comes out.
pub(super) type Tried = Result<(), Stopped>;

/// Why a trial did not get to its end.
#[derive(Debug)]
pub(super) enum Stopped {
    Broken(String),
    Idle(String),
}

impl Stopped {
    pub(super) fn broken(why: impl Into<String>) -> Self {
        Self::Broken(why.into())
    }

    pub(super) fn idle(why: impl Into<String>) -> Self {
        Self::Idle(why.into())
    }
}

macro_rules! from_errors {
    ($($error:ty),*) => {$(
        impl From<$error> for Stopped {
            fn from(error: $error) -> Self {
                Self::Broken(format!("a call failed: {error:#}"))
            }
        }
    )*};
}

from_errors!(
    dynacdc_sink::SinkError,
    dynacdc_source::CheckpointError,
    dynacdc_record::ItemError,
    dynacdc_record::SequenceNumberError,
    dynacdc_record::ArnError,
    Box<dyn std::error::Error + Send + Sync>
);

/// `what` is as expected, or the trial has failed.
pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, found: T, expected: T) -> Tried {
    if found == expected {
        Ok(())
    } else {
        Err(Stopped::broken(format!("{what}: {}, and {} is right", brief(&found), brief(&expected))))
    }
}

/// As it is shown in a verdict: states may be large.
fn brief(value: &impl fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}
