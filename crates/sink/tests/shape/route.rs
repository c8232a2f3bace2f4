use crate::{
    history::{change, lane, on_paused_clock},
    place,
    replica::{World, words},
};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, StreamArn, StreamViewType, item};
use dynacdc_sink::{
    Batch, BoxSink, Class, Order, Outcome, Redelivery, Report, Route, RouteRule, Sink, SinkError, SinkExt, route,
};
use std::time::Duration;
use tokio::time::Instant;

fn by_place(world: &World) -> Route<&'static str> {
    let branch = |name| (name, world.replica(name).boxed());
    route([branch("left"), branch("right")], RouteRule::items(place::branch))
}

#[test]
fn every_transition() {
    on_paused_clock(async {
        for (old, new, wanted, writes) in [
            (None, Some(0), "applied", vec!["left: INSERT a"]),
            (None, Some(2), "filtered", vec![]),
            (Some(0), None, "applied", vec!["left: REMOVE a"]),
            (Some(2), None, "filtered", vec![]),
            (Some(1), Some(1), "applied", vec!["right: MODIFY a"]),
            (Some(2), Some(2), "filtered", vec![]),
            (Some(2), Some(1), "applied", vec!["right: INSERT a"]),
            (Some(1), Some(2), "applied", vec!["right: REMOVE a"]),
            (Some(1), Some(0), "applied", vec!["right: REMOVE a", "left: INSERT a/1"]),
        ] {
            let world = World::default();
            let record = change("a", 1, old.map(|place| (place, 0)), new.map(|place| (place, 1)));

            let report = by_place(&world).write(Batch::new(&lane(), &[record])).await.unwrap();

            assert_eq!(words(&report), [wanted], "{old:?} {new:?}");
            assert_eq!(world.writes(), writes, "{old:?} {new:?}");
        }
    });
}

#[test]
fn branches_are_written_at_once_and_once() {
    on_paused_clock(async {
        let world = World::default();
        let slow = |name| (name, world.replica(name).with_time(Duration::from_secs(1)).boxed());
        let sink = route([slow("left"), slow("right")], RouteRule::items(place::branch));
        let records = ["a", "b", "c", "d"].map(|id| change(id, 1, None, Some((i64::from(id > "b"), 0))));
        let begun = Instant::now();

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert!(report.is_settled());
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        assert_eq!(world.writes(), ["left: INSERT a, INSERT b", "right: INSERT c, INSERT d"]);
        assert_eq!(report.cost().calls, 2);
    });
}

#[test]
fn a_failed_branch_fails_its_records_with_its_name() {
    on_paused_clock(async {
        let world = World::default();
        world.refuse(&["b"]);
        let records = [
            change("a", 1, None, Some((0, 0))),
            change("b", 2, Some((0, 0)), Some((1, 0))),
            change("c", 3, None, Some((1, 0))),
            change("b", 4, Some((1, 0)), Some((2, 0))),
            change("b", 5, Some((2, 0)), Some((2, 1))),
        ];

        let report = by_place(&world).write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["applied", "poison", "applied", "blocked by 1", "blocked by 1"]);
        assert_eq!(report.outcomes()[1].error().map(SinkError::context), Some("left: refused"));
        assert_eq!(world.writes(), ["left: INSERT a, REMOVE b", "right: INSERT c"]);
    });
}

