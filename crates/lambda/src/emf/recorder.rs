use super::{
    line::{self, Dimensions, Groups, MOST_DIMENSIONS, Values},
    name, unit,
};
use dynacdc_sink::{Clock, metric_names};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SetRecorderError, SharedString, Unit};
use metrics_util::registry::{AtomicStorage, Registry};
use std::{
    collections::HashMap,
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

/// A recorder for the facade `metrics` that writes CloudWatch Embedded Metric Format ([AWS: specification][spec]).
///
/// Lambda takes what a function writes to standard output into CloudWatch Logs, and CloudWatch makes metrics of such
/// lines there. Install it, give it to the function, and put a [`MeterLayer`](dynacdc_sink::MeterLayer) around the sink:
/// each invocation then writes one line. Every metric that goes through the facade is in it, not only those of sinks.
///
/// - The label `sink` is a dimension, beside those of [`with_dimension`](Self::with_dimension). The values of other
///   labels are appended to the name, as in `dynacdc_sink_records_failed_poison`, since a line has one value for each
///   dimension. So there is one line per metered sink; metrics without that label are in the first of them.
/// - A counter is written as its growth since the last flush, not at all if that is 0; a histogram as its values; a
///   gauge as its present value. What is not finite is left out. Where nothing is to be written there is no line.
/// - The limits of the format hold: 100 metrics in a line and 100 values of a metric, the others are in further lines;
///   30 dimensions, those beyond are left out.
/// - What CloudWatch does not take is made fit, or the metric would be lost: in names and values each character that is
///   not printable ASCII becomes `_`, and what is too long is cut. A dimension with a blank name or value, or the name
///   `_aws`, is left out, and so is a metric with a blank name. A metric with the name of a dimension has `_value`
///   behind its own.
///
/// Set it up before it is installed or cloned: a setting that comes later changes nothing.
///
/// Each name with each value of a dimension is a custom metric that AWS charges for.
///
/// [spec]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
///
/// ```no_run
/// use dynacdc_lambda::{EmbeddedMetrics, Function};
/// use dynacdc_sink::{Layer, MeterLayer, Redelivery, sink_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let metrics = EmbeddedMetrics::new("shop").with_dimension("stage", "production").install()?;
/// let sink = sink_fn("log", |_record| async { Ok(()) }).with_redelivery(Redelivery::Any);
/// Function::new(MeterLayer::new().layer(sink)).with_metrics(metrics).run().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct EmbeddedMetrics(Arc<Exporter>);

struct Exporter {
    namespace: String,
    dimensions: Dimensions,
    clock: Clock,
    registry: Registry<Key, AtomicStorage>,
    units: Mutex<HashMap<String, Unit>>,
    /// The value of each counter at the last flush. Counters are not set back: some are set to absolute values.
    counted: Mutex<HashMap<Key, u64>>,
    writer: Mutex<Box<dyn Write + Send>>,
}

impl EmbeddedMetrics {
    /// Writes to standard output, in this namespace of CloudWatch: 1 to 255 letters, digits
    /// and `.-_/#: `, not beginning with `AWS/`.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self(Arc::new(Exporter {
            namespace: name::namespace(&namespace.into()),
            dimensions: Dimensions::new(),
            clock: Clock::system(),
            registry: Registry::atomic(),
            units: Mutex::default(),
            counted: Mutex::default(),
            writer: Mutex::new(Box::new(io::stdout())),
        }))
    }

    /// With one more dimension of all metrics, such as the stage. Use few and stable values: each makes new metrics.
    pub fn with_dimension(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|exporter| {
            if let (Some(name), Some(value)) = (name::dimension(&name.into()), name::value(&value.into())) {
                exporter.dimensions.insert(name, value);
            }
        })
    }

    /// With another place to write to.
    pub fn with_writer(self, writer: impl Write + Send + 'static) -> Self {
        self.with(|exporter| exporter.writer = Mutex::new(Box::new(writer)))
    }

    /// With another clock for the time of a line.
    pub fn with_clock(self, clock: Clock) -> Self {
        self.with(|exporter| exporter.clock = clock)
    }

    fn with(mut self, change: impl FnOnce(&mut Exporter)) -> Self {
        if let Some(exporter) = Arc::get_mut(&mut self.0) {
            change(exporter);
        }
        self
    }

    /// Makes it the recorder of the process, and gives it back for the function. Before the first delivery: sinks look
    /// their metrics up once.
    ///
    /// # Errors
    /// If there is one already.
    pub fn install(self) -> Result<Self, SetRecorderError<Self>> {
        metrics::set_global_recorder(self.clone())?;
        Ok(self)
    }

    /// Writes what there is since the last time. A function that has it does so after each event.
    ///
    /// What cannot be written is lost, and logged at level WARN: metrics must not fail an invocation.
    pub fn flush(&self) {
        let lines = self.0.lines();
        if lines.is_empty() {
            return;
        }
        // In one piece, so that a line is not torn by what others write.
        let mut writer = lock(&self.0.writer);
        if let Err(error) = writer.write_all(lines.as_bytes()).and_then(|()| writer.flush()) {
            tracing::warn!(%error, "metrics could not be written");
        }
    }
}

