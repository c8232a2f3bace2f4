//! The event source mapping: each rule of Lambda that it plays. Those whose names end in `as_recorded` were recorded from
//! AWS by LocalStack's validated tests.

mod answers;
mod batches;
mod destination;
mod filters;
mod redelivery;
mod retries;
mod shards;
mod throttles;
mod windows;

use dynacdc_record::{ChangeRecord, SequenceNumber, decode_event, item};
use dynacdc_testkit::{InvocationOutcome, MappingRun, StreamSimulator};
use std::{cell::RefCell, error::Error};

type Tested = Result<(), Box<dyn Error>>;

/// A stream of one shard with items `0` and so on.
fn with(items: usize) -> Result<StreamSimulator, Box<dyn Error>> {
    let stream = StreamSimulator::new("orders")?;
    put(&stream, 0..items)?;
    Ok(stream)
}

fn put(stream: &StreamSimulator, items: std::ops::Range<usize>) -> Tested {
    for n in items {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    Ok(())
}

fn numbers(stream: &StreamSimulator) -> Vec<SequenceNumber> {
    stream.written().iter().map(ChangeRecord::sequence_number).collect()
}

/// The records of an event.
fn records(event: String) -> Vec<ChangeRecord> {
    decode_event(event).map(|event| event.into_parts().0).unwrap_or_default()
}

fn name(record: &ChangeRecord) -> String {
    record.keys().get("pk").and_then(|pk| pk.as_str().map(str::to_owned)).unwrap_or_default()
}

/// An answer that names these records.
fn failures<'n>(numbers: impl IntoIterator<Item = &'n SequenceNumber>) -> String {
    let one = |number: &SequenceNumber| format!(r#"{{"itemIdentifier":"{number}"}}"#);
    let all: Vec<String> = numbers.into_iter().map(one).collect();
    format!(r#"{{"batchItemFailures":[{}]}}"#, all.join(","))
}

/// How many records each invocation had.
fn sizes(run: &MappingRun) -> Vec<usize> {
    run.invocations().iter().map(|invocation| invocation.records().len()).collect()
}

fn outcomes(run: &MappingRun) -> Vec<InvocationOutcome> {
    run.invocations().iter().map(|invocation| invocation.outcome()).collect()
}

/// What a handler saw, invocation by invocation.
#[derive(Default)]
struct Seen(RefCell<Vec<Vec<String>>>);

impl Seen {
    fn note(&self, records: &[ChangeRecord]) {
        self.0.borrow_mut().push(records.iter().map(name).collect());
    }

    fn all(&self) -> Vec<Vec<String>> {
        self.0.borrow().clone()
    }
}
