use crate::{
    history::{change, image, lane, on_paused_clock},
    place,
    replica::{World, words},
};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, StreamViewType, item};
use dynacdc_sink::{Batch, FilterItemsLayer, Order, Outcome, Redelivery, Report, Sink, SinkError, SinkExt};
use std::sync::Mutex;

/// Keeps what it is given.
#[derive(Default)]
struct Kept {
    seen: Mutex<Vec<EventName>>,
    /// Where the records lie in memory.
    from: Mutex<Option<usize>>,
}

#[async_trait]
impl Sink for Kept {
    fn name(&self) -> &str {
        "kept"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.seen.lock().unwrap().extend(batch.records().iter().map(ChangeRecord::event_name));
        *self.from.lock().unwrap() = Some(batch.records().as_ptr() as usize);
        Ok(Report::all(batch, Outcome::Applied))
    }
}

const IN: i64 = 0;
const OUT: i64 = 2;

/// A record of a stream of this view type; `None` where the event or the view type has no such image.
fn record(name: EventName, view: Option<StreamViewType>, before: Option<i64>, after: Option<i64>) -> ChangeRecord {
    let sequence = SequenceNumber::parse("7").unwrap();
    let mut record = ChangeRecord::builder(name, item! { "id" => "a" }, sequence);
    if let Some(view) = view {
        record = record.view_type(view);
    }
    if let Some(place) = before {
        record = record.old_image(image("a", (place, 0)));
    }
    if let Some(place) = after {
        record = record.new_image(image("a", (place, 1)));
    }
    record.build().unwrap()
}

/// The event name that is handed down, or the outcome if none is.
fn seen(record: ChangeRecord) -> String {
    let sink = Kept::default().filter_items(place::is_inside);
    let report = on_paused_clock(async { sink.write(Batch::new(&lane(), &[record])).await.unwrap() });
    let seen = sink.get_ref().seen.lock().unwrap();
    seen.first().map_or_else(|| words(&report).join(""), ToString::to_string)
}

#[test]
fn every_case_of_the_table() {
    use EventName::{Insert, Modify, Remove};
    use StreamViewType::{KeysOnly, NewAndOldImages, NewImage, OldImage};
    let both = Some(NewAndOldImages);
    let cases = [
        (Insert, both, None, Some(IN), "INSERT"),
        (Insert, both, None, Some(OUT), "filtered"),
        (Remove, both, Some(IN), None, "REMOVE"),
        (Remove, both, Some(OUT), None, "filtered"),
        (Modify, both, Some(IN), Some(IN), "MODIFY"),
        (Modify, both, Some(OUT), Some(IN), "INSERT"),
        (Modify, both, Some(IN), Some(OUT), "REMOVE"),
        (Modify, both, Some(OUT), Some(OUT), "filtered"),
        (Insert, Some(NewImage), None, Some(IN), "INSERT"),
        (Insert, Some(NewImage), None, Some(OUT), "filtered"),
        (Modify, Some(NewImage), None, Some(IN), "MODIFY"),
        (Modify, Some(NewImage), None, Some(OUT), "REMOVE"),
        (Remove, Some(NewImage), None, None, "REMOVE"),
        (Insert, Some(OldImage), None, None, "INSERT"),
        (Modify, Some(OldImage), Some(IN), None, "MODIFY"),
        (Modify, Some(OldImage), Some(OUT), None, "MODIFY"),
        (Remove, Some(OldImage), Some(IN), None, "REMOVE"),
        (Remove, Some(OldImage), Some(OUT), None, "filtered"),
        (Insert, Some(KeysOnly), None, None, "fatal"),
        (Modify, Some(KeysOnly), None, None, "fatal"),
        (Remove, Some(KeysOnly), None, None, "fatal"),
        (Insert, None, None, None, "fatal"),
        (Modify, None, None, None, "fatal"),
        (Remove, None, None, None, "fatal"),
        (Insert, both, None, None, "poison"),
        (Modify, both, None, None, "poison"),
        (Remove, both, None, None, "poison"),
        (Modify, Some(NewImage), None, None, "poison"),
    ];
    for (name, view, before, after, wanted) in cases {
        assert_eq!(seen(record(name, view, before, after)), wanted, "{name} {view:?} {before:?} {after:?}");
    }
}

