//! What an invocation costs, against the same function written with `aws_lambda_events` and `serde_dynamo`:
//! `make bench-lambda`.
//!
//! Both functions run at once, each in a process of its own behind a Runtime API of its own, and are invoked in turn. The
//! first eighth of the rounds is left out. Nothing here fails for a time. At its end it prints a line for each size:
//! `RATIO lambda/<records> <peer's CPU time per batch over ours>`; to reach 2, the aim at 1,000 records is 4.
#![allow(clippy::print_stdout, reason = "the output of a benchmark")]

use dynacdc_lambda_bench::Invocation;
use dynacdc_lambda_stub::{Answer, FunctionProcess, RuntimeApi};
use dynacdc_record_bench::{Arrangement, Event, Size};
use serde_json::value::RawValue;
use std::{
    error::Error,
    process::Command,
    time::{Duration, Instant},
};

type Fallible<T = ()> = Result<T, Box<dyn Error>>;

const BUDGET: Duration = Duration::from_secs(10);
const OURS: &str = env!("CARGO_BIN_EXE_function-ours");
const PEER: &str = env!("CARGO_BIN_EXE_function-peer");
const SETTLED: &str = r#"{"batchItemFailures":[]}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Fallible {
    println!("CPU time of the function's process per batch, medians; the peer's over ours\n");
    println!(
        "{:<12} {:>10} {:>12} {:>12} {:>7} {:^15} {:>6}",
        "work", "bytes", "ours us", "peer us", "ratio", "spread", "rounds"
    );
    let mut lines = Vec::new();
    for records in [100, 1_000] {
        let event = first(&Event::of(Size::Medium, Arrangement::OfImage).json, records)?;
        let rounds = race(&event, records).await?;
        let (ours, peer) = (at(0.5, rounds.iter().map(|round| round.0)), at(0.5, rounds.iter().map(|round| round.1)));
        let ratio = |part| at(part, rounds.iter().map(|(ours, peer)| peer / ours));
        println!(
            "lambda/{records:<5} {:>10} {ours:>12.0} {peer:>12.0} {:>7.2} {:>7.2}-{:<7.2} {:>6}",
            event.len(),
            ratio(0.5),
            ratio(0.1),
            ratio(0.9),
            rounds.len()
        );
        lines.push(format!("RATIO lambda/{records} {:.2}", ratio(0.5)));
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// The first records of an event, as they are.
fn first(event: &[u8], records: usize) -> Fallible<String> {
    #[derive(serde::Deserialize)]
    struct Records<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<&'a RawValue>,
    }
    let all: Records<'_> = serde_json::from_slice(event)?;
    let texts: Vec<&str> = all.records.iter().take(records).map(|record| record.get()).collect();
    Ok(format!(r#"{{"Records":[{}]}}"#, texts.join(",")))
}

/// Microseconds per batch, ours and the peer's, round by round.
async fn race(event: &str, records: usize) -> Fallible<Vec<(f64, f64)>> {
    let (our_api, peer_api) = (RuntimeApi::start().await?, RuntimeApi::start().await?);
    let ours = FunctionProcess::start(&our_api, Command::new(OURS))?;
    let peer = FunctionProcess::start(&peer_api, Command::new(PEER))?;
    let (begin, mut rounds) = (Instant::now(), 0);
    while rounds < 16 || begin.elapsed() < BUDGET {
        for api in [&our_api, &peer_api] {
            let answer = api.invoke(event.to_owned(), Duration::from_secs(60)).await;
            if answer != Answer::Response(SETTLED.to_owned()) {
                return Err(format!("a function gave {answer:?}").into());
            }
        }
        rounds += 1;
    }
    let (ours, peer) = (costs(&ours.stop()?, records)?, costs(&peer.stop()?, records)?);
    let mut both: Vec<(f64, f64)> = Vec::new();
    for ((our_time, our_sum), (peer_time, peer_sum)) in ours.into_iter().zip(peer) {
        // The peer rounds.
        if (our_sum - peer_sum).abs() > our_sum.abs() * 1e-9 {
            return Err("the sums are not the same".into());
        }
        both.push((our_time, peer_time));
    }
    both.drain(..both.len() / 8);
    Ok(both)
}

/// Microseconds from each invocation to the next one, and its sum.
fn costs(output: &str, records: usize) -> Fallible<Vec<(f64, f64)>> {
    let told: Option<Vec<Invocation>> = output.lines().map(Invocation::read).collect();
    let told = told.ok_or("a function wrote something else")?;
    if told.iter().any(|invocation| invocation.records != records) {
        return Err("a function missed records".into());
    }
    let cost = |pair: &[Invocation]| ((pair[1].so_far - pair[0].so_far).as_secs_f64() * 1e6, pair[1].sum);
    Ok(told.windows(2).map(cost).collect())
}

fn at(part: f64, values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in a list")]
    let position = ((values.len() as f64 - 1.0) * part) as usize;
    values.get(position).copied().unwrap_or(f64::NAN)
}
