//! Changes that go to several places, in an order that keeps each item's history.
//!
//! A change that moves an item is two steps: away from the old place, to the new one. All at once is wrong: the first may
//! fail and the second not, and the item is in two places. One after the other, record by record, is right and slow. So
//! steps go in *waves*, of which each is one write per branch:
//!
//! - A step to another place than the one before it of its source key goes in a later wave, so that the fate of that one
//!   is known.
//! - A step to a place is never in an earlier wave than the one before it to that place, whatever the source key. Within
//!   one write the sink itself keeps the order of a place.
//!
//! A place is a key of a branch, or the whole branch where its order is that of the lane. Each step is in the first wave
//! that both allow, so there are as few waves as can be: one, unless an item moves.
//!
//! What is not settled blocks later records of its source key, as everywhere, and also those that go to one of its
//! places: it will be written again there, and must not come after them.

use crate::{Batch, Order, OrderRule, Outcome, Part, Report, Sink, SinkError, Slots};
use dynacdc_record::{ChangeRecord, KeyRef};
use futures_util::future::join_all;
use std::{borrow::Cow, collections::HashMap};

/// What is to be written to one branch for the record at one position.
pub(super) struct Step<'a> {
    pub(super) at: usize,
    /// Index of the branch.
    pub(super) to: usize,
    /// Borrowed where it goes as it came.
    pub(super) record: Cow<'a, ChangeRecord>,
}

/// Where steps go. Errors of a branch that has a name say it.
pub(super) struct Branch<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) sink: &'a dyn Sink,
}

/// A branch, and the key in it where keys are independent there.
type Place<'s> = (usize, Option<KeyRef<'s>>);

pub(super) struct Waves<'s, 'a> {
    batch: Batch<'a>,
    order: Order,
    branches: &'s [Branch<'s>],
    /// That of each branch.
    orders: Vec<Order>,
    /// Positions rise or stay.
    steps: &'s [Step<'a>],
}

impl<'s, 'a> Waves<'s, 'a> {
    /// `order` is that of the whole. The steps are in the order of their positions, and the branch of each exists.
    pub(super) fn new(batch: Batch<'a>, order: Order, branches: &'s [Branch<'s>], steps: &'s [Step<'a>]) -> Self {
        let orders = branches.iter().map(|branch| branch.sink.order()).collect();
        Self { batch, order, branches, orders, steps }
    }

    /// Writes the steps of records that have no unsettled outcome in the slots yet.
    pub(super) async fn write(&self, slots: &mut Slots<'a>) {
        self.block(slots);
        let (waves, last) = self.waves();
        for wave in 0..=last {
            let due = |step: usize| waves[step] == wave;
            if self.batch.is_past_deadline() {
                return self.leave(|step| waves[step] >= wave, slots);
            }
            let parts: Vec<Part<'a>> = (0..self.branches.len()).map(|to| self.part(to, due, slots)).collect();
            let writes = self.branches.iter().zip(&parts).filter(|(_, part)| !part.is_empty());
            let answers = join_all(writes.map(|(branch, part)| async move { (part, branch.write(part).await) })).await;
            for (part, answer) in answers {
                slots.place(part, answer);
            }
            self.block(slots);
        }
    }

    /// The wave of each step, and the last one.
    fn waves(&self) -> (Vec<usize>, usize) {
        let first = self.steps.first().map(|step| step.to);
        if self.steps.iter().all(|step| Some(step.to) == first && matches!(step.record, Cow::Borrowed(_))) {
            return (vec![0; self.steps.len()], 0);
        }
        let mut of_source: HashMap<KeyRef<'_>, (Place<'_>, usize)> = HashMap::new();
        let mut of_place: HashMap<Place<'_>, usize> = HashMap::new();
        let mut last = 0;
        let wave_of = |step: &'s Step<'a>| {
            let place = self.place(step);
            let after_source =
                of_source.get(&self.source(step)).map(|(before, wave)| wave + usize::from(*before != place));
            let wave = after_source.max(of_place.get(&place).copied()).unwrap_or(0);
            of_source.insert(self.source(step), (place, wave));
            of_place.insert(place, wave);
            last = last.max(wave);
            wave
        };
        let waves = self.steps.iter().map(wave_of).collect();
        (waves, last)
    }

    fn source(&self, step: &Step<'a>) -> KeyRef<'a> {
        self.batch.records()[step.at].key()
    }

    fn place(&self, step: &'s Step<'a>) -> Place<'s> {
        (step.to, (self.orders[step.to] == Order::Key).then(|| step.record.key()))
    }

    /// The due steps to a branch, save those of records that are not settled: the first half of a move failed, say.
    fn part(&self, to: usize, due: impl Fn(usize) -> bool, slots: &Slots<'a>) -> Part<'a> {
        let is_due = |i: usize, step: &Step<'a>| step.to == to && due(i) && is_open(slots, step.at);
        let steps = || self.steps.iter().enumerate().filter(|(i, step)| is_due(*i, step)).map(|(_, step)| step);
        if steps().all(|step| matches!(step.record, Cow::Borrowed(_))) {
            let mut positions = steps().map(|step| step.at).peekable();
            return self.batch.select(|at, _| positions.next_if_eq(&at).is_some());
        }
        let mut part = Part::new(self.batch);
        for step in steps() {
            part.push(step.at, step.record.clone().into_owned());
        }
        part
    }

    /// Marks what is behind an unsettled record, by its source key or by a place of both.
    fn block(&self, slots: &mut Slots<'a>) {
        if (0..self.batch.len()).all(|at| is_open(slots, at)) {
            return;
        }
        let mut rule = OrderRule::new(self.order, self.batch);
        let mut places: HashMap<Place<'_>, usize> = HashMap::new();
        let mut rest = self.steps;
        for at in 0..self.batch.len() {
            let (steps, others) = rest.split_at(rest.partition_point(|step| step.at <= at));
            rest = others;
            let blockers = steps.iter().filter_map(|step| places.get(&self.place(step)).copied());
            if let Some(by) = blockers.chain(rule.blocker(at)).min() {
                slots.put(at, Outcome::Blocked { by });
            }
            if !is_open(slots, at) {
                rule.unsettled(at);
                for step in steps {
                    places.entry(self.place(step)).or_insert(at);
                }
            }
        }
    }

    /// Reports steps that cannot begin any more.
    fn leave(&self, left: impl Fn(usize) -> bool, slots: &mut Slots<'a>) {
        for (_, step) in self.steps.iter().enumerate().filter(|(i, _)| left(*i)) {
            if is_open(slots, step.at) {
                slots.put(step.at, SinkError::not_begun().into());
            }
        }
        self.block(slots);
    }
}

/// Whether nothing is against the record so far.
fn is_open(slots: &Slots<'_>, at: usize) -> bool {
    slots.get(at).is_none_or(Outcome::is_settled)
}

impl Branch<'_> {
    async fn write(&self, part: &Part<'_>) -> Result<Report, SinkError> {
        let named = |error: SinkError| match self.name {
            Some(name) => error.within(name),
            None => error,
        };
        match self.sink.write(part.batch()).await {
            // Settled here, so that the error of a report of the wrong length has the name as well.
            Ok(report) => Ok(Report::settle(part.batch(), Ok(report)).map_errors(named)),
            Err(error) => Err(named(error)),
        }
    }
}
