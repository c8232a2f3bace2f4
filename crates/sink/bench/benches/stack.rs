//! What the layers cost when nothing goes wrong: `make bench-sink`, or `make bench-sink ARGS="-- whole"` for the stacks
//! that have one of the words in their names.
//!
//! Batches of 1,000 records of different items, over a sink that does nothing, without a recorder of metrics and without
//! a subscriber of spans. Nothing here fails, since a time is no test. At its end it prints two lines for each stack:
//! `NANOS <stack> <nanoseconds per record over those of the bare sink>` and `RATIO <stack> <CPU time over the bare sink's>`.
#![allow(clippy::print_stdout, reason = "the output of a benchmark")]

use dynacdc_record::decode_event;
use dynacdc_record_bench::{Arrangement, Event, Race, Rounds, Size};
use dynacdc_sink::{Batch, BoxSink, Lane, Report, Sink, SinkError};
use dynacdc_sink_bench::{Bare, LAYERS, Make, deduplicating, whole};
use std::{cell::RefCell, error::Error, rc::Rc, time::Duration};
use tokio::runtime::{Builder, Runtime};

type Fallible<T = ()> = Result<T, Box<dyn Error>>;

const BUDGET: Duration = Duration::from_secs(2);

fn main() -> Fallible {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let stacks = [("overhead", whole as Make), ("overhead+dedupe", deduplicating)];
    let mut lines = Vec::new();
    println!("CPU time of the thread per record, medians; the stack's over the bare sink's\n");
    println!(
        "{:<22} {:>10} {:>10} {:>7} {:>7} {:^15} {:>6}",
        "stack", "bare ns", "ns", "MB/s", "ratio", "spread", "rounds"
    );
    for (name, make) in stacks.into_iter().chain(LAYERS) {
        let work = format!("stack/{name}");
        if !wanted.is_empty() && !wanted.iter().any(|wanted| work.contains(wanted.as_str())) {
            continue;
        }
        // Deduplication must not know the records yet. The others are measured as they run: over and over.
        let race = race(make, name.contains("dedupe"))?;
        println!("{work:<22} {race}");
        let (bare, stack) = race.nanos_per_record();
        lines.push(format!("NANOS {work} {:.1}", stack - bare));
        lines.push(format!("RATIO {work} {:.2}", race.ratio()));
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// `fresh` is for a new sink for each write, made and dropped outside of what is counted.
fn race(make: Make, fresh: bool) -> Fallible<Race> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let event = decode_event(Event::of(Size::Small, Arrangement::OfImage).json)?;
    let lane = Lane::ordered(None, "shard-1");
    let batch = Batch::new(&lane, event.records());
    let first = Rc::new(make()?);
    if !written(&runtime, &*first, batch)?.is_settled() {
        return Err("the stack does not settle the batch".into());
    }
    let used = RefCell::new(Vec::new());
    let prepare = || {
        used.borrow_mut().clear();
        if fresh { make().map(Rc::new) } else { Ok(Rc::clone(&first)) }
    };
    let stack = |sink: Result<Rc<BoxSink>, SinkError>| {
        let sink = sink?;
        let report = written(&runtime, &*sink, batch);
        used.borrow_mut().push(sink);
        report
    };
    let rounds = Rounds { records: batch.len(), bytes: 0, calls: 20, budget: BUDGET };
    Ok(rounds.run(|| (), |()| written(&runtime, &Bare, batch), prepare, stack)?)
}

fn written(runtime: &Runtime, sink: &impl Sink, batch: Batch<'_>) -> Result<Report, SinkError> {
    runtime.block_on(sink.write(batch))
}
