//! One record at a time, many keys at once, on a paused clock.

use crate::scene::{class, key, keys, lane, number, on_paused_clock, records, words};
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{
    Batch, Class, Done, Each, Lane, Outcome, Reason, RecordSink, Redelivery, Report, Sink, SinkError, sink_fn,
};
use proptest::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// What the handler does with each record, by number, and what it saw.
#[derive(Debug, Clone, Default)]
struct Script {
    time: HashMap<u64, Duration>,
    fails: HashMap<u64, Class>,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    begun: Vec<u64>,
    running: HashSet<String>,
    most: usize,
    overlapped: bool,
}

/// Takes its key off the list of running ones, also when the future is dropped.
struct Running(Arc<Mutex<Log>>, String);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().unwrap().running.remove(&self.1);
    }
}

#[async_trait]
impl RecordSink for Script {
    fn name(&self) -> &str {
        "script"
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let number = number(record);
        let _running = {
            let mut log = self.log.lock().unwrap();
            log.begun.push(number);
            log.overlapped |= !log.running.insert(key(record));
            log.most = log.most.max(log.running.len());
            Running(Arc::clone(&self.log), key(record))
        };
        sleep(self.time.get(&number).copied().unwrap_or(SECOND)).await;
        match self.fails.get(&number) {
            Some(class) => Err(SinkError::new(*class, "scripted")),
            None => Ok(Done::Applied),
        }
    }
}

async fn write<R: RecordSink>(sink: &Each<R>, records: &[ChangeRecord]) -> Report {
    let lane = lane();
    let batch = Batch::new(&lane, records);
    Report::settle(batch, sink.write(batch).await)
}

fn begun(script: &Script) -> Vec<u64> {
    script.log.lock().unwrap().begun.clone()
}

proptest! {
    #[test]
    fn keys_run_side_by_side_and_each_in_order(
        keys in keys(),
        times in proptest::collection::hash_map(1..13u64, (0..50u64).prop_map(Duration::from_millis), 0..12),
        fails in proptest::collection::hash_map(1..13u64, class().prop_filter("stops all", |c| *c != Class::Fatal), 0..4),
        concurrency in 0..5usize,
    ) {
        let records = records(&keys);
        let script = Script { time: times, fails: fails.clone(), log: Arc::default() };
        let sink = Each::new(script.clone()).with_concurrency(concurrency);

        let report = on_paused_clock(write(&sink, &records));

        let log = script.log.lock().unwrap();
        prop_assert!(!log.overlapped, "two records of one key ran at once");
        prop_assert!(log.most <= concurrency.max(1));
        prop_assert_eq!(report.cost().calls, log.begun.len() as u64);
        let mut failed: HashMap<&str, usize> = HashMap::new();
        let mut expected = Vec::new();
        for (at, key) in keys.iter().copied().enumerate() {
            let ran = log.begun.contains(&(at as u64 + 1));
            prop_assert_eq!(ran, !failed.contains_key(key), "record {}", at);
            expected.push(match (failed.get(key), fails.get(&(at as u64 + 1))) {
                (Some(by), _) => format!("blocked by {by}"),
                (None, Some(class)) => { failed.insert(key, at); class.to_string() }
                (None, None) => "applied".to_owned(),
            });
        }
        prop_assert_eq!(words(report.outcomes()), expected);
        for key in ["a", "b", "c"] {
            let of_key: Vec<u64> = (1..).zip(&keys).filter(|(_, of)| **of == key).map(|(number, _)| number).collect();
            let of_key: Vec<u64> = log.begun.iter().copied().filter(|number| of_key.contains(number)).collect();
            prop_assert!(of_key.is_sorted(), "{:?}", of_key);
        }
        if concurrency <= 1 {
            prop_assert!(log.begun.is_sorted(), "{:?}", &log.begun);
        }
    }
}

#[test]
fn different_keys_share_the_time() {
    on_paused_clock(async {
        let records = records(["a", "b", "a", "c", "b", "a"]);
        let (at, sink) = (Instant::now(), Each::new(Script::default()).with_concurrency(3));

        assert!(write(&sink, &records).await.is_settled());

        assert_eq!(at.elapsed(), 3 * SECOND);
    });
}

#[test]
fn what_cannot_begin_before_the_deadline_is_left() {
    on_paused_clock(async {
        let (lane, records) = (lane(), records(["a", "b", "c", "a", "d", "d"]));
        let script = Script::default();
        let sink = Each::new(script.clone());
        let batch = Batch::new(&lane, &records).with_deadline(Instant::now() + SECOND * 5 / 2);

        let report = sink.write(batch).await.unwrap();

        assert_eq!(begun(&script), [1, 2, 3], "the third began in time and was waited for");
        assert_eq!(
            words(report.outcomes()),
            ["applied", "applied", "applied", "transient", "transient", "blocked by 4"]
        );
        let past = sink.write(batch).await.unwrap();
        assert_eq!((past.settled_prefix(), begun(&script).len(), past.cost().calls), (0, 3, 0));
    });
}

