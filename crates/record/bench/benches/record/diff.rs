//! What changed between two decoded images, against comparing copies of them as hash maps.
//!
//! Ours tells numbers and sets by what they mean and goes into maps and lists; the peer compares texts and stops at the
//! attribute.

use crate::{BUDGET, Fallible};
use aws_lambda_events::event::dynamodb;
use dynacdc_record::{ChangeRecord, Diff, Segment, decode_event, diff};
use dynacdc_record_bench::{Event, Race, Rounds, Size};
use serde_dynamo::AttributeValue;
use std::collections::{BTreeSet, HashMap};

pub(crate) fn race() -> Fallible<Race> {
    let event = Event::of(Size::Medium);
    let ours = decode_event(event.json.clone())?;
    let theirs: dynamodb::Event = serde_json::from_slice(&event.json)?;
    for (ours, theirs) in ours.records().iter().zip(&theirs.records) {
        if names(&of_record(ours).ok_or("an image is missing")?) != of_peer(&theirs.change).names() {
            return Err("the differences are not the same".into());
        }
    }
    let rounds = Rounds { records: event.records, bytes: 0, calls: 1, budget: BUDGET };
    let race = rounds.run(
        || (),
        |()| ours.records().iter().map(of_record).collect::<Vec<_>>(),
        || theirs.records.iter().map(|record| of_peer(&record.change)).collect::<Vec<_>>(),
    )?;
    Ok(race)
}

fn of_record(record: &ChangeRecord) -> Option<Diff<'_>> {
    Some(diff(record.old_image()?, record.new_image()?))
}

/// The attributes that something was found in.
fn names(diff: &Diff<'_>) -> BTreeSet<String> {
    diff.iter()
        .filter_map(|difference| match difference.path().segments().first() {
            Some(Segment::Name(name)) => Some(name.to_string()),
            _ => None,
        })
        .collect()
}

#[derive(Debug, Default)]
struct PeerDiff {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
}

impl PeerDiff {
    fn names(self) -> BTreeSet<String> {
        self.added.into_iter().chain(self.removed).chain(self.changed).collect()
    }
}

fn of_peer(change: &dynamodb::StreamRecord) -> PeerDiff {
    let old: HashMap<String, AttributeValue> = change.old_image.inner().clone();
    let new: HashMap<String, AttributeValue> = change.new_image.inner().clone();
    let mut diff = PeerDiff::default();
    for (name, value) in &new {
        match old.get(name) {
            None => diff.added.push(name.clone()),
            Some(old) if old != value => diff.changed.push(name.clone()),
            Some(_) => {}
        }
    }
    diff.removed.extend(old.into_keys().filter(|name| !new.contains_key(name)));
    diff
}
