//! Plays stacks of layers through seeded histories, and beside each of them what is wrong on purpose.
//!
//! `cargo run --release -p dynacdc-testkit --example torture -- --histories 10000`
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

mod case;
mod controls;
mod stacks;
mod target;
mod verdict;

use clap::Parser;
use dynacdc_testkit::{Fault, FaultCounts};
use std::{process::ExitCode, time::Instant};
use verdict::Verdict;

/// Plays stacks of layers through seeded histories.
#[derive(Debug, Parser)]
struct Options {
    /// How many histories for each stack.
    #[arg(long, default_value_t = 300)]
    histories: u64,
    /// The seed of the first history.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many for each control, if not as many.
    #[arg(long)]
    controls: Option<u64>,
    /// Only stacks whose name contains this; `stack` is all of them.
    #[arg(long, default_value = "stack")]
    pattern: String,
    /// Only the stack of exactly this name.
    #[arg(long)]
    only: Option<String>,
}

impl Options {
    fn names(&self, name: &str) -> bool {
        let is_meant = ["", "stack"].contains(&self.pattern.as_str()) || name.contains(&self.pattern);
        is_meant && self.only.as_deref().is_none_or(|only| only == name)
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let command = "cargo run --release -p dynacdc-testkit --example torture --";
    let begin = Instant::now();
    let (mut right, mut wrong, mut surprises) = (0, 0, 0);
    let mut fired = FaultCounts::default();
    for case in stacks::all() {
        if !options.names(case.name) {
            continue;
        }
        let is_control = case.expected != case::Expected::Never;
        let histories = options.controls.filter(|_| is_control).unwrap_or(options.histories);
        let report = case.play(histories, options.seed, command);
        fired += report.fired;
        let verdict = Verdict::of(case.expected, &report);
        *(if is_control { &mut wrong } else { &mut right }) += 1;
        surprises += u32::from(verdict == Verdict::Surprise);
        let mark = match verdict {
            Verdict::Expected => "ok ",
            Verdict::NotSeen => "?  ",
            Verdict::Surprise => "BAD",
        };
        let kind = if is_control { "  without: " } else { "" };
        let name = format!("{kind}{}", case.name);
        println!(
            "{mark} {name:<72} {:>6} of {} diverge  {:>6.1?}",
            report.divergences, report.histories, report.elapsed
        );
        if !is_control {
            let faults = Fault::ALL.map(|fault| format!("{fault} {}", report.fired.of(fault))).join(", ");
            let doubles = report.tallies.get("doubles").copied().unwrap_or_default();
            println!("     {} batches; {faults}; doubles {doubles}", report.batches);
        }
        if let Some(failure) = report.first_failure
            && (verdict == Verdict::Surprise || options.only.is_some())
        {
            println!("{failure}");
        }
    }
    if right + wrong == 0 {
        println!("FAILED: no stack has such a name; these have:");
        for case in stacks::all() {
            println!("  {}", case.name);
        }
        return ExitCode::FAILURE;
    }
    println!("in all: {fired}");
    println!(
        "{}: {right} stacks, {wrong} controls, {} histories each, seed {}, {surprises} surprises, {:.1?}",
        if surprises == 0 { "PASSED" } else { "FAILED" },
        options.histories,
        options.seed,
        begin.elapsed(),
    );
    if surprises == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
