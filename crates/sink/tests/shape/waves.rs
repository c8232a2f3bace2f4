//! What goes at once, what waits, and what a failure stops.

use crate::{
    history::{change, lane, on_paused_clock},
    place,
    replica::{World, words},
};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Mapped, Order, RouteRule, Sink, SinkError, SinkExt, route};
use std::time::Duration;
use tokio::time::Instant;

fn moved(id: &str, number: u64, from: i64, to: i64) -> ChangeRecord {
    change(id, number, Some((from, 0)), Some((to, 0)))
}

#[test]
fn moves_of_many_items_are_two_writes() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").map(place::keyed);
        let records =
            [moved("a", 1, 0, 1), change("b", 2, None, Some((0, 0))), moved("c", 3, 0, 1), moved("d", 4, 2, 0)];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(report.cost().calls, 2);
        assert_eq!(
            world.writes(),
            ["copy: REMOVE 0+a, INSERT 0+b, REMOVE 0+c, REMOVE 2+d", "copy: INSERT 1+a/1, INSERT 1+c/1, INSERT 0+d/1"]
        );
    });
}

#[test]
fn an_item_that_moves_on_waits_for_itself() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").map(place::keyed);
        let records = [moved("a", 1, 0, 1), change("a", 2, Some((1, 0)), Some((1, 1))), moved("a", 3, 1, 2)];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        let waves = ["copy: REMOVE 0+a", "copy: INSERT 1+a/1, MODIFY 1+a, REMOVE 1+a", "copy: INSERT 2+a/1"];
        assert_eq!(world.writes(), waves);
    });
}

#[test]
fn a_sink_of_lane_order_keeps_the_order_itself() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("chain").with_order(Order::Lane).map(place::keyed);
        let records = [moved("a", 1, 0, 1), moved("b", 2, 0, 1)];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(world.writes(), ["chain: REMOVE 0+a, INSERT 1+a/1, REMOVE 0+b, INSERT 1+b/1"]);
    });
}

#[test]
fn a_branch_of_lane_order_is_never_given_an_earlier_change_later() {
    on_paused_clock(async {
        let world = World::default();
        let (left, right) = (world.replica("left"), world.replica("right").with_order(Order::Lane));
        let sink = route([("left", left.boxed()), ("right", right.boxed())], RouteRule::items(place::branch));
        let records = [moved("a", 1, 0, 1), change("b", 2, None, Some((1, 0))), change("c", 3, None, Some((0, 0)))];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(world.writes(), ["left: REMOVE a, INSERT c", "right: INSERT a/1, INSERT b"]);
    });
}

#[test]
fn a_failed_first_half_stops_the_second_and_what_follows() {
    on_paused_clock(async {
        let world = World::default();
        world.refuse(&["0+a"]);
        let sink = world.replica("copy").map(place::keyed);
        let records =
            [moved("b", 1, 0, 1), moved("a", 2, 0, 1), change("a", 3, Some((1, 0)), Some((1, 1))), moved("a", 4, 1, 2)];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["applied", "poison", "blocked by 1", "blocked by 1"]);
        assert_eq!(world.writes(), ["copy: REMOVE 0+b, REMOVE 0+a", "copy: INSERT 1+b/1"]);
    });
}

#[test]
fn two_items_at_one_place_keep_their_order() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").map(place::only);
        // `b` may come to 1 only after `a`, which waits for its own removal, has been there and gone.
        let records = [moved("a", 1, 0, 1), moved("a", 2, 1, 2), change("b", 3, None, Some((1, 0)))];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(world.writes(), ["copy: REMOVE 0", "copy: INSERT 1/1, REMOVE 1, INSERT 1", "copy: INSERT 2/1"]);
        assert_eq!(world.copies().keys().map(|(_, key)| &**key).collect::<Vec<_>>(), ["1", "2"]);
    });
}

