use crate::{
    history::{change, lane, on_paused_clock},
    place,
    replica::{World, words},
};
use dynacdc_record::{ChangeRecord, EventName, Image, Item, KeyRef, SequenceNumber, StreamViewType, Transition, item};
use dynacdc_sink::{Batch, Class, MapLayer, Mapped, Order, Outcome, Redelivery, Sink, SinkError, SinkExt, sink_fn};
use std::sync::{Arc, Mutex};

#[test]
fn a_move_is_a_removal_there_and_then_an_insert_here() {
    on_paused_clock(async {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let sink = sink_fn("kept", move |record| {
            kept.lock().unwrap().push(record);
            async { Ok(()) }
        })
        .map(place::keyed);
        let moved = change("a", 7, Some((0, 1)), Some((1, 2)));

        let report = sink.write(Batch::new(&lane(), std::slice::from_ref(&moved))).await.unwrap();

        assert_eq!(words(&report), ["applied"]);
        let seen: Vec<ChangeRecord> = seen.lock().unwrap().clone();
        let [there, here] = &seen[..] else { panic!("{seen:?}") };
        let told = |record: &ChangeRecord| (record.event_name(), record.key().to_string(), record.transition());
        assert_eq!(told(there), (EventName::Remove, "at:S:0|id:S:a".to_owned(), Transition::Leave));
        assert_eq!(told(here), (EventName::Insert, "at:S:1|id:S:a".to_owned(), Transition::Enter));
        assert_eq!(there.old_image().map(|image| image.to_item()), Some(item! { "at" => "0", "id" => "a", "v" => 1 }));
        assert_eq!(here.new_image().map(|image| image.to_item()), Some(item! { "at" => "1", "id" => "a", "v" => 2 }));
        assert!(there.new_image().is_none() && here.old_image().is_none());
        assert!(there.version() < here.version(), "a fence tells the halves apart");
        assert_eq!((there.origin(), here.origin()), (moved.clone(), moved));
    });
}

#[test]
fn what_keeps_its_key_is_one_record() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").map(place::keyed);
        let records = [
            change("a", 1, None, Some((0, 0))),
            change("a", 2, Some((0, 0)), Some((0, 1))),
            change("a", 3, Some((0, 1)), None),
        ];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(world.writes(), ["copy: INSERT 0+a, MODIFY 0+a, REMOVE 0+a"]);
    });
}

#[test]
fn keys_are_compared_by_meaning() {
    let key = |image: Image<'_>, _: KeyRef<'_>| {
        let text = if place::of(image) == Some(0) { "1.0" } else { "1" };
        let number = dynacdc_record::Number::parse(text).map_err(|_| SinkError::fatal("no number"))?;
        Ok(Mapped::new(item! { "n" => number }, image.to_item()))
    };
    on_paused_clock(async {
        let world = World::default();

        let sink = world.replica("copy").map(key);

        let report = sink.write(Batch::new(&lane(), &[change("a", 1, Some((0, 0)), Some((1, 0)))])).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(world.writes(), ["copy: MODIFY "]);
    });
}

#[test]
fn the_function_is_given_the_key_of_the_record() {
    on_paused_clock(async {
        let world = World::default();
        let keep = |image: Image<'_>, key: KeyRef<'_>| Ok(Mapped::new(key.attributes().to_item(), image.to_item()));
        let sink = world.replica("copy").map(keep).map(place::keyed);

        let report = sink.write(Batch::new(&lane(), &[change("a", 1, None, Some((0, 0)))])).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(world.writes(), ["copy: INSERT 0+a"]);
    });
}

