//! Ours against the peers, in time and in memory: `make bench-record`, or `make bench-record ARGS="-- decode/small"`
//! for the works that have one of the words in their names.
//!
//! The floors say below what a change is a step back, the aims where we want to be; nothing here fails, since a time is
//! no test. At its end it prints a line for each figure: `RATIO <work> <peer's CPU time over ours>`,
//! `ALLOCS <size> <allocations per record>` and `HEAP <size> <peak over the size of the event>`.
#![allow(clippy::print_stdout, reason = "the output of a benchmark")]

mod agree;
mod decode;
mod diff;
mod memory;
mod sum;
mod typed;

use dynacdc_record_bench::{Arrangement, Event, Race, Size};
use std::{error::Error, time::Duration};

type Fallible<T = ()> = Result<T, Box<dyn Error>>;

const BUDGET: Duration = Duration::from_secs(4);

/// What a figure is measured against: the floor and the aim.
type Goal = (f64, f64);

/// The works that were asked for, and the lines for programs that they have left.
struct Report {
    wanted: Vec<String>,
    lines: Vec<String>,
}

impl Report {
    fn wants(&self, work: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| work.contains(wanted.as_str()))
    }

    fn race(&mut self, work: &str, goal: Option<Goal>, run: impl FnOnce() -> Fallible<Race>) -> Fallible {
        if self.wants(work) {
            let race = run()?;
            let goal = goal.map_or_else(String::new, |(floor, aim)| format!("{floor:>5}x {aim:>4}x"));
            println!("{work:<14} {race} {goal}");
            self.lines.push(format!("RATIO {work} {:.2}", race.ratio()));
        }
        Ok(())
    }
}

fn main() -> Fallible {
    // Cargo adds `--bench`.
    let wanted = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut report = Report { wanted, lines: Vec::new() };
    for size in Size::ALL {
        let event = Event::of(size, Arrangement::OfImage);
        agree::check(&event)?;
        let (name, records, bytes) = (size.name(), event.records, event.json.len());
        println!("{name:<6} {records:>5} records, {bytes:>8} bytes of JSON, items of {} bytes", event.item_bytes);
    }
    println!("\nCPU time of the thread, medians; the peer's over ours, with the first and last tenth of the rounds\n");
    println!(
        "{:<14} {:>10} {:>10} {:>7} {:>7} {:^15} {:>6} {:>6} {:>5}",
        "work", "ours ns", "peer ns", "MB/s", "ratio", "spread", "rounds", "floor", "aim"
    );
    for (size, goal) in [(Size::Small, (4.0, 7.0)), (Size::Medium, (5.0, 10.0)), (Size::Large, (5.0, 10.0))] {
        report.race(&format!("decode/{}", size.name()), Some(goal), || decode::race(size))?;
    }
    report.race("struct/medium", Some((3.0, 6.0)), typed::race)?;
    report.race("diff/medium", Some((20.0, 40.0)), || diff::race(Arrangement::OfRecord))?;
    report.race("diff/shuffled", None, || diff::race(Arrangement::OfImage))?;
    report.race("sum/38", Some((3.0, 4.0)), sum::race)?;
    memory::report(&mut report)?;
    println!();
    report.lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}
