//! Dead letters, and what is around and inside of them.

use super::{parked, parking, redriving, retries, tried};
use crate::{
    case::Case,
    controls::Unconditional,
    target::{copy, listed},
};
use dynacdc_record::{Image, Value};
use dynacdc_sink::{DeadLetterLayer, IsolateLayer, SinkExt, TryLayer};
use dynacdc_testkit::{FaultRates, History, LISTED, Replica};
use std::{sync::Arc, time::Duration};

pub(super) fn is_listed(image: Image<'_>) -> bool {
    image.get(LISTED) == Some(Value::Bool(true))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("dead_letter(retry(timeout(replica)))", copy, History::live, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy"))?, target)
        })
        .poison(),
        Case::new("dead_letter(retry(timeout(replica))), unordered", copy, History::live, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy"))?, target)
        })
        .poison()
        .unordered(),
        Case::new("dead_letter(retry(timeout(folding replica)))", copy, History::live, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy").folding())?, target)
        })
        .poison(),
        Case::new("dead_letter(filter(retry(timeout(replica))))", copy, listed, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy"))?.filter_items(is_listed), target)
        })
        .poison(),
        Case::new("dead_letter(filter(retry(timeout(replica)))), unordered", copy, listed, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy"))?.filter_items(is_listed), target)
        })
        .poison()
        .unordered(),
        Case::new("filter(dead_letter(retry(timeout(replica))))", copy, listed, |target, _| {
            let letters = parking(tried(Replica::fenced(&target.backend, "copy"))?, target.letters.clone(), target)?;
            Ok(redriving(Arc::clone(&letters).filter_items(is_listed), &letters))
        })
        .poison(),
        Case::new("retry(dead_letter(replica))", copy, History::live, |target, _| {
            let letters = parking(Replica::fenced(&target.backend, "copy"), target.letters.clone(), target)?;
            Ok(redriving(Arc::clone(&letters).layer(retries()), &letters))
        })
        .poison(),
        Case::new("dead_letter(retry(replica without blame))", copy, History::live, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy").without_blame())?, target)
        })
        .poison(),
        Case::new("dead_letter(isolate(retry(replica without blame)))", copy, History::live, |target, _| {
            let sink = tried(Replica::fenced(&target.backend, "copy").without_blame())?.layer(IsolateLayer::new());
            parked(sink, target)
        })
        .poison(),
        Case::new("dead_letter(retry(replica)), an outage", copy, History::live, |target, _| {
            parked(tried(Replica::fenced(&target.backend, "copy"))?, target)
        })
        .rates(FaultRates::OUTAGE),
        Case::new("dead_letter(retry(replica)), old ones parked in an outage", copy, History::live, |target, _| {
            let layer = DeadLetterLayer::new(target.letters.clone())
                .with_clock(target.clock.clone())
                .with_park_transient_after(Duration::from_secs(60));
            let letters = Arc::new(layer.try_layer(tried(Replica::fenced(&target.backend, "copy"))?)?);
            Ok(redriving(Arc::clone(&letters), &letters))
        })
        .rates(FaultRates::OUTAGE),
        Case::new("dead_letter(retry(unfenced))", copy, History::live, |target, _| {
            parked(Replica::unfenced(&target.backend, "copy").layer(retries()), target)
        })
        .poison()
        .continued(),
        Case::new(
            "dead_letter(retry(unfenced)), a key is freed with letters left",
            copy,
            History::live,
            |target, _| {
                let sink = Replica::unfenced(&target.backend, "copy").layer(retries());
                let letters = parking(sink, Unconditional::unpark(target.letters.clone()), target)?;
                Ok(redriving(Arc::clone(&letters), &letters))
            },
        )
        .poison()
        .continued()
        .scenario(|scenario| scenario.with_poison(250).with_keys(1..=2))
        .plan(|plan| plan.with_redrives(900).with_rewinds(400).with_heals(1000).with_batch(3))
        .rarely_wrong(),
        Case::new("dead_letter(replica), letters behind a key that is free", copy, History::live, |target, _| {
            let sink = tried(Replica::fenced(&target.backend, "copy"))?;
            let letters = parking(sink, Unconditional::park_behind(target.letters.clone()), target)?;
            Ok(redriving(Arc::clone(&letters), &letters))
        })
        .poison(),
    ]
}
