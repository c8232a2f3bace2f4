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
    /// Only stacks whose name contains this.
    #[arg(long, alias = "pattern", default_value = "")]
    stack: String,
    /// Only the stack of exactly this name.
    #[arg(long)]
    only: Option<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let command = "cargo run --release -p dynacdc-testkit --example torture --";
    let begin = Instant::now();
    let (mut right, mut wrong, mut surprises) = (0, 0, 0);
    let mut fired = FaultCounts::default();
    for case in stacks::all() {
        if !case.name.contains(&options.stack) || options.only.as_ref().is_some_and(|only| only != case.name) {
            continue;
        }
        let report = case.play(options.histories, options.seed, command);
        fired += report.fired;
        let verdict = Verdict::of(case.expected, &report);
        let is_control = case.expected != case::Expected::Never;
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
    println!("in all: {fired}");
    println!(
        "{}: {right} stacks, {wrong} controls, {} histories each, seed {}, {surprises} surprises, {:.1?}",
        if surprises == 0 { "PASSED" } else { "FAILED" },
        options.histories,
        options.seed,
        begin.elapsed(),
    );
    if surprises == 0 && right + wrong > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