#[test]
fn a_place_of_an_unsettled_record_is_taken_by_nobody() {
    on_paused_clock(async {
        let world = World::default();
        world.refuse(&["2"]);
        let sink = world.replica("copy").map(place::only);
        // Both halves of the first are written again, so `b` at 0 would be removed if it counted as settled.
        let records = [moved("a", 1, 0, 2), change("b", 2, None, Some((0, 0))), change("c", 3, None, Some((1, 0)))];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["poison", "blocked by 0", "applied"]);
    });
}

#[test]
fn what_is_blocked_at_one_place_blocks_its_item_and_its_other_places() {
    on_paused_clock(async {
        let world = World::default();
        world.refuse(&["0"]);
        let sink = world.replica("copy").map(place::only);
        let records = [
            change("a", 1, None, Some((0, 0))),
            moved("b", 2, 1, 0),
            change("c", 3, None, Some((1, 0))),
            change("b", 4, Some((0, 0)), None),
            change("d", 5, None, Some((3, 0))),
        ];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["poison", "blocked by 0", "blocked by 1", "blocked by 0", "applied"]);
    });
}

#[test]
fn a_wave_that_cannot_begin_is_left() {
    on_paused_clock(async {
        let world = World::default();
        let sink = world.replica("copy").with_time(Duration::from_secs(2)).map(place::keyed);
        let records = [moved("a", 1, 0, 1), change("b", 2, None, Some((0, 0))), change("a", 3, Some((1, 0)), None)];
        let (lane, soon) = (lane(), Instant::now() + Duration::from_secs(1));

        let report = sink.write(Batch::new(&lane, &records).with_deadline(soon)).await.unwrap();
        let late = sink.write(Batch::new(&lane, &records).with_deadline(soon)).await.unwrap();

        assert_eq!(words(&report), ["transient", "applied", "blocked by 0"]);
        assert_eq!(words(&late), ["transient", "transient", "blocked by 0"]);
        assert_eq!(world.writes(), ["copy: REMOVE 0+a, INSERT 0+b"]);
    });
}

#[test]
fn what_is_blocked_already_is_not_said_to_be_late() {
    on_paused_clock(async {
        let world = World::default();
        world.refuse(&["0"]);
        let sink = world.replica("copy").with_time(Duration::from_secs(2)).map(place::only);
        let records = [change("a", 1, None, Some((0, 0))), moved("b", 2, 0, 1), moved("c", 3, 2, 3)];
        let (lane, soon) = (lane(), Instant::now() + Duration::from_secs(1));

        let report = sink.write(Batch::new(&lane, &records).with_deadline(soon)).await.unwrap();

        assert_eq!(words(&report), ["poison", "blocked by 0", "transient"]);
    });
}

#[test]
fn lane_and_deadline_go_down() {
    struct Asks;
    #[async_trait::async_trait]
    impl Sink for Asks {
        fn name(&self) -> &str {
            "asks"
        }
        async fn write(&self, batch: Batch<'_>) -> Result<dynacdc_sink::Report, SinkError> {
            assert!(batch.deadline().is_some());
            assert_eq!(batch.lane(), &lane());
            Ok(dynacdc_sink::Report::all(batch, dynacdc_sink::Outcome::Applied))
        }
    }
    on_paused_clock(async {
        let stack = Asks
            .filter_items(place::is_inside)
            .map(|image, key| Ok(Mapped::new(key.attributes().to_item(), image.to_item())));
        let sink = route([("asks", stack.boxed())], RouteRule::records(|_| Some("asks")));
        let records = [change("a", 1, None, Some((2, 0))), change("b", 2, Some((0, 0)), Some((2, 0)))];
        let (lane, later) = (lane(), Instant::now() + Duration::from_secs(1));

        let report = sink.write(Batch::new(&lane, &records).with_deadline(later)).await.unwrap();

        assert_eq!(words(&report), ["filtered", "applied"]);
    });
}
