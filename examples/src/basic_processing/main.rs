//! Example 1: writes to a table beside the records that arrive for them, the four view types, a delete by time to live,
//! a malformed record kept from its neighbours, and a verdict.

mod change;
mod expectation;
mod malformed;
mod orders;
mod replica;
mod stage;
mod statuses;
mod tail;
mod time_to_live;
mod values;
mod view_types;

use clap::Parser;
use dynacdc_examples::{Arguments, Failure, Screen, Verdict, connect, report};
use dynacdc_local::workload::Workload;
use orders::Orders;
use stage::Stage;
use std::process::ExitCode;

const NAME: &str = "example-1";

const JSON: &str = "\
With --json each line is one object; its \"type\" says what it holds:
  change        a write (none for a delete by time to live) and its record: time, shard, sequence_number,
                event_name, by, changes; values are in DynamoDB's JSON, so that numbers stay exact
  orders        what the typed handler counted, by status
  view_types    what the records of the four view types hold and serve
  time_to_live  how many items expired, or why the part is skipped
  malformed     what a replay stopped at, and what it parked
  verdict       the checks: what, expected, got, holds

The exit code is 0 if all is as expected, 1 if not or if it could not be found out, 2 for wrong arguments.";

/// Basic processing of a DynamoDB stream, shown from the write to the verdict
#[derive(Debug, Parser)]
#[command(name = NAME, after_help = JSON)]
struct CommandLine {
    #[command(flatten)]
    arguments: Arguments,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let CommandLine { arguments } = CommandLine::parse();
    report(NAME, &run(&arguments).await)
}

async fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let mut screen = Screen::new(&arguments.form);
    let workload = Workload::new(arguments.seed, orders::CUSTOMERS);
    let mut stage = Stage::new(connect(arguments, workload.now()).await?);
    let server = if stage.db().is_embedded() { "embedded DynamoDB" } else { stage.db().endpoint() };
    screen.title("dynacdc example 1: basic processing", &format!("seed {}, {server}", arguments.seed))?;

    let outcome = play(&mut stage, workload, &mut screen).await;
    // Tables on a server that stays are taken away also when the example failed.
    let swept = stage.sweep().await;
    let verdict = outcome?;
    swept?;
    Ok(verdict)
}

async fn play(stage: &mut Stage, workload: Workload, screen: &mut Screen) -> Result<Verdict, Failure> {
    let mut orders = Orders::create(stage, workload).await?;
    orders.write(stage, screen).await?;
    let view_types = view_types::compare(stage, screen).await?;
    let expired = time_to_live::run(stage, &mut orders, screen).await?;
    let malformed = malformed::replay_broken(orders.records(), screen).await?;

    let mut checks = orders.finish(stage).await?;
    checks.push(view_types);
    checks.extend(expired);
    checks.extend(malformed);
    screen.section(
        "5  Verdict",
        "What the writes alone, or a scan of the table, let expect, and what the records gave.",
    )?;
    let verdict = Verdict::new(checks);
    screen.show(&verdict)?;
    Ok(verdict)
}
