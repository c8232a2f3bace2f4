//! Reading a range again, from a simulated stream.

mod hardships;
mod losses;
mod ranges;

use dynacdc_record::{ChangeRecord, SequenceNumber, item};
use dynacdc_source::{RefetchError, Refetched, refetch};
use dynacdc_testkit::StreamSimulator;
use std::{error::Error, ops::RangeInclusive};

type Tested = Result<(), Box<dyn Error>>;

/// Writes items `0` and so on, and gives the numbers of all records so far.
fn put(stream: &StreamSimulator, items: usize) -> Result<Vec<SequenceNumber>, Box<dyn Error>> {
    let before = stream.written().len();
    for n in before..before + items {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    Ok(numbers(&stream.written()))
}

fn numbers(records: &[ChangeRecord]) -> Vec<SequenceNumber> {
    records.iter().map(ChangeRecord::sequence_number).collect()
}

/// From the first shard.
async fn read(stream: &StreamSimulator, range: RangeInclusive<SequenceNumber>) -> Result<Refetched, RefetchError> {
    refetch(stream, &stream.arn(), &stream.shards()[0], range).await
}