#[test]
fn what_enters_has_no_old_image_and_what_leaves_no_new_one() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").filter_items(|image| {
            assert!(image.contains("id"), "whole images are judged");
            place::is_inside(image)
        });
        let records = [change("a", 1, Some((OUT, 0)), Some((IN, 0))), change("b", 2, Some((IN, 0)), Some((OUT, 0)))];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["applied", "applied"]);
        assert_eq!(world.writes(), ["copy: INSERT a, REMOVE b"]);
    });
}

#[test]
fn where_nothing_is_changed_nothing_is_copied() {
    let stays = |id, number| change(id, number, Some((IN, 0)), Some((IN, 1)));
    let outside = |id, number| change(id, number, None, Some((OUT, 1)));
    let whole = [stays("a", 1), stays("b", 2)];
    let run = [outside("a", 1), stays("b", 2), stays("c", 3), outside("d", 4)];
    on_paused_clock(async {
        for (records, first) in [(&whole[..], 0), (&run[..], 1)] {
            let sink = Kept::default().filter_items(place::is_inside);

            let report = sink.write(Batch::new(&lane(), records)).await.unwrap();

            assert!(report.is_settled());
            assert_eq!(*sink.get_ref().from.lock().unwrap(), Some(records[first..].as_ptr() as usize));
        }
    });
}

#[test]
fn a_batch_of_which_nothing_is_inside_makes_no_call() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").filter_items(place::is_inside);

        let none = sink.write(Batch::new(&lane(), &[])).await.unwrap();
        let outside = sink.write(Batch::new(&lane(), &[change("a", 1, None, Some((OUT, 0)))])).await.unwrap();

        assert!(none.outcomes().is_empty());
        assert_eq!(words(&outside), ["filtered"]);
        assert!(world.writes().is_empty());
    });
}

#[test]
fn what_cannot_be_judged_blocks_its_domain() {
    let broken = record(EventName::Modify, Some(StreamViewType::NewAndOldImages), None, None);
    let records = [
        change("b", 1, None, Some((IN, 0))),
        broken,
        change("b", 8, Some((IN, 0)), None),
        change("a", 9, Some((IN, 0)), Some((OUT, 0))),
        change("a", 10, Some((OUT, 0)), Some((OUT, 1))),
    ];
    on_paused_clock(async {
        let world = World::default();
        let by_key = world.replica("key").filter_items(place::is_inside);
        let by_lane = world.replica("lane").with_order(Order::Lane).filter_items(place::is_inside);

        let keys = by_key.write(Batch::new(&lane(), &records)).await.unwrap();
        let whole = by_lane.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&keys), ["applied", "poison", "applied", "blocked by 1", "blocked by 1"]);
        assert_eq!(words(&whole), ["applied", "poison", "blocked by 1", "blocked by 1", "blocked by 1"]);
        assert_eq!(world.writes(), ["key: INSERT b, REMOVE b", "lane: INSERT b"]);
    });
}

#[test]
fn no_later_change_of_an_item_is_settled_after_a_failed_one() {
    on_paused_clock(async {
        let world = World::default();
        world.refuse(&["a"]);
        let sink = world.replica("copy").filter_items(place::is_inside);
        let records = [
            change("a", 1, None, Some((OUT, 0))),
            change("a", 2, Some((OUT, 0)), Some((IN, 0))),
            change("b", 3, None, Some((IN, 0))),
            change("a", 4, Some((IN, 0)), Some((OUT, 0))),
            change("a", 5, Some((OUT, 0)), Some((OUT, 1))),
        ];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["filtered", "poison", "applied", "blocked by 1", "blocked by 1"]);
    });
}

#[test]
fn a_filter_forwards_what_the_inner_sink_says_of_itself() {
    let world = World::default();
    let replica = world.replica("copy").with_order(Order::Lane).with_redelivery(Redelivery::Any);
    let layer = FilterItemsLayer::new(place::is_inside);
    assert_eq!(format!("{layer:?}"), "FilterItemsLayer { .. }");

    let sink = replica.layer(layer);

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("copy", Order::Lane, Redelivery::Any));
    assert_eq!(sink.into_inner().name(), "copy");
}
