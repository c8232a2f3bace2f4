//! Several branches as one sink.

use crate::scene::{lane, number, on_paused_clock, records, words};
use async_trait::async_trait;
use dynacdc_sink::{
    Batch, BoxSink, Class, Cost, Done, Lane, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError, SinkExt,
    fan_out, sink_fn,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Fails with the given class the record of the given number, after a second.
fn failing(name: &'static str, bad: u64, class: Class) -> BoxSink {
    sink_fn(name, move |record| async move {
        sleep(Duration::from_secs(1)).await;
        if number(&record) == bad { Err(SinkError::new(class, "refused")) } else { Ok(()) }
    })
    .with_concurrency(100)
    .boxed()
}

/// Answers for the whole batch.
struct Whole(Order, Redelivery, fn(Batch<'_>) -> Result<Report, SinkError>);

#[async_trait]
impl Sink for Whole {
    fn name(&self) -> &str {
        "whole"
    }

    fn order(&self) -> Order {
        self.0
    }

    fn redelivery(&self) -> Redelivery {
        self.1
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        (self.2)(batch)
    }
}

fn whole(answer: fn(Batch<'_>) -> Result<Report, SinkError>) -> BoxSink {
    Whole(Order::Key, Redelivery::Any, answer).boxed()
}

#[test]
fn a_record_is_settled_when_it_is_in_every_branch() {
    on_paused_clock(async {
        let (lane, records) = (lane(), records(["a", "b", "a", "c"]));
        let skip = sink_fn("skip", |_| async { Ok(Done::Skipped(Reason::Filtered)) }).boxed();
        let sink = fan_out([failing("left", 1, Class::Transient), skip, failing("right", 2, Class::Poison)]);
        let begun = Instant::now();

        let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

        assert_eq!(words(report.outcomes()), ["transient", "poison", "blocked by 0", "applied"]);
        let contexts: Vec<&str> = report.outcomes().iter().filter_map(Outcome::error).map(SinkError::context).collect();
        assert_eq!(contexts, ["left: refused", "right: refused"]);
        assert_eq!(
            begun.elapsed(),
            Duration::from_secs(2),
            "the branches write at once; key `a` takes two turns in one"
        );
        assert_eq!(report.cost().calls, 3 + 4 + 4);
    });
}

#[test]
fn the_error_of_a_branch_is_nobodys_and_costs_add() {
    on_paused_clock(async {
        let (lane, records) = (lane(), records(["a", "b"]));
        let bill = |batch: Batch<'_>| {
            let cost = Cost { calls: 2, bytes: 10, ..Cost::default() };
            Ok(Report::all(batch, Outcome::Applied).with_cost(cost))
        };
        let sink = fan_out([whole(bill), whole(|_| Err(SinkError::poison("x"))), whole(bill)]);

        let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

        assert_eq!(words(report.outcomes()), ["poison", "poison"]);
        assert!(report.outcomes().iter().filter_map(Outcome::error).all(SinkError::is_unattributed));
        assert_eq!(report.cost(), Cost { calls: 4, bytes: 20, ..Cost::default() });
    });
}

#[test]
fn a_branch_that_answers_for_fewer_records_fails_them_all() {
    on_paused_clock(async {
        let (lane, records) = (lane(), records(["a", "b"]));
        let short = |batch: Batch<'_>| Ok(Report::all(batch.slice(0..1).batch(), Outcome::Applied));
        let sink = fan_out([failing("right", 9, Class::Poison), whole(short)]);

        let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

        assert_eq!(words(report.outcomes()), ["fatal", "fatal"]);
    });
}

#[test]
fn order_is_the_widest_and_redelivery_the_least() {
    let of = |order, redelivery| Whole(order, redelivery, |batch| Ok(Report::all(batch, Outcome::Applied))).boxed();
    let any = || of(Order::Key, Redelivery::Any);

    let same = fan_out([any(), any()]);
    let mixed = fan_out([any(), of(Order::Lane, Redelivery::Continued), any()]).with_name("mixed");

    assert_eq!((same.order(), same.redelivery(), same.name()), (Order::Key, Redelivery::Any, "fan_out"));
    assert_eq!((mixed.order(), mixed.redelivery(), mixed.name()), (Order::Lane, Redelivery::Continued, "mixed"));
}

#[test]
fn one_branch_of_lane_order_blocks_all_that_follows() {
    on_paused_clock(async {
        let (lane, records) = (lane(), records(["a", "b"]));
        let chain = Whole(Order::Lane, Redelivery::Continued, |batch| Ok(Report::all(batch, Outcome::Applied)));
        let sink = fan_out([chain.boxed(), failing("left", 1, Class::Transient)]);

        let report = sink.write(Batch::new(&lane, &records)).await.unwrap();

        assert_eq!(words(report.outcomes()), ["transient", "blocked by 0"]);
    });
}

#[test]
fn no_branches_are_a_mistake_and_not_a_way_to_lose_records() {
    on_paused_clock(async {
        let (lane, records) = (lane(), records(["a"]));

        let error = fan_out([]).write(Batch::new(&lane, &records)).await.unwrap_err();

        assert_eq!(error.class(), Class::Fatal);
    });
}

#[test]
fn a_branch_that_needs_order_refuses_an_unordered_lane_for_all() {
    on_paused_clock(async {
        let (lane, records) = (Lane::unordered(None), records(["a"]));
        let fenced = sink_fn("fenced", |_| async {
            assert_eq!("written", "refused by another");
            Ok(())
        });
        let fenced = fenced.with_redelivery(Redelivery::Any).boxed();
        let sink = fan_out([fenced, failing("mail", 0, Class::Poison)]);

        let error = sink.write(Batch::new(&lane, &records)).await.unwrap_err();

        assert_eq!(error.class(), Class::Fatal);
        assert!(error.to_string().contains("mail"), "{error}");
    });
}

#[test]
fn pointers_forward_everything() {
    let sink = std::sync::Arc::new(Whole(Order::Lane, Redelivery::Any, |_| Err(SinkError::fatal("x"))));
    let forwarded: [BoxSink; 2] = [std::sync::Arc::clone(&sink).boxed(), Box::new(Box::new(sink))];
    on_paused_clock(async {
        for sink in forwarded {
            let sink: &dyn Sink = &sink;
            assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("whole", Order::Lane, Redelivery::Any));
            assert_eq!(sink.write(Batch::new(&lane(), &[])).await.unwrap_err().class(), Class::Fatal);
        }
    });
}