#[test]
fn nothing_begins_after_a_fatal_error() {
    on_paused_clock(async {
        let records = records(["a", "b", "a", "c"]);
        let script = Script { fails: HashMap::from([(1, Class::Transient), (2, Class::Fatal)]), ..Script::default() };

        let report = write(&Each::new(script.clone()), &records).await;

        assert_eq!(words(report.outcomes()), ["transient", "fatal", "blocked by 0", "fatal"]);
        assert_eq!(begun(&script), [1, 2]);
    });
}

#[test]
fn a_record_that_takes_too_long_is_given_up() {
    on_paused_clock(async {
        let records = records(["a", "b", "a"]);
        let script = Script { time: HashMap::from([(1, 10 * SECOND)]), ..Script::default() };
        let sink = || Each::new(script.clone()).with_timeout(2 * SECOND);

        let refused = write(&sink(), &records).await;
        assert_eq!(refused.first_unsettled().map(|(_, error)| error.class()), Some(Class::Fatal));
        assert!(begun(&script).is_empty(), "at the weaker level nothing may be given up");

        let report = write(&sink().with_redelivery(Redelivery::Any), &records).await;
        assert_eq!(words(report.outcomes()), ["transient", "applied", "blocked by 0"]);
        assert!(script.log.lock().unwrap().running.is_empty());
    });
}

#[test]
fn what_is_not_valid_never_reaches_the_handler() {
    on_paused_clock(async {
        let records = records(["a", "b", "a"]);
        let script = Script::default();
        let sink = Each::new(script.clone()).with_validation(|record| match number(record) {
            1 => Err(SinkError::poison("not valid")),
            _ => Ok(()),
        });

        let report = write(&sink, &records).await;

        assert_eq!(words(report.outcomes()), ["poison", "applied", "blocked by 0"]);
        assert_eq!((begun(&script), report.cost().calls, report.cost().ops_in), (vec![2], 1, 3));

        let closed = Each::new(script.clone()).with_validation(|record| match number(record) {
            1 => Err(SinkError::fatal("not configured")),
            _ => Ok(()),
        });
        let told = write(&closed, &records).await;
        assert_eq!(words(told.outcomes()), ["fatal", "fatal", "blocked by 0"]);
        let contexts = told.outcomes().iter().filter_map(Outcome::error).map(SinkError::context);
        assert!(contexts.eq(["not configured"; 2]));
        assert_eq!(begun(&script), [2]);
    });
}

#[test]
fn an_unordered_lane_needs_the_authors_word() {
    on_paused_clock(async {
        let (lane, records) = (Lane::unordered(None), records(["a"]));
        let batch = Batch::new(&lane, &records);
        let silent = Each::new(Script::default());

        assert_eq!(silent.write(batch).await.unwrap_err().class(), Class::Fatal);
        assert!(begun(silent.get_ref()).is_empty());
        let promised = silent.with_redelivery(Redelivery::Any);
        assert!(promised.write(batch).await.unwrap().is_settled());
    });
}

#[test]
fn a_handler_names_its_level_through_pointers() {
    struct Fenced;
    #[async_trait]
    impl RecordSink for Fenced {
        fn name(&self) -> &str {
            "fenced"
        }
        fn redelivery(&self) -> Redelivery {
            Redelivery::Any
        }
        async fn apply(&self, _: &ChangeRecord) -> Result<Done, SinkError> {
            Ok(Done::Skipped(Reason::Duplicate))
        }
    }
    let sink = Each::new(Arc::new(Box::new(Fenced) as Box<dyn RecordSink>));

    let report = on_paused_clock(write(&sink, &records(["a"])));

    assert_eq!((sink.name(), sink.redelivery()), ("fenced", Redelivery::Any));
    assert_eq!(words(report.outcomes()), ["duplicate"]);
}

#[test]
fn dropping_a_write_drops_its_handlers_and_the_next_one_repairs_it() {
    on_paused_clock(async {
        let records = records(["a", "b", "c", "a"]);
        let script = Script::default();
        let sink = Each::new(script.clone()).with_concurrency(2);

        let given_up = tokio::time::timeout(SECOND * 3 / 2, write(&sink, &records)).await;

        assert!(given_up.is_err());
        assert_eq!(begun(&script), [1, 2, 3, 4]);
        assert!(script.log.lock().unwrap().running.is_empty(), "a handler outlived its write");
        assert!(write(&sink, &records).await.is_settled());
        assert!(!script.log.lock().unwrap().overlapped);
    });
}

#[test]
fn a_closure_takes_records_and_its_errors_keep_their_class() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let sink = sink_fn("closure", move |record| {
        let log = Arc::clone(&log);
        async move {
            record.require_new_image()?;
            log.lock().unwrap().push(number(&record));
            if number(&record) == 3 { Err(SinkError::poison("three")) } else { Ok(Done::Applied) }
        }
    });

    let report = on_paused_clock(write(&sink, &records(["a", "b", "c", "c"])));

    assert_eq!(words(report.outcomes()), ["applied", "applied", "poison", "blocked by 2"]);
    assert_eq!(*seen.lock().unwrap(), [1, 2, 3]);
    assert!(report.outcomes().iter().filter_map(Outcome::error).all(|error| !error.is_unattributed()));
}
