//! Spans and events, as a subscriber receives them.

use crate::{
    scene::{lane, on_paused_clock, put, records},
    script::{Script, poison, transient},
};
use dynacdc_sink::{Batch, Layer, Order, Outcome, Reason, Redelivery, Sink, SinkError, SinkExt, TraceLayer};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// The fields as they display, and under `is` the name and level of the span or event.
type Fields = BTreeMap<&'static str, String>;

/// Keeps all that it is told.
#[derive(Clone, Default)]
struct Log {
    spans: Arc<Mutex<BTreeMap<u64, Fields>>>,
    events: Arc<Mutex<Vec<Fields>>>,
    current: Arc<Mutex<Vec<u64>>>,
    next: Arc<AtomicU64>,
}

struct Write<'a>(&'a mut Fields);

impl Visit for Write<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

fn named(metadata: &'static Metadata<'static>) -> Fields {
    let is = if metadata.is_span() { metadata.name() } else { metadata.level().as_str() };
    Fields::from([("is", is.to_owned())])
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = named(span.metadata());
        span.record(&mut Write(&mut fields));
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        self.spans.lock().unwrap().insert(id, fields);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Write(self.spans.lock().unwrap().get_mut(&span.into_u64()).unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = named(event.metadata());
        event.record(&mut Write(&mut fields));
        let inside = self.current.lock().unwrap().last().map(|id| self.spans.lock().unwrap()[id]["is"].clone());
        fields.insert("inside", inside.unwrap_or_default());
        self.events.lock().unwrap().push(fields);
    }

    fn enter(&self, span: &Id) {
        self.current.lock().unwrap().push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.current.lock().unwrap().pop();
    }
}

/// The spans and the events of a write.
fn log(layer: TraceLayer, script: Script, keys: &[&str]) -> (Vec<Fields>, Vec<Fields>) {
    let log = Log::default();
    let sink = layer.layer(script);
    let _ = tracing::subscriber::with_default(log.clone(), || {
        on_paused_clock(async { sink.write(Batch::new(&lane(), &records(keys))).await }).unwrap()
    });
    let spans = log.spans.lock().unwrap().values().cloned().collect();
    let events = log.events.lock().unwrap().clone();
    (spans, events)
}

fn fields<const N: usize>(fields: [(&'static str, &str); N]) -> Fields {
    fields.map(|(name, value)| (name, value.to_owned())).into()
}

#[test]
fn a_write_is_a_span_with_the_counts_and_the_duration() {
    let mut script = Script::new(|_, _| {
        let (applied, skipped) = (Outcome::Applied, Outcome::Skipped(Reason::Stale));
        Ok(vec![applied.clone(), applied, skipped, Outcome::Parked, poison(), Outcome::Blocked { by: 4 }])
    });
    script.takes = Duration::from_millis(250);

    let (spans, _) = log(TraceLayer::new(), script, &["a", "b", "c", "d", "e", "e"]);

    let expected = fields([
        ("is", "dynacdc.write"),
        ("sink", "script"),
        ("lane", "unknown stream shard-1"),
        ("records", "6"),
        ("applied", "2"),
        ("skipped", "1"),
        ("parked", "1"),
        ("blocked", "1"),
        ("failed", "1"),
        ("duration_ms", "250.0"),
    ]);
    assert_eq!(spans, [expected]);
}

#[test]
fn each_failed_record_is_an_event_at_warn_and_a_fatal_one_at_error() {
    let error = |number| match number {
        1 => SinkError::transient("throttled").with_source(std::io::Error::other("503")).into(),
        2 => SinkError::fatal("no such table").into(),
        _ => Outcome::Applied,
    };

    let (_, events) = log(TraceLayer::new(), Script::each(move |_, number| error(number)), &["a", "b", "c", "a"]);

    let event = |is: &str, number: &str, class: &str, error: &str| {
        let id = put("a", number.parse().unwrap(), 1).event_id().to_owned();
        let (message, inside) = ("record failed", "dynacdc.write");
        fields([
            ("is", is),
            ("sequence_number", number),
            ("event_id", &id),
            ("class", class),
            ("error", error),
            ("message", message),
            ("inside", inside),
        ])
    };
    let warn = event("WARN", "1", "transient", "throttled: 503");
    assert_eq!(events, [warn, event("ERROR", "2", "fatal", "no such table")]);
}

#[test]
fn the_events_of_a_batch_are_bounded_and_the_rest_is_counted() {
    let keys: Vec<String> = (0..30).map(|at| at.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let levels = |events: &[Fields]| events.iter().map(|event| event["is"].clone()).collect::<Vec<_>>();

    let (_, events) = log(TraceLayer::new(), Script::each(|_, _| transient()), &keys);
    assert_eq!(levels(&events), vec!["WARN"; 11]);
    assert_eq!((events[10]["message"].as_str(), events[10]["others"].as_str()), ("more records failed", "20"));

    let fatal = Script::each(|_, number| if number == 30 { SinkError::fatal("stop").into() } else { transient() });
    let (_, events) = log(TraceLayer::new().with_events(2), fatal, &keys);
    assert_eq!(levels(&events), ["WARN", "WARN", "ERROR"]);
    assert_eq!(events[2]["others"], "28");

    let (_, events) = log(TraceLayer::new(), Script::new(|_, _| Err(SinkError::transient("away"))), &keys);
    assert_eq!(events.len(), 11, "a failure of the whole is bounded too");
}

#[test]
fn nothing_tells_keys_or_values() {
    let (spans, events) = log(TraceLayer::new(), Script::each(|_, _| poison()), &["secret-key"; 3]);

    assert!(!events.is_empty());
    let told = format!("{spans:?} {events:?}");
    assert!(!told.contains("secret-key"), "{told}");
}

#[test]
fn nothing_is_told_of_no_records() {
    let (spans, events) = log(TraceLayer::new(), Script::each(|_, _| poison()), &[]);

    assert!(spans.is_empty() && events.is_empty());
}

#[test]
fn it_forwards_what_the_inner_sink_says() {
    let mut script = Script::each(|_, _| Outcome::Applied);
    script.order = Order::Lane;
    let sink = script.trace();

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("script", Order::Lane, Redelivery::Any));
    assert_eq!(sink.get_ref().name().to_owned(), sink.into_inner().name());
}
