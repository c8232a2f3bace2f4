//! The order of severity, against a list written down by hand.

use crate::scene::{outcome, told};
use dynacdc_sink::{Outcome, Reason, SinkError};
use proptest::prelude::*;

fn ascending() -> Vec<Outcome> {
    let failed = |error: fn(&'static str) -> SinkError| Outcome::Failed(error("x"));
    let whole = |error: fn(&'static str) -> SinkError| Outcome::Failed(error("x").unattributed());
    vec![
        Outcome::Skipped(Reason::Filtered),
        Outcome::Skipped(Reason::Duplicate),
        Outcome::Skipped(Reason::Stale),
        Outcome::Applied,
        Outcome::Parked,
        Outcome::Blocked { by: 7 },
        Outcome::Blocked { by: 3 },
        whole(SinkError::transient),
        failed(SinkError::transient),
        whole(SinkError::poison),
        failed(SinkError::poison),
        whole(SinkError::fatal),
        failed(SinkError::fatal),
    ]
}

#[test]
fn the_worse_outcome_is_the_later_one_of_the_list() {
    let list = ascending();
    for (i, a) in list.iter().enumerate() {
        for (j, b) in list.iter().enumerate() {
            assert_eq!(told(&a.clone().worst(b.clone())), told(&list[i.max(j)]), "{a:?} and {b:?}");
        }
    }
}

#[test]
fn a_bulk_answer_becomes_an_outcome() {
    assert_eq!(told(&Ok::<(), _>(()).into()), "Applied");
    assert_eq!(told(&Ok(dynacdc_sink::Done::Skipped(Reason::Stale)).into()), "Skipped(Stale)");
    assert!(Outcome::from(Err::<(), _>(SinkError::poison("x"))).error().is_some());
}

/// An error by class and attribution alone.
fn without_context(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(error) => format!("{} {}", error.class(), error.is_unattributed()),
        other => told(other),
    }
}

proptest! {
    #[test]
    fn worst_is_a_join(a in outcome(9), b in outcome(9), c in outcome(9)) {
        let worst = |a: &Outcome, b: &Outcome| a.clone().worst(b.clone());

        prop_assert_eq!(told(&worst(&a, &a)), told(&a));
        prop_assert_eq!(told(&worst(&worst(&a, &b), &c)), told(&worst(&a, &worst(&b, &c))));
        prop_assert_eq!(without_context(&worst(&a, &b)), without_context(&worst(&b, &a)));
        prop_assert_eq!(worst(&a, &b).is_settled(), a.is_settled() && b.is_settled());
    }
}
