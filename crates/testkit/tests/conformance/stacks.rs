//! The default stack, as `Branch` and `Trunk` build it.

use crate::{
    layers::{LEASE, Pairs, by_oddness, clock, conforms, is_odd},
    target::Target,
};
use dynacdc_sink::{
    BoxSink, Branch, DeadLetterLayer, DedupeLayer, Order, Redelivery, RetryLayer, RouteRule, SinkError, SinkExt,
    TimeoutLayer, Trunk,
};
use std::time::Duration;

/// A branch of the table with this number, with everything that its sink allows.
fn branch(target: &Target, number: usize, order: Order, level: Redelivery) -> Result<Trunk<BoxSink>, SinkError> {
    let name = ["first", "second"][number];
    let sink = Branch::new(Pairs { target: target.table(name), order, level, is_whole: true });
    let retry = RetryLayer::new();
    let dedupe = DedupeLayer::new(target.effects.clone(), name).with_lease(LEASE).with_clock(clock());
    let letters = DeadLetterLayer::new(target.letters[number].clone()).with_clock(clock());
    Ok(match (level, order) {
        (Redelivery::Any, Order::Key) => {
            let timed = sink.timeout(TimeoutLayer::new(Duration::from_secs(1)))?;
            timed.retry(retry).dedupe(dedupe).isolate().dead_letter(letters)?.boxed()
        }
        (Redelivery::Any, Order::Lane) => {
            let timed = sink.timeout(TimeoutLayer::new(Duration::from_secs(1)))?;
            timed.retry(retry).dedupe(dedupe).isolate().boxed()
        }
        (Redelivery::Continued, Order::Key) => sink.retry(retry).dedupe(dedupe).isolate().dead_letter(letters)?.boxed(),
        (Redelivery::Continued, Order::Lane) => sink.retry(retry).dedupe(dedupe).isolate().boxed(),
    })
}

const KINDS: [(Redelivery, Order); 4] = [
    (Redelivery::Continued, Order::Key),
    (Redelivery::Continued, Order::Lane),
    (Redelivery::Any, Order::Key),
    (Redelivery::Any, Order::Lane),
];

#[tokio::test(start_paused = true)]
async fn one_branch() {
    for (level, order) in KINDS {
        conforms("one branch", level, order, |target| {
            let trunk = branch(&target, 0, order, level)?.map(|image, _| by_oddness(image)).filter_items(|image| {
                image.get("v").is_none_or(|value| value.read::<i64>().is_ok_and(|value| value != 100))
            });
            Ok(trunk.meter().trace().build().boxed())
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_fan_out_of_two() {
    for (level, order) in KINDS {
        conforms("fan_out", level, order, |target| {
            let second = branch(&target, 1, order, level)?.filter_items(is_odd);
            let trunk = Trunk::fan_out([branch(&target, 0, order, level)?, second.boxed()]);
            Ok(trunk.meter().trace().build().boxed())
        })
        .await;
    }
}

/// The weaker level and the wider order count.
#[tokio::test(start_paused = true)]
async fn branches_of_two_kinds() {
    let branches = |target: &Target| -> Result<_, SinkError> {
        let first = branch(target, 0, Order::Key, Redelivery::Any)?;
        Ok([first, branch(target, 1, Order::Lane, Redelivery::Continued)?])
    };
    conforms("fan_out", Redelivery::Continued, Order::Lane, |target| {
        Ok(Trunk::fan_out(branches(&target)?).meter().trace().build().boxed())
    })
    .await;
    conforms("route", Redelivery::Continued, Order::Lane, |target| {
        let [first, second] = branches(&target)?;
        let branches = [(true, first), (false, second)];
        Ok(Trunk::route(branches, RouteRule::items(|image| Some(is_odd(image)))).meter().trace().build().boxed())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_route_to_two() {
    for (level, order) in KINDS {
        conforms("route", level, order, |target| {
            let branches = [(true, branch(&target, 0, order, level)?), (false, branch(&target, 1, order, level)?)];
            let rule = RouteRule::items(|image| Some(is_odd(image)));
            Ok(Trunk::route(branches, rule).meter().trace().build().boxed())
        })
        .await;
    }
}
