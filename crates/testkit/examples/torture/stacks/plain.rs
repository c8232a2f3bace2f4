//! Replicas with and without a fence, retries, timeouts.

use super::{retries, tried};
use crate::{
    case::Case,
    controls::{ClaimsLane, KeyedFence, ResendAll},
    target::copy,
};
use dynacdc_sink::{Each, SinkExt};
use dynacdc_testkit::{FaultRates, History, Replica, Running};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("replica", copy, History::live, |target, _| {
            Ok(Running::new(Replica::fenced(&target.backend, "copy")))
        }),
        Case::new("replica, unordered", copy, History::live, |target, _| {
            Ok(Running::new(Replica::fenced(&target.backend, "copy")))
        })
        .unordered(),
        Case::new("replica with a fence of texts", KeyedFence::items, History::live, |target, _| {
            Ok(Running::new(Each::new(KeyedFence::by_text(target))))
        })
        .wrong(),
        Case::new("replica with a fence of packed versions", KeyedFence::items, History::live, |target, _| {
            Ok(Running::new(Each::new(KeyedFence::by_packed_version(target))))
        })
        .wrong(),
        Case::new("replica that claims the lane and reports by item", copy, History::live, |target, _| {
            Ok(Running::new(ClaimsLane { inner: Replica::fenced(&target.backend, "copy") }))
        })
        .poison()
        .wrong(),
        Case::new("retry(timeout(replica)), poison", copy, History::live, |target, _| {
            Ok(Running::new(tried(Replica::fenced(&target.backend, "copy"))?))
        })
        .poison(),
        // Reports are brought to the order rule, so that what is sent past a poison record is not called settled: that
        // is enough for a replica. It is not for a mark, nor for a mailer.
        Case::new("retry of all blocked ones(replica), poison", copy, History::live, |target, _| {
            Ok(Running::new(ResendAll::new(Replica::fenced(&target.backend, "copy"))))
        })
        .poison(),
        Case::new("retry(timeout(folding replica))", copy, History::live, |target, _| {
            Ok(Running::new(tried(Replica::fenced(&target.backend, "copy").folding())?))
        }),
        Case::new("unfenced replica", copy, History::live, |target, _| {
            Ok(Running::new(Replica::unfenced(&target.backend, "copy")))
        })
        .continued(),
        Case::new("retry(unfenced replica)", copy, History::live, |target, _| {
            Ok(Running::new(Replica::unfenced(&target.backend, "copy").layer(retries())))
        })
        .continued(),
        Case::new("unfenced replica, a rewind dies and is not gone on with", copy, History::live, |target, _| {
            Ok(Running::new(Replica::unfenced(&target.backend, "copy")))
        })
        .rates(FaultRates::DIES_WITH_CALLER)
        .plan(|plan| plan.with_strays(0).with_takeovers(0))
        .rarely_wrong(),
        Case::new("unfenced replica, single old records come by", copy, History::live, |target, _| {
            Ok(Running::new(Replica::unfenced(&target.backend, "copy")))
        })
        .rates(FaultRates::DIES_WITH_CALLER)
        .plan(|plan| plan.with_takeovers(0))
        .wrong(),
        Case::new("unfenced replica, an old process goes on", copy, History::live, |target, _| {
            Ok(Running::new(Replica::unfenced(&target.backend, "copy")))
        })
        .rates(FaultRates::DIES_WITH_CALLER)
        .plan(|plan| plan.with_strays(0))
        .wrong(),
        Case::new("unfenced replica, a call lands after it was given up", copy, History::live, |target, _| {
            Ok(Running::new(Replica::unfenced(&target.backend, "copy")))
        })
        .continued()
        .rates(FaultRates::ALL)
        .wrong(),
    ]
}
