//! Metrics, as a recorder receives them.

use crate::{
    scene::{lane, on_paused_clock, put, records},
    script::{Script, poison, transient},
};
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{
    Batch, Clock, Cost, Layer, Meter, MeterLayer, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError, SinkExt,
    metric_names as names,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::{collections::BTreeMap, time::Duration};

/// The metrics that have a value other than 0, as `name{label=value}`; of a histogram all values.
type Seen = BTreeMap<String, Vec<f64>>;

/// What a recorder has got when the test is over.
fn seen<F: Future>(test: impl FnOnce() -> F) -> Seen {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || on_paused_clock(async { test().await }));
    let mut seen = Seen::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let labels: Vec<String> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let values = match value {
            DebugValue::Counter(count) => vec![count as f64],
            DebugValue::Gauge(value) => vec![value.into_inner()],
            DebugValue::Histogram(values) => values.into_iter().map(|value| value.into_inner()).collect(),
        };
        if values.iter().any(|value| *value != 0.0) {
            seen.insert(format!("{}{{{}}}", key.key().name(), labels.join(",")), values);
        }
    }
    seen
}

fn one(name: &str) -> String {
    format!("{name}{{sink=script}}")
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// A record that was made so many seconds before the start of the test.
fn made(key: &str, number: u64, before: i64) -> ChangeRecord {
    let made = start() - TimeDelta::seconds(before);
    ChangeRecord::builder(dynacdc_record::EventName::Remove, dynacdc_record::item! { "pk" => key }, {
        dynacdc_record::SequenceNumber::parse(&number.to_string()).unwrap()
    })
    .created_epoch(made.timestamp(), 0)
    .build()
    .unwrap()
}

#[test]
fn every_fate_size_time_and_cost_is_recorded_under_its_name() {
    let seen = seen(async || {
        let mut script = Script::new(|_, _| {
            Ok(vec![
                Outcome::Applied,
                Outcome::Skipped(Reason::Filtered),
                Outcome::Skipped(Reason::Stale),
                Outcome::Skipped(Reason::Stale),
                Outcome::Skipped(Reason::Duplicate),
                Outcome::Parked,
                transient(),
                poison(),
                SinkError::fatal("stop").into(),
                Outcome::Blocked { by: 6 },
            ])
        });
        script.takes = Duration::from_millis(1_500);
        let sink = script.meter();
        let records = records(["a", "b", "c", "d", "e", "f", "g", "h", "i", "g"]);
        let _ = sink.write(Batch::new(&lane(), &records)).await.unwrap();
    });

    let expected = [
        (one(names::RECEIVED), 10.0),
        (one(names::APPLIED), 1.0),
        ("dynacdc_sink_records_skipped{sink=script,reason=filtered}".to_owned(), 1.0),
        ("dynacdc_sink_records_skipped{sink=script,reason=stale}".to_owned(), 2.0),
        ("dynacdc_sink_records_skipped{sink=script,reason=duplicate}".to_owned(), 1.0),
        (one(names::PARKED), 1.0),
        (one(names::BLOCKED), 1.0),
        ("dynacdc_sink_records_failed{sink=script,class=transient}".to_owned(), 1.0),
        ("dynacdc_sink_records_failed{sink=script,class=poison}".to_owned(), 1.0),
        ("dynacdc_sink_records_failed{sink=script,class=fatal}".to_owned(), 1.0),
        (one(names::BATCH_RECORDS), 10.0),
        (one(names::DURATION), 1.5),
        (one(names::CALLS), 1.0),
        (one(names::OPS_IN), 10.0),
    ];
    assert_eq!(seen, expected.map(|(name, value)| (name, vec![value])).into());
}

#[test]
fn all_costs_are_recorded() {
    struct Costly;

    #[async_trait::async_trait]
    impl Sink for Costly {
        fn name(&self) -> &str {
            "script"
        }

        async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
            let cost = Cost { calls: 2, write_units: 3, bytes: 5, ops_in: 7, ops_out: 11 };
            Ok(Report::all(batch, Outcome::Applied).with_cost(cost))
        }
    }

    let seen = seen(async || {
        let (sink, lane, records) = (Costly.meter(), lane(), records(["a"]));
        for _ in 0..2 {
            let _ = sink.write(Batch::new(&lane, &records)).await.unwrap();
        }
    });

    let costs = [names::CALLS, names::WRITE_UNITS, names::BYTES, names::OPS_IN, names::OPS_OUT];
    assert_eq!(costs.map(|name| seen[&one(name)][0]), [4.0, 6.0, 10.0, 14.0, 22.0]);
}

