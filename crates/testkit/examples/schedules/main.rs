//! Plays the state machine of the poller through seeded schedules, and beside it pollers that are wrong on purpose.
//!
//! `cargo run --release -p dynacdc-testkit --example schedules -- --schedules 20000`
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

mod admission;
mod changes;
mod control;
mod course;
mod effects;
mod finale;
mod history;
mod life;
mod lives;
mod play;
mod tally;
mod world;

use clap::Parser;
use control::Control;
use play::{Failure, Schedule};
use std::{process::ExitCode, time::Instant};
use tally::Tally;

/// Plays the state machine of the poller through seeded schedules.
#[derive(Debug, Parser)]
struct Options {
    /// How many schedules.
    #[arg(long, default_value_t = 300)]
    schedules: u64,
    /// The seed of the first.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many for each wrong poller.
    #[arg(long, default_value_t = 300)]
    controls: u64,
    /// How many short schedules are killed before each of their steps, if not a hundredth of the others.
    #[arg(long)]
    killed: Option<u64>,
    /// Only the schedule of this seed, with its timeline.
    #[arg(long)]
    only: Option<u64>,
    /// Of that one: the short form, killed before this step.
    #[arg(long, requires = "only")]
    killed_at: Option<usize>,
    /// Of that one: only so many steps.
    #[arg(long, requires = "only")]
    steps: Option<usize>,
    /// Of that one: with this wrong poller.
    #[arg(long, requires = "only")]
    control: Option<String>,
    /// How many failures are told; one unless set.
    #[arg(long, default_value_t = 1)]
    failures: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.only {
        Some(seed) => only(&options, seed),
        None => all(&options),
    }
}

fn only(options: &Options, seed: u64) -> ExitCode {
    let control = match &options.control {
        None => None,
        Some(name) => match Control::ALL.into_iter().find(|control| format!("{control:?}") == *name) {
            None => {
                println!("no wrong poller has this name; these have: {:?}", Control::ALL);
                return ExitCode::FAILURE;
            }
            found => found,
        },
    };
    let schedule = Schedule { seed, control, killed_at: options.killed_at, steps: options.steps };
    let played = schedule.play(true);
    let Some(reason) = played.failure else {
        played.timeline.iter().for_each(|line| println!("{line}"));
        println!("{}\nPASSED: schedule {seed}, {} steps", played.tally, played.steps);
        return ExitCode::SUCCESS;
    };
    println!("{}", Failure { schedule, reason, timeline: played.timeline });
    ExitCode::FAILURE
}

fn all(options: &Options) -> ExitCode {
    let begin = Instant::now();
    let (mut failures, mut told) = (0_u64, 0);
    let mut tell = |failure: &dyn Fn() -> Failure| {
        failures += 1;
        if told < options.failures {
            told += 1;
            println!("{}\n", failure());
        }
    };
    let mut tally = Tally::default();
    for seed in options.seed..options.seed.saturating_add(options.schedules) {
        let schedule = Schedule::whole(seed);
        let played = schedule.play(false);
        tally.add(&played.tally);
        if let Some(reason) = played.failure {
            println!("schedule {seed}: {reason}");
            tell(&|| schedule.shrunk(reason.clone()));
        }
    }
    println!("{} schedules in {:.1?}", tally.schedules, begin.elapsed());
    println!("{tally}");
    let (killing, mut every) = (Instant::now(), Tally::default());
    let short = options.killed.unwrap_or_else(|| options.schedules.div_ceil(100));
    for seed in options.seed..options.seed.saturating_add(short) {
        if let Some(failure) = play::every_step(seed, &mut every) {
            println!("short schedule {seed}: {}", failure.reason);
            tell(&|| failure.clone());
        }
    }
    println!("{short} short ones, killed before each step: {} in {:.1?}", every.schedules, killing.elapsed());
    println!("{every}");
    let mut missed = 0;
    for control in Control::ALL {
        let begin = Instant::now();
        let seeds = options.seed..options.seed.saturating_add(options.controls);
        let first = play::catch(control, seeds.clone());
        let is_caught = |seed: &u64| play::catch(control, *seed..*seed + 1).is_some();
        let caught = first.iter().flat_map(|(schedule, _)| schedule.seed..seeds.end).filter(is_caught).count();
        missed += u64::from(caught == 0 && options.controls > 0);
        let mark = if caught > 0 { "ok " } else { "BAD" };
        println!("{mark} {:<76} {caught:>5} of {}  {:>6.1?}", control.name(), options.controls, begin.elapsed());
        if let Some((schedule, reason)) = first {
            println!("      seed {}: {reason}", schedule.seed);
        }
    }
    let is_good = failures == 0 && missed == 0;
    println!(
        "{}: {} schedules, {failures} fail; {} of {} wrong pollers caught; seed {}; {:.1?}",
        if is_good { "PASSED" } else { "FAILED" },
        tally.schedules + every.schedules,
        Control::ALL.len() - usize::try_from(missed).unwrap_or_default(),
        Control::ALL.len(),
        options.seed,
        begin.elapsed()
    );
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
