//! What changed between two decoded images, against comparing copies of them as hash maps.
//!
//! Ours tells numbers and sets by what they mean and goes into maps and lists; the peer compares texts and stops at the
//! attribute.
//!
//! A handler compares the images of what was decoded just before, so caches are warm: each side goes through a batch once
//! before the time that counts, and then several times. Otherwise each would measure how the other one empties the caches.

use crate::{BUDGET, Fallible};
use aws_lambda_events::event::dynamodb;
use dynacdc_record::{ChangeRecord, Diff, Segment, decode_event, diff};
use dynacdc_record_bench::{Arrangement, Event, Race, Rounds, Size};
use serde_dynamo::AttributeValue;
use std::{
    collections::{BTreeSet, HashMap},
    hint::black_box,
};

/// As many records as Lambda hands to a function unless it is told otherwise.
const BATCH: usize = 100;
/// How often a batch is gone through in one round.
const TIMES: usize = 5;

pub(crate) fn race(order: Arrangement) -> Fallible<Race> {
    let event = Event::of(Size::Medium, order);
    let ours = decode_event(event.json.clone())?;
    let theirs: dynamodb::Event = serde_json::from_slice(&event.json)?;
    for (ours, theirs) in ours.records().iter().zip(&theirs.records) {
        if names(&of_record(ours).ok_or("an image is missing")?) != of_peer(&theirs.change).names() {
            return Err("the differences are not the same".into());
        }
    }
    let (mut ours, mut theirs) = (ours.records().chunks(BATCH).cycle(), theirs.records.chunks(BATCH).cycle());
    let rounds = Rounds { records: BATCH * TIMES, bytes: 0, calls: 1, budget: BUDGET };
    let race = rounds.run(
        || ours.next().inspect(|batch| all_of_records(batch)),
        |batch| batch.map(|batch| (0..TIMES).for_each(|_| all_of_records(batch))),
        || theirs.next().inspect(|batch| all_of_peer(batch)),
        |batch| batch.map(|batch| (0..TIMES).for_each(|_| all_of_peer(batch))),
    )?;
    Ok(race)
}

fn all_of_records(batch: &[ChangeRecord]) {
    batch.iter().for_each(|record| drop(black_box(of_record(record))));
}

fn all_of_peer(batch: &[dynamodb::EventRecord]) {
    batch.iter().for_each(|record| drop(black_box(of_peer(&record.change))));
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