impl Exporter {
    fn lines(&self) -> String {
        let mut found = Groups::new();
        let mut counted = lock(&self.counted);
        self.registry.visit_counters(|key, counter| {
            let count = counter.load(Ordering::Acquire);
            let growth = count.wrapping_sub(counted.get(key).copied().unwrap_or_default());
            if growth > 0 {
                counted.insert(key.clone(), count);
                self.add(&mut found, key, &[growth as f64]);
            }
        });
        drop(counted);
        self.registry.visit_gauges(|key, gauge| {
            self.add(&mut found, key, &[f64::from_bits(gauge.load(Ordering::Acquire))]);
        });
        self.registry.visit_histograms(|key, histogram| {
            histogram.clear_with(|values| self.add(&mut found, key, values));
        });
        let millis = self.clock.now().timestamp_millis();
        let documents = line::documents(&self.namespace, millis, &found);
        documents.iter().map(|document| format!("{document}\n")).collect()
    }

    fn add(&self, found: &mut Groups, key: &Key, values: &[f64]) {
        let (unit, factor) = match lock(&self.units).get(key.name()).copied().map(unit::of) {
            Some((unit, factor)) => (Some(unit), factor),
            None => (None, 1.0),
        };
        let mut values = values.iter().map(|value| value * factor).filter(|value| value.is_finite()).peekable();
        if values.peek().is_none() {
            return;
        }
        let (mut name, mut sink) = (key.name().to_owned(), None);
        for label in key.labels() {
            if label.key() == metric_names::SINK {
                sink = name::value(label.value());
            } else {
                name = format!("{name}_{}", label.value());
            }
        }
        let dimensions = self.dimensions_with(sink);
        let Some(name) = name::metric(&name, |name| dimensions.contains_key(name)) else { return };
        let metric = found.entry(dimensions).or_default().entry(name);
        metric.or_insert_with(|| Values { unit, values: Vec::new() }).values.extend(values);
    }

