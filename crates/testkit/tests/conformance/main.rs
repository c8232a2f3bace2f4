//! The suites accept what is right, and each trial has something wrong that it must catch.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

mod checkpoint_faults;
mod checkpoints;
mod dedupe;
mod layers;
mod letters;
mod sinks;
mod stacks;
mod target;
mod wrong_checkpoints;
mod wrong_letters;
mod wrong_sinks;

use dynacdc_testkit::conformance::{Ending, Opened, StoreFixture, Trial, Verdict};
use std::collections::BTreeSet;

/// Handles that are made by a closure.
struct Handles<M>(M);

#[async_trait::async_trait]
impl<M: Fn() -> S + Send + Sync, S: Send + Sync> StoreFixture for Handles<M> {
    type Store = S;

    async fn open(&self) -> Opened<S> {
        Ok((self.0)())
    }
}

/// What failed is what the flaw breaks, and the table tells it.
fn caught(flaw: &str, verdict: &Verdict, expected: &[&str]) {
    assert_eq!(verdict.failed(), expected, "{flaw}\n{verdict}");
    let table = verdict.to_string();
    assert_eq!(table.matches("FAILED").count(), expected.len(), "{table}");
    let error = verdict.clone().into_result().map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| expected.iter().all(|name| error.contains(name))), "{flaw}");
}

/// Every trial of the suite is failed by something wrong.
fn all_caught(verdict: &Verdict, caught: &BTreeSet<&str>) {
    let trials = verdict.trials().iter().map(|trial| trial.name()).collect::<BTreeSet<_>>();
    let never: Vec<_> = trials.difference(caught).collect();
    assert!(never.is_empty(), "nothing wrong is caught by {never:?}");
}

/// Passes, and every trial was run.
fn accepted(verdict: &Verdict) {
    left_out("all trials", verdict, &[]);
}

/// Passes, and every trial was run but these.
fn left_out(of: &str, verdict: &Verdict, expected: &[&str]) {
    let left_out = verdict.trials().iter().filter(|trial| matches!(trial.ending(), Ending::LeftOut(_)));
    assert_eq!(left_out.map(Trial::name).collect::<Vec<_>>(), expected, "{of}: {verdict}");
    assert!(verdict.failed().is_empty(), "{of}: {verdict}");
}
