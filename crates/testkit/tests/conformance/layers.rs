//! Every layer alone, around sinks of each level of redelivery and each order domain.

use crate::{
    left_out,
    target::{Fixture, How, Target},
};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, Image};
use dynacdc_sink::{
    Batch, BoxSink, Clock, Cost, DeadLetterLayer, DedupeLayer, Done, Each, Mapped, Order, OrderRule, Outcome,
    RecordPattern, RecordSink, Redelivery, Report, RetryLayer, RouteRule, Sink, SinkError, SinkExt, TimeoutLayer,
    TraceLayer, fan_out, route, sink_fn, typed,
};
use dynacdc_testkit::{Faults, FaultySink, conformance};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// A right sink of two records to a call. One that stands any redelivery has a fence.
pub(crate) struct Pairs {
    pub(crate) target: Target,
    pub(crate) order: Order,
    pub(crate) level: Redelivery,
    /// Whether the target answers for the call and not for its records.
    pub(crate) is_whole: bool,
}

impl Pairs {
    async fn call(&self, pair: &[ChangeRecord]) -> Result<Vec<Outcome>, SinkError> {
        let answers = self.target.call(pair, how(self.level)).await?;
        if self.is_whole && answers.iter().any(Result::is_err) {
            return Err(SinkError::poison("the call is refused"));
        }
        Ok(answers.into_iter().map(Outcome::from).collect())
    }
}

pub(crate) fn how(level: Redelivery) -> How {
    if level == Redelivery::Any { How::Fenced } else { How::Plain }
}

#[async_trait]
impl Sink for Pairs {
    fn name(&self) -> &str {
        "pairs"
    }

    fn order(&self) -> Order {
        self.order
    }

    fn redelivery(&self) -> Redelivery {
        self.level
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.level.admit(batch.lane())?;
        let mut rule = OrderRule::new(self.order, batch);
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut calls = 0;
        while outcomes.len() < batch.len() {
            let begin = outcomes.len();
            if let Some(by) = rule.blocker(begin) {
                rule.unsettled(begin);
                outcomes.push(Outcome::Blocked { by });
                continue;
            }
            // The second of a pair may be blocked on its own.
            let end = batch.len().min(begin + 1 + usize::from(rule.blocker(begin + 1).is_none()));
            let pair = &batch.records()[begin..end];
            let answers = if batch.is_past_deadline() {
                Err(SinkError::transient("no time left"))
            } else {
                calls += 1;
                self.call(pair).await
            };
            let failed = |error: SinkError| vec![Outcome::Failed(error.unattributed()); pair.len()];
            for outcome in answers.unwrap_or_else(failed) {
                if !outcome.is_settled() {
                    rule.unsettled(outcomes.len());
                }
                outcomes.push(outcome);
            }
        }
        Report::new(self.order, batch, outcomes, Cost { calls, ..Cost::default() })
    }
}

/// A layer around a sink that the test makes.
type Around = fn(Pairs) -> Result<BoxSink, SinkError>;

const LAYERS: [(&str, Around); 13] = [
    ("filter_items", |sink| Ok(sink.filter_items(is_odd).boxed())),
    ("filter_records", |sink| {
        let keys = r#"{"dynamodb": {"Keys": {"pk": {"S": ["a", "c", "poison"]}}}}"#;
        let pattern = RecordPattern::parse(keys).map_err(|error| SinkError::fatal("no pattern").with_source(error))?;
        Ok(sink.filter_records(pattern).boxed())
    }),
    ("map", |sink| Ok(sink.map(|image, _| by_oddness(image)).boxed())),
    ("map, one key", |sink| Ok(sink.map(|image, _| Mapped::keyed_by(["pk"], image.to_item())).boxed())),
    ("route by items", |sink| {
        let even = sink.beside("even");
        Ok(route([(true, sink.boxed()), (false, even.boxed())], RouteRule::items(|image| Some(is_odd(image)))).boxed())
    }),
    ("route by records", |sink| {
        let others = sink.beside("others");
        let rule = RouteRule::records(|record| Some(record.item_key().to_string().contains('a')));
        Ok(route([(true, sink.boxed()), (false, others.boxed())], rule).boxed())
    }),
    ("fan_out", |sink| {
        let copy = sink.beside("copy");
        Ok(fan_out([sink.boxed(), copy.boxed()]).boxed())
    }),
    ("isolate", |sink| Ok(Pairs { is_whole: true, ..sink }.isolate().boxed())),
    ("retry", |sink| Ok(sink.retry(RetryLayer::new()).boxed())),
    ("dedupe", |sink| {
        let layer = DedupeLayer::new(sink.target.effects.clone(), "pairs").with_lease(LEASE).with_clock(clock());
        Ok(sink.dedupe(layer).boxed())
    }),
    ("meter", |sink| Ok(sink.meter().boxed())),
    ("trace", |sink| Ok(sink.layer(TraceLayer::new()).boxed())),
    ("faults that never come", |sink| Ok(FaultySink::new(sink, &Faults::none()).boxed())),
];

impl Pairs {
    /// The same kind of sink on another table.
    fn beside(&self, table: &'static str) -> Self {
        Self { target: self.target.table(table), ..*self }
    }
}

/// By the first digit of the value: three items of the history change from one side to the other, one of them back too.
pub(crate) fn is_odd(image: Image<'_>) -> bool {
    let value = image.get("v").and_then(|value| value.read::<i64>().ok());
    value.is_some_and(|value| value.to_string().starts_with(['1', '3']))
}

/// Under a key that an item leaves and comes back to.
pub(crate) fn by_oddness(image: Image<'_>) -> Result<Mapped, SinkError> {
    let mut item = image.to_item();
    item.insert("odd", i64::from(is_odd(image)));
    Mapped::keyed_by(["pk", "odd"], item)
}

