//! Effects that leave no mark: each once, or at least once and in order.

use super::{parked, parking, redriving, retries, tried};
use crate::{
    case::Case,
    controls::{GoesOn, MarkedFirst, NoParts, OneCompletion, ParkedAsApplied, Remembered, ResendAll, from_the_top},
    target::{Items, Target, parts_to_send, sent, sent_in_order, sent_once, to_send, to_send_in_order, to_send_once},
};
use dynacdc_sink::{Dedupe, DedupeLayer, DedupeStore, Each, Layer, Sink, SinkError, SinkExt, fan_out};
use dynacdc_testkit::{FaultRates, History, Mail, Mailer, Replica, Running};
use std::{collections::BTreeMap, sync::Arc};

fn mailer(target: &Target) -> Each<Mailer> {
    Each::new(Mailer::new(&target.backend))
}

fn deduped<S: Sink, D: DedupeStore>(sink: S, store: D, consumer: &'static str, target: &Target) -> Dedupe<S, D> {
    DedupeLayer::new(store, consumer).with_clock(target.clock.clone()).layer(sink)
}

fn parked_mailer(target: &Target, _: u32) -> Result<Running, SinkError> {
    parked(deduped(tried(mailer(target))?, target.claims.clone(), "mails", target), target)
}

fn mails_and_copy(target: &Target) -> (BTreeMap<Mail, u64>, Items) {
    (sent_once(target), target.backend.items("copy"))
}

fn mails_and_live(history: &History) -> (BTreeMap<Mail, u64>, Items) {
    (to_send_once(history), history.live())
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("dead_letter(dedupe(retry(mailer))): at least once", sent, to_send, parked_mailer).poison(),
        Case::new("mark before the effect", sent, to_send, |target, _| {
            Ok(Running::new(Each::new(MarkedFirst { inner: mailer(target), target: target.clone() })))
        })
        .wrong(),
        Case::new("dead_letter(dedupe(retry(mailer))): in order", sent_in_order, to_send_in_order, parked_mailer)
            .poison(),
        Case::new("a mailer that goes on after a failure", sent_in_order, to_send_in_order, |target, _| {
            Ok(Running::new(deduped(GoesOn(mailer(target)), target.claims.clone(), "mails", target)))
        })
        .wrong(),
        Case::new(
            "dead_letter(dedupe(retry of all blocked ones(mailer)))",
            sent_in_order,
            to_send_in_order,
            |target, _| {
                let mails = ResendAll::new(mailer(target));
                parked(deduped(mails, target.claims.clone(), "mails", target), target)
            },
        )
        .poison()
        .wrong(),
        Case::new("dead_letter(dedupe(retry(mailer))), no crash: once", sent_once, to_send_once, parked_mailer)
            .poison()
            .rates(FaultRates::REJECT_ONLY),
        Case::new("a set in memory instead of dedupe", sent_once, to_send_once, |target, _| {
            Ok(Running::new(Each::new(Remembered::new(mailer(target)))))
        })
        .rates(FaultRates::REJECT_ONLY)
        .wrong(),
        Case::new("dead_letter(retry(dedupe(mailer))): once", sent_once, to_send_once, |target, _| {
            parked(deduped(mailer(target), target.claims.clone(), "mails", target).layer(retries()), target)
        })
        .poison()
        .rates(FaultRates::REJECT_ONLY),
        Case::new("dedupe(dead_letter(retry(mailer))), redrive from the top", sent, to_send, |target, _| {
            let letters = parking(tried(mailer(target))?, target.letters.clone(), target)?;
            let sink = Arc::new(deduped(ParkedAsApplied { inner: letters }, target.claims.clone(), "mails", target));
            Ok(from_the_top(sink, target))
        })
        .poison()
        .wrong(),
        Case::new("dedupe(dead_letter(retry(mailer))), redrive inside", sent, to_send, |target, _| {
            let letters = parking(tried(mailer(target))?, target.letters.clone(), target)?;
            Ok(redriving(deduped(Arc::clone(&letters), target.claims.clone(), "mails", target), &letters))
        })
        .poison(),
        Case::new("fan_out(dedupe(retry(mailer)), replica): once", mails_and_copy, mails_and_live, |target, _| {
            let mails = deduped(tried(mailer(target))?, target.claims.clone(), "mails", target);
            Ok(Running::new(fan_out([mails.boxed(), Replica::fenced(&target.backend, "copy").boxed()])))
        })
        .rates(FaultRates::REJECT_ONLY),
        Case::new("fan_out(dedupe, replica), a completion is tried once", sent_once, to_send_once, |target, _| {
            let claims = OneCompletion(target.claims.clone());
            let mails = deduped(tried(mailer(target))?, claims, "mails", target);
            Ok(Running::new(fan_out([mails.boxed(), Replica::fenced(&target.backend, "copy").boxed()])))
        })
        .rates(FaultRates::REJECT_ONLY)
        .wrong(),
        Case::new("dedupe(fan_out(mailer, replica))", sent_once, to_send_once, |target, _| {
            let both = fan_out([mailer(target).boxed(), Replica::fenced(&target.backend, "copy").boxed()]);
            Ok(Running::new(deduped(both, target.claims.clone(), "both", target)))
        })
        .rates(FaultRates::REJECT_ONLY)
        .wrong(),
        Case::new("fan_out(2 x dedupe), one consumer name", mails_and_copy, mails_and_live, |target, _| {
            let replica = Replica::fenced(&target.backend, "copy");
            let mails = deduped(mailer(target), target.claims.clone(), "mails", target);
            let copy = deduped(replica, target.claims.clone(), "mails", target);
            Ok(Running::new(fan_out([mails.boxed(), copy.boxed()])))
        })
        .rates(FaultRates::REJECT_ONLY)
        .wrong(),
        Case::new("dedupe(map(retry(mailer))): both parts", sent, parts_to_send, |target, _| {
            let sink = tried(mailer(target))?.map(super::parts::by_moving);
            Ok(Running::new(deduped(sink, target.claims.clone(), "mails", target)))
        }),
        Case::new("map(dedupe(retry(mailer))): both parts", sent, parts_to_send, |target, _| {
            let sink = deduped(tried(mailer(target))?, target.claims.clone(), "mails", target);
            Ok(Running::new(sink.map(super::parts::by_moving)))
        }),
        Case::new("map(dedupe(retry(mailer))), by event id only", sent, parts_to_send, |target, _| {
            let sink = deduped(tried(mailer(target))?, NoParts(target.claims.clone()), "mails", target);
            Ok(Running::new(sink.map(super::parts::by_moving)))
        })
        .wrong(),
    ]
}
