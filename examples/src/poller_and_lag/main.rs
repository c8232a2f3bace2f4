//! Example 14: a poller that falls behind a table, is killed and goes on, with how far behind it is beside it, and a verdict.

mod exporter;
mod frame;
mod ledger;
mod lineage;
mod live;
mod shop;
mod story;
mod verdict;
mod watch;

use clap::Parser;
use dynacdc_examples::{Failure, Form, Screen, Verdict, report};
use exporter::Exporter;
use std::process::ExitCode;
use story::Story;
use tokio::runtime::Builder;
use watch::Watch;

const NAME: &str = "example-14";

const MORE: &str = "\
On a terminal a live table shows every shard; into a file or pipe the same story is told in lines, as fast as it can be.
It is told on a clock of its own, so one seed gives one story either way.

With --json each line is one object; its \"type\" says what it holds:
  frame    at a moment: what was written and what has taken effect, and per shard its name, parent, state,
           position, effects, unsettled records, and the age of the oldest of them
  killed   what was in flight when the poller was killed
  resumed  what its checkpoints say to the one that takes over
  verdict  the checks: what, expected, got, holds

The exit code is 0 if all is as expected, 1 if not or if it could not be found out, 2 for wrong arguments.";

/// How fast it goes on a terminal: the story of some twenty seconds in less than five.
const ON_A_TERMINAL: u32 = 6;

/// A poller that falls behind, is killed, goes on from its checkpoints and catches up
#[derive(Debug, Parser)]
#[command(name = NAME, after_help = MORE)]
struct CommandLine {
    /// Seed of the generated writes and of the stream; one seed gives one story
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Serve the metrics for Prometheus at http://127.0.0.1:PORT/metrics meanwhile (0: any free port), in real time
    #[arg(long, value_name = "PORT")]
    metrics: Option<u16>,
    /// How many seconds of the story pass in one: 1 to 1000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    speed: Option<u32>,
    #[command(flatten)]
    form: Form,
}

fn main() -> ExitCode {
    report(NAME, &run(&CommandLine::parse()))
}

fn run(line: &CommandLine) -> Result<Verdict, Failure> {
    let screen = Screen::new(&line.form);
    let usual = match (line.metrics, screen.is_live()) {
        (Some(_), _) => Some(1),
        (None, true) => Some(ON_A_TERMINAL),
        (None, false) => None,
    };
    let exporter = line.metrics.map(Exporter::start).transpose()?;
    // Waiting times are drawn from the generator of the thread that everything runs on.
    fastrand::seed(line.seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let verdict = runtime.block_on(Box::pin(async {
        let story = Story::new(line.seed)?;
        let watch = Watch::new(screen, line.speed.or(usual), story.lineage());
        story.tell(watch).await
    }));
    drop(exporter);
    verdict
}
