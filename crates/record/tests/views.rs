//! Records seen otherwise than they were received.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a helper fails its test by panicking")]

#[path = "strategies/mod.rs"]
mod strategies;

use dynacdc_record::{
    ChangeRecord, EventName, Item, ItemError, SequenceNumber, StreamArn, StreamViewType, Transition, item,
};
use proptest::prelude::*;

const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291";

fn old() -> Item {
    item! { "pk" => "a", "total" => 1 }
}

fn new() -> Item {
    item! { "pk" => "a", "total" => 2 }
}

fn sequence(text: &str) -> SequenceNumber {
    SequenceNumber::parse(text).unwrap()
}

fn record(name: EventName) -> ChangeRecord {
    let mut builder = ChangeRecord::builder(name, item! { "pk" => "a" }, sequence("0100"))
        .event_id("id")
        .stream_arn(StreamArn::parse(ARN).unwrap())
        .view_type(StreamViewType::NewAndOldImages);
    if name != EventName::Insert {
        builder = builder.old_image(old());
    }
    if name != EventName::Remove {
        builder = builder.new_image(new());
    }
    builder.build().unwrap()
}

/// Old and new image.
fn images(record: &ChangeRecord) -> (Option<Item>, Option<Item>) {
    (record.old_image().map(Item::from), record.new_image().map(Item::from))
}

#[test]
fn a_record_as_received_is_no_view() {
    for (name, shown) in [
        (EventName::Insert, (None, Some(new()))),
        (EventName::Modify, (Some(old()), Some(new()))),
        (EventName::Remove, (Some(old()), None)),
    ] {
        let record = record(name);

        assert!(!record.is_view());
        assert_eq!(record.transition(), Transition::Stay);
        assert_eq!(record.origin(), record);
        assert_eq!(record.part(), 0);
        assert_eq!(images(&record), shown);
    }
}

#[test]
fn a_change_that_enters_reads_as_an_insert() {
    let record = record(EventName::Modify);

    let seen = record.entering();

    assert_eq!(seen.event_name(), EventName::Insert);
    assert_eq!(images(&seen), (None, Some(new())));
    assert_eq!(seen.transition(), Transition::Enter);
    assert!(seen.is_view());
    assert_eq!(seen.origin(), record);
    assert_eq!(images(&seen.origin()), (Some(old()), Some(new())));
    assert_ne!(seen, record);
    let missing = seen.require_old_image().unwrap_err();
    assert_eq!((missing.image, missing.event_name), ("OldImage", EventName::Insert));
}

#[test]
fn a_change_that_leaves_reads_as_a_removal() {
    let record = record(EventName::Modify);

    let seen = record.leaving();

    assert_eq!(seen.event_name(), EventName::Remove);
    assert_eq!(images(&seen), (Some(old()), None));
    assert_eq!(seen.transition(), Transition::Leave);
    assert_eq!(seen.origin(), record);
    assert!(seen.require_new_image().is_err());
    assert_ne!(seen, record.entering());
}

#[test]
fn the_last_view_counts() {
    let record = record(EventName::Modify);

    assert_eq!(record.leaving().entering(), record.entering());
    assert_eq!(record.entering().leaving(), record.leaving());
}

#[test]
fn inserts_and_removals_that_pass_a_boundary_stay_what_they_are() {
    let (insert, remove) = (record(EventName::Insert), record(EventName::Remove));

    assert_eq!(insert.entering().event_name(), EventName::Insert);
    assert_eq!(insert.entering().transition(), Transition::Stay);
    assert_eq!(remove.leaving().event_name(), EventName::Remove);
    assert_eq!(remove.leaving().transition(), Transition::Stay);
}

#[test]
fn a_derived_record_has_its_own_key_and_images() {
    let record = record(EventName::Modify);
    let (key, before, after) = (item! { "id" => 1 }, item! { "x" => 1 }, item! { "x" => 2 });

    let seen = record.derive(&key, Some(&before), Some(&after)).unwrap();

    assert_eq!(seen.event_name(), EventName::Modify);
    assert_eq!(images(&seen), (Some(before), Some(after)));
    assert_eq!(seen.key().to_string(), "id:N:1");
    assert_eq!(seen.transition(), Transition::Move);
    assert_eq!(seen.origin(), record);
    assert_eq!(images(&seen.origin()), (Some(old()), Some(new())));
    assert_eq!(record.derive(&item! { "pk" => "a" }, None, None).unwrap().transition(), Transition::Stay);
}

#[test]
fn what_dynamodb_could_not_hold_is_not_derived() {
    let record = record(EventName::Modify);
    let empty = item! { "set" => std::collections::BTreeSet::<String>::new() };

    assert_eq!(record.derive(&item! {}, None, None), Err(ItemError::NotAKey));
    let refused = record.derive(&item! { "pk" => 1 }, None, Some(&empty)).unwrap_err();
    assert_eq!(refused, ItemError::EmptySet { path: "set".parse().unwrap() });
}