    fn dimensions_with(&self, sink: Option<String>) -> Dimensions {
        let sink = sink.map(|sink| (metric_names::SINK.to_owned(), sink));
        let most = MOST_DIMENSIONS - usize::from(sink.is_some());
        let others = self.dimensions.iter().filter(|(name, _)| sink.is_none() || *name != metric_names::SINK);
        let others = others.take(most).map(|(name, value)| (name.clone(), value.clone()));
        others.chain(sink.clone()).collect()
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>) {
        if let Some(unit) = unit {
            lock(&self.units).insert(name.as_str().to_owned(), unit);
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder for EmbeddedMetrics {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.0.describe(&key, unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.0.describe(&key, unit);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.0.describe(&key, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0.registry.get_or_create_counter(key, |counter| Counter::from_arc(Arc::clone(counter)))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.0.registry.get_or_create_gauge(key, |gauge| Gauge::from_arc(Arc::clone(gauge)))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.0.registry.get_or_create_histogram(key, |histogram| Histogram::from_arc(Arc::clone(histogram)))
    }
}

impl fmt::Debug for EmbeddedMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedMetrics")
            .field("namespace", &self.0.namespace)
            .field("dimensions", &self.0.dimensions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use metrics::{counter, describe_histogram, gauge, histogram, with_local_recorder};
    use serde_json::{Value, json};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn lines(&self) -> Result<Vec<Value>, serde_json::Error> {
            let bytes = std::mem::take(&mut *lock(&self.0));
            String::from_utf8_lossy(&bytes).lines().map(serde_json::from_str).collect()
        }
    }

    fn metrics(written: &Written) -> EmbeddedMetrics {
        let clock = Clock::new(|| DateTime::from_timestamp_millis(1_574_109_732_004).unwrap_or_default());
        EmbeddedMetrics::new("shop").with_writer(written.clone()).with_clock(clock)
    }

    #[test]
    fn each_sink_has_a_line_and_other_labels_stand_in_the_name() -> Result<(), serde_json::Error> {
        let written = Written::default();
        let metrics = metrics(&written);
        with_local_recorder(&metrics, || {
            counter!("failed", "sink" => "a", "class" => "poison").increment(2);
            counter!("failed", "sink" => "a", "class" => "fatal").increment(1);
            counter!("failed", "sink" => "b", "class" => "fatal").increment(0);
            gauge!("open", "sink" => "b").set(0.5);
        });

        metrics.flush();

        let lines = written.lines()?;
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (&lines[0]["sink"], &lines[0]["failed_poison"], &lines[0]["failed_fatal"]),
            (&json!("a"), &json!(2.0), &json!(1.0))
        );
        assert_eq!((&lines[1]["sink"], &lines[1]["open"]), (&json!("b"), &json!(0.5)));
        assert_eq!(lines[0]["_aws"]["Timestamp"], 1_574_109_732_004_i64);
        assert!(lines[1].get("failed_fatal").is_none());
        Ok(())
    }

    #[test]
    fn values_are_finite_and_in_a_unit_of_cloudwatch() -> Result<(), serde_json::Error> {
        let written = Written::default();
        let metrics = metrics(&written);
        with_local_recorder(&metrics, || {
            describe_histogram!("size", Unit::Kibibytes, "");
            for value in [1.0, f64::NAN, 2.5, f64::INFINITY] {
                histogram!("size").record(value);
            }
            histogram!("nothing").record(f64::NAN);
        });

        metrics.flush();
        metrics.flush();

        let lines = written.lines()?;
        assert_eq!(lines.len(), 1);
        let mut sizes: Vec<_> = lines[0]["size"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        sizes.sort_by(f64::total_cmp);
        assert_eq!(sizes, [1_024.0, 2_560.0]);
        let defined = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(defined["Metrics"], json!([{"Name": "size", "Unit": "Bytes"}]));
        assert_eq!(defined["Dimensions"], json!([[]]));
        Ok(())
    }

    #[test]
    fn no_more_than_30_dimensions_are_written() -> Result<(), serde_json::Error> {
        let written = Written::default();
        let many = (0..40).fold(metrics(&written), |metrics, n| metrics.with_dimension(format!("d{n}"), "x"));
        with_local_recorder(&many, || {
            counter!("seen", "sink" => "a").increment(1);
            counter!("others").increment(1);
        });

        many.flush();

        let directives = written.lines()?[0]["_aws"]["CloudWatchMetrics"].clone();
        for (directive, metric) in directives.as_array().into_iter().flatten().zip(["others", "seen"]) {
            assert_eq!(directive["Metrics"][0]["Name"], metric);
            let dimensions: Vec<String> = serde_json::from_value(directive["Dimensions"][0].clone())?;
            assert_eq!(dimensions.len(), 30, "{metric}");
            assert_eq!(dimensions.contains(&"sink".to_owned()), metric == "seen");
        }
        assert_eq!(directives.as_array().map(Vec::len), Some(2));
        Ok(())
    }

    #[test]
    fn a_counter_is_written_as_its_growth_however_it_is_set() -> Result<(), serde_json::Error> {
        let written = Written::default();
        let metrics = metrics(&written);
        let flushed = |change: &dyn Fn()| {
            with_local_recorder(&metrics, change);
            metrics.flush();
            let lines = written.lines()?;
            Ok::<_, serde_json::Error>(lines.first().map(|line| line["seen"].clone()))
        };

        assert_eq!(flushed(&|| counter!("seen").absolute(10))?, Some(json!(10.0)));
        assert_eq!(flushed(&|| counter!("seen").absolute(12))?, Some(json!(2.0)));
        assert_eq!(flushed(&|| counter!("seen").absolute(12))?, None);
        assert_eq!(flushed(&|| counter!("seen").increment(3))?, Some(json!(3.0)));
        Ok(())
    }

    #[test]
    fn what_cloudwatch_would_drop_is_made_fit() -> Result<(), serde_json::Error> {
        let written = Written::default();
        let metrics = metrics(&written).with_dimension("stage", "grün").with_dimension("_aws", "x");
        let metrics = metrics.with_dimension("empty", "").with_dimension(" ", "x");
        with_local_recorder(&metrics, || {
            counter!("stage", "sink" => "").increment(1);
            counter!("_aws").increment(2);
            counter!("seen", "class" => "größe").increment(3);
        });

        metrics.flush();

        let lines = written.lines()?;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["stage"]]));
        let read = |name: &str| lines[0][name].clone();
        assert_eq!(
            (read("stage"), read("stage_value"), read("_aws_value"), read("seen_gr__e")),
            (json!("gr_n"), json!(1.0), json!(2.0), json!(3.0))
        );
        Ok(())
    }
}