/// Answers for the whole batch.
struct Whole(fn(Batch<'_>) -> Result<Report, SinkError>);

#[async_trait]
impl Sink for Whole {
    fn name(&self) -> &str {
        "whole"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        (self.0)(batch)
    }
}

#[test]
fn what_a_branch_says_of_the_batch_holds_for_its_records() {
    on_paused_clock(async {
        let fails = Whole(|_| Err(SinkError::poison("no")));
        let short = Whole(|batch| Ok(Report::all(batch.slice(0..0).batch(), Outcome::Applied)));
        let sink = route([(0, fails.boxed()), (1, short.boxed())], RouteRule::items(place::of));
        let records = ["a", "b", "c"].map(|id| change(id, 1, None, Some((i64::from(id > "b"), 0))));

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["poison", "poison", "fatal"]);
        let errors: Vec<_> = report.outcomes().iter().filter_map(Outcome::error).collect();
        assert_eq!(errors.iter().map(|error| error.is_unattributed()).collect::<Vec<_>>(), [true, true, false]);
        assert!(errors[0].context().starts_with("0: ") && errors[2].context().starts_with("1: "), "{errors:?}");
    });
}

#[test]
fn a_branch_that_does_not_exist_is_fatal_and_not_a_way_to_lose_records() {
    on_paused_clock(async {
        let world = World::default();
        let one = |name: &'static str| (name, world.replica("left").boxed());
        let records = [change("a", 1, None, Some((0, 0))), change("b", 2, None, Some((1, 0)))];

        let unknown = route([one("left")], RouteRule::items(place::branch)).write(Batch::new(&lane(), &records)).await;
        let none = route([], RouteRule::items(place::branch)).write(Batch::new(&lane(), &records)).await;
        let twice = route([one("left"), one("left")], RouteRule::items(place::branch));
        let twice = twice.write(Batch::new(&lane(), &records)).await;

        assert_eq!(words(&unknown.unwrap()), ["applied", "fatal"]);
        assert_eq!(none.unwrap_err().class(), Class::Fatal);
        assert_eq!(twice.unwrap_err().class(), Class::Fatal);
    });
}

#[test]
fn images_that_are_not_there_are_fatal() {
    let sequence = SequenceNumber::parse("7").unwrap();
    let record = ChangeRecord::builder(EventName::Modify, item! { "id" => "a" }, sequence)
        .view_type(StreamViewType::NewImage)
        .new_image(crate::history::image("a", (0, 0)))
        .build()
        .unwrap();
    on_paused_clock(async {
        let world = World::default();
        let report = by_place(&world).write(Batch::new(&lane(), &[record])).await.unwrap();

        assert_eq!(words(&report), ["fatal"]);
        assert!(world.writes().is_empty());
    });
}

fn of_table(table: &str) -> ChangeRecord {
    let arn = format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2015-05-11T21:21:33.291");
    ChangeRecord::builder(EventName::Insert, item! { "id" => table }, SequenceNumber::parse("7").unwrap())
        .stream_arn(StreamArn::parse(&arn).unwrap())
        .build()
        .unwrap()
}

#[test]
fn a_table_is_a_branch() {
    on_paused_clock(async {
        let applied = || Whole(|batch| Ok(Report::all(batch, Outcome::Applied))).boxed();
        let sink = route([("orders", applied()), ("users", applied())], RouteRule::table());
        let records = [of_table("users"), of_table("logs"), change("a", 1, None, None)];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["applied", "fatal", "fatal"]);
        assert!(report.outcomes()[1].error().is_some_and(|error| error.context().contains("`logs`")));
    });
}

#[test]
fn a_rule_over_records_sends_them_as_they_are() {
    on_paused_clock(async {
        let world = World::default();
        let choose = |record: &ChangeRecord| (record.event_name() != EventName::Remove).then_some("left");
        let sink = route([("left", world.replica("left").boxed())], RouteRule::records(choose));
        let records = [change("a", 1, Some((0, 0)), Some((1, 0))), change("b", 2, Some((0, 0)), None)];

        let report = sink.write(Batch::new(&lane(), &records)).await.unwrap();

        assert_eq!(words(&report), ["applied", "filtered"]);
        assert_eq!(world.writes(), ["left: MODIFY a"]);
    });
}

#[test]
fn what_goes_nowhere_makes_no_call() {
    on_paused_clock(async {
        let world = World::default();
        let report = by_place(&world).write(Batch::new(&lane(), &[])).await.unwrap();

        assert!(report.outcomes().is_empty() && world.writes().is_empty());
    });
}

#[test]
fn order_is_the_widest_and_redelivery_the_least() {
    let world = World::default();
    let of = |name, order, redelivery| -> (&'static str, BoxSink) {
        (name, world.replica(name).with_order(order).with_redelivery(redelivery).boxed())
    };
    let any = |name| of(name, Order::Key, Redelivery::Any);

    let same = route([any("a"), any("b")], RouteRule::table());
    let mixed = route([any("a"), of("b", Order::Lane, Redelivery::Continued)], RouteRule::table()).with_name("mixed");

    assert_eq!((same.order(), same.redelivery(), same.name()), (Order::Key, Redelivery::Any, "route"));
    assert_eq!((mixed.order(), mixed.redelivery(), mixed.name()), (Order::Lane, Redelivery::Continued, "mixed"));
    assert_eq!(mixed.branches().map(|(name, sink)| (name, sink.name())).collect::<Vec<_>>(), [("a", "a"), ("b", "b")]);
    assert_eq!(format!("{mixed:?}"), r#"Route { name: "mixed", rule: RouteRule::table, branches: ["a", "b"] }"#);
}
