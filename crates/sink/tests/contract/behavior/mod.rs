//! The lines of `# Behavior` that a sink alone can be held to, and for each of them sinks that break it.
//!
//! Every check runs over the right sinks, and over a wrong one that it must refuse: a check that cannot fail says
//! nothing. Line 2, that reports keep the order rule, is proven for all reports in `report.rs`; here it is about effects.

mod checks;
mod right;
mod target;
mod wrong;

use crate::scene::on_paused_clock;
use checks::Verdict;
use dynacdc_sink::{BoxSink, SinkExt};
use target::Target;

/// Makes a sink over the target.
type Make = fn(Target) -> BoxSink;

const RIGHT: [Make; 3] = [
    |target| right::one_by_one(target).boxed(),
    |target| right::Bulk(target).boxed(),
    |target| dynacdc_sink::fan_out([right::Bulk(target).boxed()]).boxed(),
];

/// Runs the check over all right sinks, and over wrong ones, of which it must say what is expected.
fn holds(check: impl AsyncFn(Make) -> Verdict, wrong: &[(Make, &str)]) {
    for (at, make) in RIGHT.into_iter().enumerate() {
        on_paused_clock(check(make)).unwrap_or_else(|told| panic!("right sink {at}: {told}"));
    }
    for (at, (make, expected)) in wrong.iter().enumerate() {
        let told = on_paused_clock(check(*make)).expect_err("a wrong sink passes");
        assert!(told.contains(expected), "wrong sink {at}: {told}");
    }
}

#[test]
fn line_1_the_report_matches_and_applied_is_durable() {
    holds(
        checks::applied_is_durable,
        &[
            (|target| wrong::Short(right::Bulk(target)).boxed(), "not settled"),
            (|target| wrong::Background(target).boxed(), "on return: {}"),
            (|target| wrong::Sorted(right::Bulk(target)).boxed(), "the first one failed"),
        ],
    );
}

#[test]
fn line_1_an_empty_batch_does_nothing() {
    holds(checks::an_empty_batch_does_nothing, &[(|target| wrong::Pinging(target).boxed(), "(1, 0)")]);
}

#[test]
fn line_2_no_mark_passes_a_failed_record() {
    holds(
        checks::a_failure_is_made_up_for,
        &[
            (|target| wrong::Marked::new(target).boxed(), "delivered again: {\"a\": 20"),
            (|target| wrong::Sorted(right::Bulk(target)).boxed(), "the fourth one failed"),
        ],
    );
}

#[test]
fn line_3_continued_redelivery_changes_nothing() {
    holds(checks::continued_redelivery, &[(|target| wrong::Adding(target).boxed(), "delivery 0")]);
}

#[test]
fn line_3_a_sink_that_needs_order_refuses_a_lane_without_it() {
    holds(checks::unordered_is_refused_or_stood, &[(|target| wrong::Trusting(target).boxed(), "1 calls, []")]);
}

#[test]
fn line_4_a_stale_write_never_wins() {
    holds(
        checks::stale_never_wins,
        &[
            (|target| wrong::LastArrival(target).boxed(), "after one old record"),
            (|target| wrong::ForgetsDeletes(target).boxed(), "\"c\": 30"),
        ],
    );
}

#[test]
fn line_5_lanes_are_written_at_once() {
    holds(checks::lanes_at_once, &[(|target| wrong::OneAtATime::new(right::Bulk(target)).boxed(), "took 2s")]);
}

#[test]
fn line_6_a_dropped_write_is_repaired() {
    let wrong: Make = |target| wrong::NotedFirst::new(target).boxed();
    holds(checks::a_dropped_write_is_repaired, &[(wrong, "after a drop at 0 ms: {}")]);
}

#[test]
fn line_7_a_failure_of_many_is_blamed_on_none() {
    holds(checks::nobody_is_blamed, &[(|target| wrong::BlamesAll(right::Bulk(target)).boxed(), "4 blamed")]);
}

#[test]
fn line_8_nothing_begins_past_the_deadline() {
    holds(
        checks::the_deadline_is_kept,
        &[(|target| wrong::Unhurried(right::Bulk(target)).boxed(), "3 calls begun in 0 s")],
    );
}
