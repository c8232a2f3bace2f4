use super::names;
use crate::{Class, Outcome, Reason, Report};
use metrics::{Counter, Histogram, SharedString, Unit, counter, describe_counter, describe_histogram, histogram};

/// The metrics of one sink, looked up once: a look-up hashes the name and the labels, and copies them.
pub(super) struct Handles {
    received: Counter,
    applied: Counter,
    filtered: Counter,
    duplicate: Counter,
    stale: Counter,
    parked: Counter,
    blocked: Counter,
    transient: Counter,
    poison: Counter,
    fatal: Counter,
    batch_records: Histogram,
    duration: Histogram,
    iterator_age: Histogram,
    calls: Counter,
    write_units: Counter,
    bytes: Counter,
    ops_in: Counter,
    ops_out: Counter,
}

impl Handles {
    /// From the recorder that is installed now.
    pub(super) fn new(sink: &str) -> Self {
        describe();
        let sink = SharedString::from(sink.to_owned());
        let plain = |name: &'static str| counter!(name, names::SINK => sink.clone());
        let skipped =
            |reason: Reason| counter!(names::SKIPPED, names::SINK => sink.clone(), names::REASON => reason.to_string());
        let failed =
            |class: Class| counter!(names::FAILED, names::SINK => sink.clone(), names::CLASS => class.as_str());
        let values = |name: &'static str| histogram!(name, names::SINK => sink.clone());
        Self {
            received: plain(names::RECEIVED),
            applied: plain(names::APPLIED),
            filtered: skipped(Reason::Filtered),
            duplicate: skipped(Reason::Duplicate),
            stale: skipped(Reason::Stale),
            parked: plain(names::PARKED),
            blocked: plain(names::BLOCKED),
            transient: failed(Class::Transient),
            poison: failed(Class::Poison),
            fatal: failed(Class::Fatal),
            batch_records: values(names::BATCH_RECORDS),
            duration: values(names::DURATION),
            iterator_age: values(names::ITERATOR_AGE),
            calls: plain(names::CALLS),
            write_units: plain(names::WRITE_UNITS),
            bytes: plain(names::BYTES),
            ops_in: plain(names::OPS_IN),
            ops_out: plain(names::OPS_OUT),
        }
    }

    /// `age` in seconds; none if the record does not say when it was made.
    pub(super) fn received(&self, records: usize, age: Option<f64>) {
        self.received.increment(records as u64);
        self.batch_records.record(records as f64);
        if let Some(age) = age {
            self.iterator_age.record(age);
        }
    }

    pub(super) fn reported(&self, report: &Report, seconds: f64) {
        self.duration.record(seconds);
        let counts = report.counts();
        self.applied.increment(counts.applied);
        self.filtered.increment(counts.filtered);
        self.duplicate.increment(counts.duplicate);
        self.stale.increment(counts.stale);
        self.parked.increment(counts.parked);
        self.blocked.increment(counts.blocked);
        if counts.failed > 0 {
            for error in report.outcomes().iter().filter_map(Outcome::error) {
                match error.class() {
                    Class::Transient => self.transient.increment(1),
                    Class::Poison => self.poison.increment(1),
                    Class::Fatal => self.fatal.increment(1),
                }
            }
        }
        let cost = report.cost();
        self.calls.increment(cost.calls);
        self.write_units.increment(cost.write_units);
        self.bytes.increment(cost.bytes);
        self.ops_in.increment(cost.ops_in);
        self.ops_out.increment(cost.ops_out);
    }
}

fn describe() {
    describe_counter!(names::RECEIVED, Unit::Count, "Records handed to the sink");
    describe_counter!(names::APPLIED, Unit::Count, "Records whose effect is durable");
    describe_counter!(names::SKIPPED, Unit::Count, "Records for which there was nothing to do");
    describe_counter!(names::PARKED, Unit::Count, "Records written to the dead-letter store");
    describe_counter!(names::BLOCKED, Unit::Count, "Records behind one that is not settled");
    describe_counter!(names::FAILED, Unit::Count, "Records that failed");
    describe_histogram!(names::BATCH_RECORDS, Unit::Count, "Records per batch");
    describe_histogram!(names::DURATION, Unit::Seconds, "Time of one write");
    describe_histogram!(names::ITERATOR_AGE, Unit::Seconds, "Age of the last record of a batch when handed in");
    describe_counter!(names::CALLS, Unit::Count, "Calls of the sink to the outside");
    describe_counter!(names::WRITE_UNITS, Unit::Count, "Write units as the service meters them");
    describe_counter!(names::BYTES, Unit::Bytes, "Bytes of request bodies");
    describe_counter!(names::OPS_IN, Unit::Count, "Records before changes of one key were folded");
    describe_counter!(names::OPS_OUT, Unit::Count, "Writes that they became");
}