#[test]
fn the_iterator_age_is_that_of_the_last_record_when_the_batch_is_handed_in() {
    let seen = seen(async || {
        let mut script = Script::each(|_, _| Outcome::Applied);
        script.takes = Duration::from_secs(5);
        let sink = MeterLayer::new().with_clock(Clock::from(start())).layer(script);
        let lane = lane();
        let old_first = [made("a", 1, 100), made("b", 2, 30)];
        let _ = sink.write(Batch::new(&lane, &old_first)).await.unwrap();
        // 5 s later: one from ahead of the clock, one that does not say, and no record at all.
        let _ = sink.write(Batch::new(&lane, &[made("a", 3, -60)])).await.unwrap();
        let _ = sink.write(Batch::new(&lane, &[made("a", 4, 7), put("a", 5, 1)])).await.unwrap();
        let _ = sink.write(Batch::new(&lane, &[])).await.unwrap();
        let _ = sink.write(Batch::new(&lane, &[made("a", 6, 1)])).await.unwrap();
    });

    assert_eq!(seen[&one(names::ITERATOR_AGE)], [30.0, 0.0, 16.0]);
    assert_eq!(seen[&one(names::BATCH_RECORDS)], [2.0, 1.0, 2.0, 1.0], "an empty batch is none");
}

#[test]
fn a_write_that_fails_as_a_whole_is_counted_and_handed_on_as_a_report() {
    let seen = seen(async || {
        let sink = Script::new(|_, _| Err(SinkError::transient("away"))).meter();
        let report = sink.write(Batch::new(&lane(), &records(["a", "a", "b"]))).await.unwrap();
        assert!(report.first_unsettled().is_some_and(|(_, error)| error.is_unattributed()));
    });

    assert_eq!(seen["dynacdc_sink_records_failed{sink=script,class=transient}"], [2.0]);
    assert_eq!(seen[&one(names::BLOCKED)], [1.0]);
}

#[test]
fn a_dropped_write_leaves_its_records_without_a_fate() {
    let seen = seen(async || {
        let mut script = Script::each(|_, _| Outcome::Applied);
        script.takes = Duration::from_secs(5);
        let sink = script.meter();
        let (lane, records) = (lane(), records(["a"]));
        drop(tokio::time::timeout(Duration::from_secs(1), sink.write(Batch::new(&lane, &records))).await);
    });

    assert_eq!(seen[&one(names::RECEIVED)], [1.0]);
    assert!(!seen.contains_key(&one(names::APPLIED)) && !seen.contains_key(&one(names::DURATION)), "{seen:?}");
}

#[test]
fn a_recorder_that_is_installed_before_the_first_write_gets_all_and_look_ups_happen_once() {
    let script = Script::each(|_, _| Outcome::Applied);
    let sink: Meter<Script> = script.meter();
    let write = async || sink.write(Batch::new(&lane(), &records(["a"]))).await.unwrap();

    let first = seen(async || {
        let _ = write().await;
        let _ = write().await;
    });
    let later = seen(async || write().await);

    assert_eq!(first[&one(names::APPLIED)], [2.0]);
    assert!(later.is_empty(), "the sink keeps the recorder of its first write: {later:?}");
}

#[test]
fn it_forwards_what_the_inner_sink_says() {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.order = Order::Lane;
    let sink = script.meter();

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("script", Order::Lane, Redelivery::Any));
    assert_eq!(sink.get_ref().name().to_owned(), sink.into_inner().name());
}
