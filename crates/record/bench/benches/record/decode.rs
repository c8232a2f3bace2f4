//! Bytes to records, against `aws_lambda_events` and `serde_json`.
//!
//! The peer's numbers are texts that nobody has looked at; ours have been checked.

use crate::{BUDGET, Fallible};
use aws_lambda_events::event::dynamodb;
use dynacdc_record::decode_event;
use dynacdc_record_bench::{Arrangement, Event, Race, Rounds, Size};

pub(crate) fn race(size: Size) -> Fallible<Race> {
    let event = Event::of(size, Arrangement::OfImage);
    let rounds = Rounds { records: event.records, bytes: event.json.len(), calls: 1, budget: BUDGET };
    // Ours takes its input over, so that it is copied beforehand and freed in the time that counts.
    let peer = |()| serde_json::from_slice::<dynamodb::Event>(&event.json);
    Ok(rounds.run(|| event.json.clone(), decode_event, || (), peer)?)
}
