//! Totals by contribution and by mark.

use super::{parked, tried};
use crate::{case::Case, controls::ResendAll, target::Target};
use dynacdc_sink::{Each, SinkExt};
use dynacdc_testkit::{ContributedTotals, History, MarkedTotals, Running, Total};
use std::collections::BTreeMap;

type Totals = BTreeMap<String, Total>;

fn contributed(target: &Target) -> Totals {
    target.backend.totals()
}

fn marked(target: &Target) -> Totals {
    target.backend.marked_totals()
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("dead_letter(retry(contribution))", contributed, History::totals, |target, _| {
            parked(tried(Each::new(ContributedTotals::new(&target.backend)).with_concurrency(4))?, target)
        })
        .poison(),
        Case::new("dead_letter(retry(contribution)), unordered", contributed, History::totals, |target, _| {
            parked(tried(Each::new(ContributedTotals::new(&target.backend)))?, target)
        })
        .poison()
        .unordered(),
        Case::new("mark", marked, History::totals, |target, _| Ok(Running::new(MarkedTotals::new(&target.backend)))),
        Case::new("retry(mark)", marked, History::totals, |target, _| {
            Ok(Running::new(MarkedTotals::new(&target.backend).layer(super::retries())))
        }),
        Case::new("retry(mark), no twins", marked, History::totals, |target, _| {
            Ok(Running::new(MarkedTotals::new(&target.backend).layer(super::retries())))
        })
        .plan(|plan| plan.with_twins(0)),
        Case::new("retry(mark), poison", marked, History::totals, |target, _| {
            Ok(Running::new(MarkedTotals::new(&target.backend).layer(super::retries())))
        })
        .poison(),
        Case::new("retry of all blocked ones(mark), poison", marked, History::totals, |target, _| {
            Ok(Running::new(ResendAll::new(MarkedTotals::new(&target.backend))))
        })
        .poison()
        .wrong(),
        Case::new("mark that blocks items only, poison", marked, History::totals, |target, _| {
            Ok(Running::new(MarkedTotals::new(&target.backend).blocking_keys_only().layer(super::retries())))
        })
        .poison()
        .wrong(),
        Case::new("dead_letter(mark)", marked, History::totals, |target, _| {
            parked(MarkedTotals::new(&target.backend).claiming_key_order().layer(super::retries()), target)
        })
        .poison()
        .wrong(),
        Case::new("mark, unordered", marked, History::totals, |target, _| {
            Ok(Running::new(MarkedTotals::new(&target.backend).claiming_any_redelivery()))
        })
        .unordered()
        .wrong(),
    ]
}
