//! Differences between images: a model, applying them, and each rule by an example.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper fails its test by panicking")]

mod edit;
mod large;
mod laws;
#[path = "../decode/render.rs"]
mod render;
mod rules;
#[path = "../strategies/mod.rs"]
mod strategies;
mod written;

use dynacdc_record::{AttributeValue, ChangeRecord, Diff, EventName, Item, Path, SequenceNumber, ValueChange, item};
use std::collections::BTreeMap;

/// A change of an item from `old` to `new`, put together without any text.
fn modify(old: &Item, new: &Item) -> ChangeRecord {
    ChangeRecord::builder(EventName::Modify, item! { "pk" => "a" }, SequenceNumber::parse("1").unwrap())
        .old_image(old.clone())
        .new_image(new.clone())
        .build()
        .unwrap()
}

/// What happened to a value, with owned values.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    Added(AttributeValue),
    Removed(AttributeValue),
    Changed(AttributeValue, AttributeValue),
    TypeChanged(AttributeValue, AttributeValue),
}

fn changes(diff: &Diff<'_>) -> BTreeMap<Path, Change> {
    let changes: BTreeMap<_, _> = diff
        .iter()
        .map(|difference| {
            let change = match difference.change() {
                ValueChange::Added { new } => Change::Added(new.into()),
                ValueChange::Removed { old } => Change::Removed(old.into()),
                ValueChange::Changed { old, new } => Change::Changed(old.into(), new.into()),
                ValueChange::TypeChanged { old, new } => Change::TypeChanged(old.into(), new.into()),
            };
            (difference.into_path(), change)
        })
        .collect();
    assert_eq!(changes.len(), diff.len(), "no path occurs twice");
    changes
}
