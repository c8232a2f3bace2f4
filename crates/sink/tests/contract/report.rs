//! The order rule, over outcomes that a sink might give in any combination.

use crate::scene::{all_told, keys, lane, outcomes, records, told, words};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, Cost, Order, OrderRule, Outcome, Reason, Report, SinkError};
use proptest::prelude::*;

/// Why the outcomes break the rule. It looks at pairs of positions, and knows nothing of how a report is made.
fn breach(order: Order, records: &[ChangeRecord], outcomes: &[Outcome]) -> Option<String> {
    let one_domain = |a: usize, b: usize| order == Order::Lane || records[a].item_key() == records[b].item_key();
    for (at, outcome) in outcomes.iter().enumerate() {
        if let Outcome::Blocked { by } = outcome
            && (*by >= at || outcomes[*by].is_settled())
        {
            return Some(format!("{at} is blocked by {by}, which is settled or not before it"));
        }
        for before in (0..at).filter(|before| one_domain(*before, at) && !outcomes[*before].is_settled()) {
            if !matches!(outcome, Outcome::Blocked { .. }) {
                return Some(format!("{at} is not blocked, but {before} of its domain is not settled"));
            }
        }
    }
    None
}

fn batch() -> impl Strategy<Value = (Vec<ChangeRecord>, Vec<Outcome>)> {
    keys().prop_flat_map(|keys| (Just(records(&keys)), outcomes(keys.len())))
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::Key), Just(Order::Lane)]
}

proptest! {
    #[test]
    fn every_report_keeps_the_order_rule_and_invents_no_progress((records, given) in batch(), order in order()) {
        let lane = lane();
        let batch = Batch::new(&lane, &records);

        let report = Report::new(order, batch, given.clone(), Cost::default()).unwrap();

        let made = report.outcomes();
        prop_assert_eq!(breach(order, &records, made), None);
        for (before, after) in given.iter().zip(made) {
            match after {
                // What is settled, or failed of its own, is what the sink said.
                Outcome::Failed(_) if matches!(before, Outcome::Blocked { .. }) => {
                    prop_assert_eq!(after.error().map(SinkError::class), Some(Class::Transient));
                }
                Outcome::Blocked { .. } => {}
                _ => prop_assert_eq!(told(after), told(before)),
            }
        }
        let prefix = given.iter().take_while(|outcome| outcome.is_settled()).count();
        prop_assert_eq!(report.settled_prefix(), prefix);
        prop_assert_eq!(report.first_unsettled().map(|(at, _)| at), Some(prefix).filter(|at| *at < records.len()));
        prop_assert_eq!(report.is_settled(), prefix == records.len());
        prop_assert_eq!(report.counts().settled() + report.counts().unsettled(), records.len() as u64);

        let again = Report::new(order, batch, made.to_vec(), Cost::default()).unwrap();
        prop_assert_eq!(all_told(again.outcomes()), all_told(made));
    }

    #[test]
    fn whatever_write_gives_back_settles_into_a_report((records, given) in batch(), other in 0..4usize) {
        let lane = lane();
        let batch = Batch::new(&lane, &records);
        let part = batch.slice(0..other);
        let cost = Cost { calls: 3, ..Cost::default() };
        let of_part = Report::all(part.batch(), Outcome::Applied).with_cost(cost);
        let fits = part.len() == records.len();

        let error = Report::settle(batch, Err(SinkError::poison("no")));
        let wrong = Report::settle(batch, Ok(of_part));
        let right = Report::settle(batch, Report::new(Order::Key, batch, given, cost));

        for report in [&error, &wrong, &right] {
            prop_assert_eq!(report.outcomes().len(), records.len());
            prop_assert_eq!(breach(Order::Key, &records, report.outcomes()), None);
        }
        prop_assert!(error.outcomes().iter().all(|outcome| !outcome.is_settled()));
        for error in error.outcomes().iter().filter_map(Outcome::error) {
            prop_assert_eq!((error.class(), error.is_unattributed()), (Class::Poison, records.len() > 1));
        }
        prop_assert_eq!(wrong.is_settled(), fits);
        prop_assert!(wrong.outcomes().iter().filter_map(Outcome::error).all(|error| error.class() == Class::Fatal));
        prop_assert_eq!((wrong.cost(), right.cost()), (cost, cost));
    }
}

#[test]
fn the_rule_finds_outcomes_that_break_it() {
    let records = records(["a", "b", "a"]);
    let failed = || Outcome::Failed(SinkError::poison("x"));
    let wrong = [
        [failed(), Outcome::Applied, Outcome::Applied],
        [failed(), Outcome::Applied, failed()],
        [Outcome::Applied, Outcome::Applied, Outcome::Blocked { by: 1 }],
        [Outcome::Applied, failed(), Outcome::Blocked { by: 2 }],
    ];
    for outcomes in wrong {
        assert!(breach(Order::Key, &records, &outcomes).is_some(), "{outcomes:?}");
    }
    let right = [failed(), Outcome::Applied, Outcome::Blocked { by: 0 }];
    assert_eq!(breach(Order::Key, &records, &right), None);
    assert!(breach(Order::Lane, &records, &right).is_some());
}