/// Longer than a write, and over before a suite gives a sink up.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// Goes with tokio's clock.
pub(crate) fn clock() -> Clock {
    Clock::from(chrono::DateTime::UNIX_EPOCH)
}

/// The trials that a sink of this level and order leaves out, since they ask for what it does not promise.
pub(crate) fn not_promised(level: Redelivery, order: Order) -> Vec<&'static str> {
    let parks = (order == Order::Lane).then_some("redrive");
    let stale: &[_] = if level == Redelivery::Any { &[] } else { &["old_record", "disorder"] };
    parks.into_iter().chain(stale.iter().copied()).collect()
}

/// Runs the suite, and nothing is left out without need.
pub(crate) async fn conforms(
    name: &str,
    level: Redelivery,
    order: Order,
    make: impl Fn(Target) -> Result<BoxSink, SinkError> + Copy + Send + Sync,
) {
    let name = format!("{name}, {level}, {order:?}");
    let sink = make(Target::default()).unwrap();
    assert_eq!((sink.redelivery(), sink.order()), (level, order), "{name}");
    let verdict = conformance::sink(|| Fixture::new(|target| make(target).unwrap())).run().await;
    left_out(&name, &verdict, &not_promised(level, order));
}

async fn around(name: &str, level: Redelivery, order: Order, layer: Around) {
    conforms(name, level, order, move |target| layer(Pairs { target, order, level, is_whole: false })).await;
}

#[tokio::test(start_paused = true)]
async fn every_layer_alone() {
    for level in [Redelivery::Continued, Redelivery::Any] {
        for order in [Order::Key, Order::Lane] {
            around("no layer", level, order, |sink| Ok(sink.boxed())).await;
            around("a call refused as a whole", level, order, |sink| Ok(Pairs { is_whole: true, ..sink }.boxed()))
                .await;
            for (name, layer) in LAYERS {
                around(name, level, order, layer).await;
            }
        }
    }
}

/// Around any other sink it is refused: a call that was given up may land late.
#[tokio::test(start_paused = true)]
async fn the_timeout_around_sinks_with_a_fence() {
    for order in [Order::Key, Order::Lane] {
        let layer = TimeoutLayer::new(Duration::from_secs(10));
        let timed = |target| Pairs { target, order, level: Redelivery::Any, is_whole: false };
        conforms("timeout", Redelivery::Any, order, |target| Ok(timed(target).timeout(layer.clone())?.boxed())).await;
    }
}

/// Around a sink in the order of its lane they are refused.
#[tokio::test(start_paused = true)]
async fn dead_letters_around_sinks_in_the_order_of_keys() {
    for level in [Redelivery::Continued, Redelivery::Any] {
        around("dead_letter", level, Order::Key, |sink| {
            let layer = DeadLetterLayer::new(sink.target.letters[0].clone()).with_clock(clock());
            Ok(sink.dead_letter(layer)?.boxed())
        })
        .await;
        around("dead_letter, isolate", level, Order::Key, |sink| {
            let layer = DeadLetterLayer::new(sink.target.letters[0].clone()).with_clock(clock());
            Ok(Pairs { is_whole: true, ..sink }.isolate().dead_letter(layer)?.boxed())
        })
        .await;
    }
}

struct Handler {
    target: Target,
    level: Redelivery,
}

impl Handler {
    async fn put(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let answers = self.target.call(std::slice::from_ref(record), how(self.level)).await?;
        answers.into_iter().next().unwrap_or(Ok(Done::Applied))
    }
}

#[async_trait]
impl RecordSink for Handler {
    fn name(&self) -> &str {
        "handler"
    }

    fn redelivery(&self) -> Redelivery {
        self.level
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        self.put(record).await
    }
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "v")]
    _value: i64,
}

fn of_a_closure(handler: Arc<Handler>) -> BoxSink {
    let level = handler.level;
    let each = sink_fn("closure", move |record| {
        let handler = Arc::clone(&handler);
        async move { handler.put(&record).await }
    });
    each.with_redelivery(level).with_concurrency(2).boxed()
}

fn of_types(handler: Arc<Handler>) -> BoxSink {
    let level = handler.level;
    let put = move |record: ChangeRecord| {
        let handler = Arc::clone(&handler);
        async move { handler.put(&record).await }
    };
    let (insert, modify, remove) = (put.clone(), put.clone(), put);
    typed::<Row>("typed")
        .on_insert(move |_, record| insert(record))
        .on_modify(move |_, _, record| modify(record))
        .on_remove(move |_, record| remove(record))
        .with_redelivery(level)
        .boxed()
}

/// They are in the order of keys, whatever they do.
#[tokio::test(start_paused = true)]
async fn sinks_of_one_record() {
    for level in [Redelivery::Continued, Redelivery::Any] {
        let handler = |target| Arc::new(Handler { target, level });
        let key = Order::Key;
        conforms("each", level, key, |target| Ok(Each::new(handler(target)).with_concurrency(3).boxed())).await;
        conforms("closure", level, key, |target| Ok(of_a_closure(handler(target)))).await;
        conforms("typed", level, key, |target| Ok(of_types(handler(target)))).await;
        conforms("validated", level, key, |target| {
            let valid = |record: &ChangeRecord| match record.event_id() {
                "poison" => Err(SinkError::poison("not an item of ours")),
                _ => Ok(()),
            };
            Ok(Each::new(handler(target)).with_validation(valid).boxed())
        })
        .await;
    }
    let timed = |target| Each::new(Handler { target, level: Redelivery::Any }).with_timeout(Duration::from_secs(10));
    conforms("each, timed", Redelivery::Any, Order::Key, |target| Ok(timed(target).boxed())).await;
}