#[test]
fn a_change_derived_from_a_view_keeps_the_name_of_the_view_and_the_first_origin() {
    let record = record(EventName::Modify);
    let once = record.derive(&item! { "id" => 1 }, None, Some(&new())).unwrap();

    let seen = once.entering().derive(&item! { "id" => 2 }, None, Some(&new())).unwrap();

    assert_eq!(seen.event_name(), EventName::Insert);
    assert_eq!(seen.transition(), Transition::Enter);
    assert_eq!(seen.origin(), record);
    assert_eq!(seen.key().to_string(), "id:N:2");
}

#[test]
fn a_moved_item_is_removed_at_one_place_and_inserted_at_the_other() {
    let record = record(EventName::Modify);
    let leaves = record.derive(&item! { "id" => 1 }, Some(&old()), None).unwrap().leaving();
    let enters = record.derive(&item! { "id" => 2 }, None, Some(&new())).unwrap().entering().with_part(1);

    assert_eq!((leaves.event_name(), leaves.transition()), (EventName::Remove, Transition::Leave));
    assert_eq!((enters.event_name(), enters.transition()), (EventName::Insert, Transition::Enter));
    assert!(leaves.version() < enters.version());
    assert_eq!(leaves.origin(), enters.origin());
}

#[test]
fn a_part_makes_a_view_and_stays_through_the_others() {
    let record = record(EventName::Modify);

    let part = record.clone().with_part(3);

    assert!(part.is_view());
    assert_eq!(part.transition(), Transition::Stay);
    assert_eq!(part.origin(), record);
    assert_eq!((part.entering().part(), part.leaving().part(), part.detach().part()), (3, 3, 3));
    assert_eq!(part.derive(&item! { "pk" => "b" }, None, None).unwrap().part(), 3);
    assert_ne!(part, record);
    assert_eq!(part.with_part(0), record);
}

#[test]
fn versions_order_by_label_then_number_then_part() {
    let version = |label: &str, number: &str, part: u8| {
        ChangeRecord::builder(EventName::Modify, item! { "pk" => "a" }, sequence(number))
            .stream_arn(StreamArn::parse(&ARN.replace("2015", label)).unwrap())
            .build()
            .unwrap()
            .with_part(part)
    };
    let ordered = [
        version("2015", "9", 0),
        version("2015", "0009", 1),
        version("2015", "10", 0),
        version("2016", "1", 0),
        version("2016", "1", 2),
    ];

    assert!(ordered.is_sorted_by(|a, b| a.version() < b.version()));
    assert_eq!(version("2015", "9", 0).version(), version("2015", "009", 0).version());
    let nameless = ChangeRecord::builder(EventName::Modify, item! { "pk" => "a" }, sequence("5")).build().unwrap();
    assert_eq!(nameless.version().label, "");
}

#[test]
fn transitions_between_places() {
    for (old, new, wanted) in [
        (None, None, None),
        (None, Some(1), Some(Transition::Enter)),
        (Some(1), None, Some(Transition::Leave)),
        (Some(1), Some(1), Some(Transition::Stay)),
        (Some(1), Some(2), Some(Transition::Move)),
    ] {
        assert_eq!(Transition::between(old, new), wanted);
    }
}

#[test]
fn a_time_to_live_delete_stays_one_in_every_view() {
    let record = ChangeRecord::builder(EventName::Remove, item! { "pk" => "a" }, sequence("1"))
        .user_identity("Service", "dynamodb.amazonaws.com")
        .build()
        .unwrap();

    assert!(record.is_ttl_delete());
    assert!(record.derive(&item! { "id" => 1 }, None, None).unwrap().is_ttl_delete());
    assert!(record.leaving().is_ttl_delete());
}

proptest! {
    #[test]
    fn no_view_alters_what_identifies_a_change(change in strategies::change(), key in strategies::key_item(), part: u8) {
        let record = change.record();
        let derived = record.derive(&key, None, change.old_image.as_ref()).unwrap();
        for seen in [record.entering(), record.leaving(), derived.clone(), derived.leaving(), derived.detach()] {
            let seen = seen.with_part(part);

            prop_assert_eq!(seen.event_id(), record.event_id());
            prop_assert_eq!(seen.sequence_number(), record.sequence_number());
            prop_assert_eq!(seen.stream_arn(), record.stream_arn());
            prop_assert_eq!(seen.created_epoch(), record.created_epoch());
            prop_assert_eq!(seen.size_bytes(), record.size_bytes());
            prop_assert_eq!(seen.view_type(), record.view_type());
            prop_assert_eq!(seen.user_identity(), record.user_identity());
            prop_assert_eq!((seen.version().label, seen.version().sequence), (record.version().label, record.version().sequence));
            prop_assert_eq!(seen.version().part, part);
            prop_assert_eq!(seen.origin(), record.clone());
        }
    }
}