#[test]
fn a_record_reported_as_settled_behind_a_failure_is_blocked() {
    let (lane, records) = (lane(), records(["a", "b", "a"]));
    let given = || vec![Outcome::Failed(SinkError::transient("x")), Outcome::Applied, Outcome::Applied];
    let made = |order| {
        let report = Report::new(order, Batch::new(&lane, &records), given(), Cost::default()).unwrap();
        words(report.outcomes())
    };

    assert_eq!(made(Order::Key), ["transient", "applied", "blocked by 0"]);
    assert_eq!(made(Order::Lane), ["transient", "blocked by 0", "blocked by 0"]);
}

#[test]
fn a_blocker_of_another_key_stays_and_one_that_was_settled_since_frees_the_record() {
    let (lane, records) = (lane(), records(["a", "b", "b"]));
    let made = |first| {
        let blocked = Outcome::Blocked { by: 0 };
        let outcomes = vec![first, blocked, Outcome::Failed(SinkError::fatal("x"))];
        let report = Report::new(Order::Key, Batch::new(&lane, &records), outcomes, Cost::default()).unwrap();
        words(report.outcomes())
    };

    assert_eq!(made(Outcome::Failed(SinkError::poison("x"))), ["poison", "blocked by 0", "blocked by 1"]);
    assert_eq!(made(Outcome::Parked), ["parked", "transient", "blocked by 1"]);
}

#[test]
fn what_is_no_report_of_the_batch_is_refused() {
    let (lane, records) = (lane(), records(["a", "b"]));
    let batch = Batch::new(&lane, &records);
    let class = |outcomes| Report::new(Order::Key, batch, outcomes, Cost::default()).err().map(|error| error.class());

    assert_eq!(class(vec![]), Some(Class::Fatal));
    assert_eq!(class(vec![Outcome::Applied; 3]), Some(Class::Fatal));
    assert_eq!(class(vec![Outcome::Applied, Outcome::Blocked { by: 1 }]), Some(Class::Fatal));
    assert_eq!(class(vec![Outcome::Applied, Outcome::Blocked { by: usize::MAX }]), Some(Class::Fatal));
    assert_eq!(class(vec![Outcome::Applied; 2]), None);
}

#[test]
fn the_same_outcome_for_all_keeps_the_rule_too() {
    let (lane, records) = (lane(), records(["a", "b", "a"]));
    let all = |outcome| words(Report::all(Batch::new(&lane, &records), outcome).outcomes());

    assert_eq!(all(Outcome::Skipped(Reason::Stale)), ["stale"; 3]);
    assert_eq!(all(Outcome::Failed(SinkError::fatal("x"))), ["fatal", "fatal", "blocked by 0"]);
    assert_eq!(all(Outcome::Blocked { by: 9 }), ["transient", "transient", "blocked by 0"]);
}

#[test]
fn a_record_is_blocked_by_the_first_unsettled_one_before_it() {
    let (lane, records) = (lane(), records(["a", "b", "a", "a"]));
    let blockers = |order, unsettled: &[usize]| {
        let mut rule = OrderRule::new(order, Batch::new(&lane, &records));
        unsettled.iter().for_each(|at| rule.unsettled(*at));
        [0, 1, 2, 3, 4].map(|at| rule.blocker(at))
    };

    assert_eq!(blockers(Order::Key, &[]), [None; 5]);
    assert_eq!(blockers(Order::Key, &[2, 9]), [None, None, None, Some(2), None]);
    assert_eq!(blockers(Order::Key, &[2, 0, 3]), [None, None, Some(0), Some(0), None]);
    assert_eq!(blockers(Order::Lane, &[2, 1, 3]), [None, None, Some(1), Some(1), None]);
}

#[test]
fn a_bulk_answer_is_counted_by_fate() {
    let (lane, records) = (lane(), records(["a", "b", "a", "c"]));
    let batch = Batch::new(&lane, &records);
    let results = [Err(SinkError::transient("x")), Ok(()), Ok(()), Ok(())];

    let report = Report::from_each(Order::Key, batch, results, Cost { calls: 1, ..Cost::default() }).unwrap();

    let counts = report.counts();
    assert_eq!((counts.applied, counts.blocked, counts.failed, counts.skipped()), (2, 1, 1, 0));
    assert_eq!((counts.settled(), counts.unsettled(), report.cost().calls), (2, 2, 1));
}
