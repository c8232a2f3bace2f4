//! Random histories: whatever the inner sink answers, the promises of a retry hold; a retry that resends all blocked
//! records breaks them.

use crate::{
    scene::{key, lane, number, on_paused_clock, records},
    script::{Script, poison, transient},
};
use async_trait::async_trait;
use dynacdc_sink::{
    Batch, BoxSink, Class, Order, Outcome, Reason, Report, RetryLayer, Sink, SinkError, SinkExt, Slots,
};
use fastrand::Rng;
use std::collections::{HashMap, HashSet};

const ATTEMPTS: u32 = 4;
const SEEDS: u64 = 2_000;

/// One answer per record, drawn anew at each call. Now and then the call fails as a whole.
fn answer(rng: &mut Rng, length: usize) -> Result<Vec<Outcome>, SinkError> {
    match rng.u8(..100) {
        0..8 => return Err(SinkError::transient("away")),
        8..10 => return Err(SinkError::poison("refused")),
        10 => return Err(SinkError::fatal("stop")),
        _ => {}
    }
    let one = |at: usize, rng: &mut Rng| match rng.u8(..100) {
        0..55 => Outcome::Applied,
        55..60 => Outcome::Skipped(Reason::Stale),
        60..82 => transient(),
        82..90 => poison(),
        90..99 if at > 0 => Outcome::Blocked { by: rng.usize(..at) },
        99 => SinkError::fatal("stop").into(),
        _ => Outcome::Applied,
    };
    Ok((0..length).map(|at| one(at, rng)).collect())
}

/// What a retry over a random inner sink does wrong, if anything.
fn check(seed: u64, make: impl Fn(Script) -> BoxSink) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let order = if rng.u8(..4) == 0 { Order::Lane } else { Order::Key };
    let length = rng.usize(1..10);
    let records = records((0..length).map(|_| ["a", "b", "c"][rng.usize(..3)]));
    let domain = |at: usize| if order == Order::Lane { String::new() } else { key(&records[at]) };
    let salt = rng.u64(..);
    let mut script = Script::new(move |call, records| answer(&mut Rng::with_seed(salt ^ call as u64), records.len()));
    script.order = order;
    let lane = lane();
    let sink = make(script.clone());

    let report = on_paused_clock(sink.write(Batch::new(&lane, &records))).map_err(|error| error.to_string())?;

    let sent = script.sent();
    if sent.len() > ATTEMPTS as usize {
        return Err(format!("{} attempts", sent.len()));
    }
    // The answers once more, brought to the order rule by the report of each call.
    let mut settled: HashSet<usize> = HashSet::new();
    let mut classes: HashMap<usize, Class> = HashMap::new();
    // A call that fails as a whole has no report, and so no cost.
    let mut spent = 0;
    for (call, numbers) in sent.iter().enumerate() {
        let at: Vec<usize> = numbers.iter().map(|number| usize::try_from(number - 1).unwrap()).collect();
        if let Some(again) = at.iter().find(|at| settled.contains(at)) {
            return Err(format!("call {call} resends {again}, which is settled"));
        }
        for &later in &at {
            let skipped = (0..later).find(|earlier| {
                domain(*earlier) == domain(later) && !settled.contains(earlier) && !at.contains(earlier)
            });
            if let Some(earlier) = skipped {
                return Err(format!("call {call} sends {later} behind {earlier}, which is left out"));
            }
        }
        if call > 0 && classes.values().any(|class| *class == Class::Fatal) {
            return Err(format!("call {call} comes after a Fatal failure"));
        }
        let part: Vec<_> = at.iter().map(|&at| records[at].clone()).collect();
        let batch = Batch::new(&lane, &part);
        let answer = answer(&mut Rng::with_seed(salt ^ call as u64), part.len());
        let answer = answer.and_then(|outcomes| Report::new(order, batch, outcomes, Default::default()));
        if answer.is_ok() {
            spent += part.len() as u64;
        }
        for (outcome, at) in Report::settle(batch, answer).outcomes().iter().zip(at) {
            classes.remove(&at);
            if outcome.is_settled() {
                settled.insert(at);
            }
            classes.extend(outcome.error().map(|error| (at, error.class())));
        }
    }
    if report.cost().ops_in != spent {
        return Err(format!("a cost of {} where the calls had {spent}", report.cost().ops_in));
    }
    let mut open: HashSet<String> = HashSet::new();
    for (at, outcome) in report.outcomes().iter().enumerate() {
        if outcome.is_settled() != (settled.contains(&at) && !open.contains(&domain(at))) {
            return Err(format!("record {} is reported as {outcome:?}", number(&records[at])));
        }
        if !outcome.is_settled() {
            open.insert(domain(at));
        }
    }
    let transient = classes.values().any(|class| *class == Class::Transient);
    let fatal = classes.values().any(|class| *class == Class::Fatal);
    if transient && !fatal && sent.len() < ATTEMPTS as usize {
        return Err(format!("it gives up after {} attempts", sent.len()));
    }
    Ok(())
}

/// The mistake that is easily made: a blocked record is resent whatever it is blocked by.
struct ResendsAllBlocked(Script);

#[async_trait]
impl Sink for ResendsAllBlocked {
    fn name(&self) -> &str {
        "wrong"
    }

    fn order(&self) -> Order {
        self.0.order()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut report = Report::settle(batch, self.0.write(batch).await);
        for _ in 1..ATTEMPTS {
            let outcomes = report.outcomes().to_vec();
            if outcomes.iter().filter_map(Outcome::error).any(|error| error.class() == Class::Fatal) {
                break;
            }
            let part = batch.select(|at, _| match &outcomes[at] {
                Outcome::Failed(error) => error.class() == Class::Transient,
                Outcome::Blocked { .. } => true,
                _ => false,
            });
            if part.is_empty() {
                break;
            }
            let mut slots = Slots::new(self.order(), batch);
            slots.add_cost(report.cost());
            for (at, outcome) in outcomes.into_iter().enumerate() {
                slots.put(at, outcome);
            }
            slots.clear(&part);
            slots.place(&part, self.0.write(part.batch()).await);
            report = slots.finish()?;
        }
        Ok(report)
    }
}

#[test]
fn whatever_the_sink_answers_the_promises_hold() {
    for seed in 0..SEEDS {
        let made = |script: Script| script.retry(RetryLayer::new().with_attempts(ATTEMPTS)).boxed();
        if let Err(told) = check(seed, made) {
            panic!("seed {seed}: {told}");
        }
    }
}

#[test]
fn to_resend_all_blocked_records_breaks_them() {
    let told = (0..SEEDS).find_map(|seed| check(seed, |script| ResendsAllBlocked(script).boxed()).err());

    assert!(told.as_ref().is_some_and(|told| told.contains("which is left out")), "{told:?}");
}
