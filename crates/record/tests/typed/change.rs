use dynacdc_record::{
    Change, ChangeError, ChangeRecord, EventName, Item, ReadErrorKind, SequenceNumber, StreamViewType, item,
};
use serde::Deserialize;
use std::error::Error;

#[derive(Debug, PartialEq, Deserialize)]
struct Order<'a> {
    pk: &'a str,
    total: u8,
}

fn record(event_name: EventName, old: Option<Item>, new: Option<Item>) -> ChangeRecord {
    let mut builder = ChangeRecord::builder(event_name, item! { "pk" => "A" }, SequenceNumber::parse("1").unwrap())
        .view_type(StreamViewType::NewAndOldImages);
    if let Some(old) = old {
        builder = builder.old_image(old);
    }
    if let Some(new) = new {
        builder = builder.new_image(new);
    }
    builder.build().unwrap()
}

fn order(total: u32) -> Option<Item> {
    Some(item! { "pk" => "A", "total" => total })
}

#[test]
fn each_event_name_gives_the_images_that_it_has() {
    let insert = record(EventName::Insert, None, order(1));
    let modify = record(EventName::Modify, order(1), order(2));
    let remove = record(EventName::Remove, order(2), None);
    let is = |total| Order { pk: "A", total };

    assert_eq!(insert.change(), Ok(Change::Insert { new: is(1) }));
    assert_eq!(modify.change(), Ok(Change::Modify { old: is(1), new: is(2) }));
    assert_eq!(remove.change(), Ok(Change::Remove { old: is(2) }));
}

#[test]
fn a_view_counts_as_it_is_seen() {
    let modify = record(EventName::Modify, order(1), order(2));

    assert_eq!(modify.entering().change::<Order<'_>>().unwrap().old(), None);
    assert_eq!(modify.leaving().change::<Order<'_>>().unwrap().new(), None);
}

#[test]
fn an_image_that_the_view_type_lacks_is_an_error() {
    let modify = record(EventName::Modify, None, order(2));

    let error = modify.change::<Order<'_>>().unwrap_err();

    assert!(matches!(&error, ChangeError::Missing(missing) if missing.image == "OldImage"), "{error}");
}

#[test]
fn an_error_names_the_image_and_its_source_the_attribute() {
    let modify = record(EventName::Modify, order(1), order(256));

    let error = modify.change::<Order<'_>>().unwrap_err();

    assert_eq!(error.to_string(), "NewImage does not read as the asked type");
    assert_eq!(error.source().unwrap().to_string(), "total: the number has no exact form as u8");
    let ChangeError::Read { source, .. } = error else { panic!() };
    assert!(matches!(source.kind(), ReadErrorKind::Number(_)));
}

#[test]
fn a_change_is_mapped_old_image_first() {
    let mut seen = Vec::new();

    let change = Change::Modify { old: 1, new: 2 }.map(|n| {
        seen.push(n);
        n * 10
    });

    assert_eq!(seen, [1, 2]);
    assert_eq!(change.as_ref().map(|n| n + 1), Change::Modify { old: 11, new: 21 });
    assert_eq!((change.old(), change.new()), (Some(&10), Some(&20)));
    assert_eq!(change.into_images(), (Some(10), Some(20)));
    assert_eq!(Change::Remove { old: 1 }.into_images(), (Some(1), None));
}
