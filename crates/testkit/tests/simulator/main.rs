//! The stream in memory: what it plays of DynamoDB Streams, and that the poller stands it.

mod disabled;
mod follow;
mod hardships;
mod lineage;
mod listing;
mod poller;
mod reading;
mod trimming;
mod writing;

use dynacdc_record::ChangeRecord;
use dynacdc_sink::ShardId;
use dynacdc_source::{Position, StreamsApi, StreamsError, StreamsErrorKind};
use dynacdc_testkit::StreamSimulator;
use std::error::Error;

type Tested = Result<(), Box<dyn Error>>;

/// Everything from a position to the end of a shard, or to the first empty page of an open one, and whether it ended.
async fn read(
    stream: &StreamSimulator,
    shard: &ShardId,
    position: Position,
) -> Result<(Vec<ChangeRecord>, bool), StreamsError> {
    let arn = stream.arn();
    let mut iterator = stream.iterator(&arn, shard, &position).await?;
    let mut read = Vec::new();
    loop {
        let page = stream.records(&arn, &iterator, None).await?;
        let is_empty = page.records.is_empty();
        read.extend(page.records.into_parts().0);
        match page.next {
            None => return Ok((read, true)),
            Some(_) if is_empty => return Ok((read, false)),
            Some(next) => iterator = next,
        }
    }
}

fn kind<T>(result: Result<T, StreamsError>) -> Option<StreamsErrorKind> {
    result.err().map(|error| error.kind())
}

/// The attribute `pk` of each record's key.
fn names(records: &[ChangeRecord]) -> Vec<String> {
    let name = |record: &ChangeRecord| record.keys().get("pk").and_then(|pk| pk.as_str().map(str::to_owned));
    records.iter().filter_map(name).collect()
}