#[test]
fn an_error_of_the_function_is_that_of_its_record() {
    let picky = |class| {
        move |image: Image<'_>, key: KeyRef<'_>| match place::of(image) {
            Some(2) => Err(SinkError::new(class, "no place 2")),
            _ => place::keyed(image, key),
        }
    };
    let records = [
        change("a", 1, None, Some((0, 0))),
        change("a", 2, Some((0, 0)), Some((2, 0))),
        change("b", 3, None, Some((0, 0))),
        change("a", 4, Some((2, 0)), Some((1, 0))),
        change("a", 5, Some((1, 0)), Some((1, 1))),
    ];
    on_paused_clock(async {
        for class in [Class::Transient, Class::Poison, Class::Fatal] {
            let world = World::default();
            let sink = world.replica("copy").map(picky(class));

            let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

            assert_eq!(words(&report), ["applied", class.as_str(), "applied", "blocked by 1", "blocked by 1"]);
            assert_eq!(report.outcomes()[1].error().map(SinkError::is_unattributed), Some(false));
            assert_eq!(world.writes(), ["copy: INSERT 0+a, INSERT 0+b"]);
        }
    });
}

/// The class of the outcome of one record.
fn class<F>(record: ChangeRecord, function: F) -> Option<Class>
where
    F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError> + Send + Sync,
{
    let sink = World::default().replica("copy").map(function);
    let report = on_paused_clock(async { sink.write(Batch::new(&lane(), &[record])).await.unwrap() });
    report.outcomes().first().and_then(Outcome::error).map(SinkError::class)
}

#[test]
fn what_dynamodb_could_not_hold_is_poison() {
    let no_key = |image: Image<'_>, _: KeyRef<'_>| Ok(Mapped::new(Item::new(), image.to_item()));
    let empty_set = |_: Image<'_>, key: KeyRef<'_>| {
        Ok(Mapped::new(key.attributes().to_item(), item! { "s" => std::collections::BTreeSet::<String>::new() }))
    };
    let keyed = |image: Image<'_>, _: KeyRef<'_>| Mapped::keyed_by(["no such attribute"], image.to_item());
    let insert = || change("a", 1, None, Some((0, 0)));

    assert_eq!(class(insert(), no_key), Some(Class::Poison));
    assert_eq!(class(insert(), empty_set), Some(Class::Poison));
    assert_eq!(class(insert(), keyed), Some(Class::Poison));
}

#[test]
fn where_an_item_was_must_be_known() {
    use EventName::{Insert, Modify, Remove};
    use StreamViewType::{KeysOnly, NewAndOldImages, NewImage, OldImage};
    let record = |name, view: StreamViewType| {
        let mut record =
            ChangeRecord::builder(name, item! { "id" => "a" }, SequenceNumber::parse("7").unwrap()).view_type(view);
        if view.has_old_image() && name != Insert {
            record = record.old_image(crate::history::image("a", (0, 0)));
        }
        if view.has_new_image() && name != Remove {
            record = record.new_image(crate::history::image("a", (0, 1)));
        }
        record.build().unwrap()
    };
    for (name, view, wanted) in [
        (Insert, NewAndOldImages, None),
        (Modify, NewAndOldImages, None),
        (Remove, NewAndOldImages, None),
        (Insert, NewImage, None),
        (Modify, NewImage, Some(Class::Fatal)),
        (Remove, NewImage, Some(Class::Fatal)),
        (Insert, OldImage, Some(Class::Fatal)),
        (Modify, OldImage, Some(Class::Fatal)),
        (Modify, KeysOnly, Some(Class::Fatal)),
    ] {
        assert_eq!(class(record(name, view), place::keyed), wanted, "{name} {view}");
    }
}

#[test]
fn a_map_forwards_what_the_inner_sink_says_and_shows_no_items() {
    let world = World::default();
    let replica = world.replica("copy").with_order(Order::Lane).with_redelivery(Redelivery::Any);
    let layer = MapLayer::new(place::keyed);
    assert_eq!(format!("{layer:?}"), "MapLayer { .. }");

    let sink = replica.layer(layer);

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("copy", Order::Lane, Redelivery::Any));
    assert_eq!(sink.get_ref().name(), sink.name());
    assert_eq!(sink.into_inner().name(), "copy");
    let mapped = Mapped::new(item! { "pk" => "secret" }, item! { "pk" => "secret" });
    assert!(!format!("{mapped:?}").contains("secret"));
}
