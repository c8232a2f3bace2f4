//! Metrics, as a recorder receives them.

use crate::scene::{Scene, pass};
use dynacdc_sink::Class;
use dynacdc_source::StreamsErrorKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::{collections::BTreeMap, time::Duration};

/// What a recorder has got when the test is over, as `name{label=value}`.
fn seen<F: Future>(test: impl FnOnce() -> F) -> BTreeMap<String, f64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(async { test().await }));
    let mut seen = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let labels: Vec<String> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(_) => panic!("there is none"),
        };
        let name = key.key().name().strip_prefix("dynacdc_source_").unwrap().to_owned();
        seen.insert(format!("{name}{{{}}}", labels.join(",")), value);
    }
    seen
}

#[test]
fn a_run_is_counted() {
    let seen = seen(|| async {
        let scene = Scene::new();
        scene.script.shard("a", None).records("a", 101..=107).shard("b", Some("a"));
        scene.script.fail("records a", [StreamsErrorKind::Throttled; 2]);
        scene.target.fail(105, usize::MAX, Class::Transient);
        let running = scene.start_as(scene.builder().shard_metrics());
        scene.until_applied(104).await;
        pass(Duration::from_secs(100)).await;
        running.crash().await;
    });
    let of = |name: &str| seen.get(name).copied().unwrap_or_else(|| panic!("no {name} in {seen:#?}"));

    assert_eq!(of("calls_failed{table=orders,call=records}"), 2.0);
    assert_eq!(of("pages{table=orders,page=full}"), 3.0);
    assert_eq!(of("records_read{table=orders}"), 7.0);
    assert_eq!(of("records_settled{table=orders}"), 4.0);
    assert_eq!(of("calls{table=orders,call=iterator}"), 1.0);
    let calls = of("calls{table=orders,call=records}");
    assert_eq!(calls, 2.0 + 3.0 + of("pages{table=orders,page=empty}"));
    assert!(of("calls_failed{table=orders,call=write}") > 1.0);
    assert_eq!(of("shards{table=orders,state=retrying}") + of("shards{table=orders,state=reading}"), 1.0);
    assert_eq!(of("shards{table=orders,state=waiting}"), 1.0);
    assert_eq!(of("unsettled_records{table=orders}"), 3.0);
    assert!(of("unsettled_bytes{table=orders}") > 0.0);
    assert!((98.0..=101.0).contains(&of("record_age_seconds{table=orders}")));
    assert!((98.0..=101.0).contains(&of("shard_record_age_seconds{table=orders,shard=a}")));
    let begin = 1_767_225_600.0;
    assert!((begin + 98.0..=begin + 101.0).contains(&of("polled_timestamp_seconds{table=orders}")));
    assert_eq!((of("gaps{table=orders}"), of("alarms{table=orders}")), (0.0, 0.0));
}
