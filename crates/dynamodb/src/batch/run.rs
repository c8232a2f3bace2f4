//! One `write`: what is waiting, what is in flight, what is done.

use super::{
    BatchWriter,
    call::{Landed, OPERATION, unprocessed},
    in_flight::Held,
    wire,
};
use crate::{CallError, CostMeter, ErrorKind, ItemSize, Operation, Write, retries::Attempts};
use dynacdc_record::ItemKey;
use dynacdc_sink::{Class, Outcome, SinkError};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    future::pending,
    pin::pin,
};
use tokio::time::{Instant, sleep_until};

pub(super) struct Run<'a> {
    writer: &'a BatchWriter,
    operations: &'a [Operation],
    meter: &'a CostMeter,
    deadline: Option<Instant>,
    outcomes: Vec<Option<Outcome>>,
    /// The next operation of the same key.
    next: Vec<Option<usize>>,
    attempts: Vec<Attempts>,
    /// The first undone operation of each key, unless it is elsewhere here or in flight.
    ready: BTreeSet<usize>,
    /// Those that wait until they are tried again.
    waiting: Vec<(Instant, usize)>,
    /// Parts of a call that the service refused, each to be sent as it is.
    parts: VecDeque<Vec<usize>>,
    held: HashMap<usize, Held>,
    flights: FuturesUnordered<BoxFuture<'static, Landed>>,
    fatal: Option<SinkError>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        writer: &'a BatchWriter,
        operations: &'a [Operation],
        deadline: Option<Instant>,
        meter: &'a CostMeter,
    ) -> Self {
        let mut next = vec![None; operations.len()];
        let mut ready = BTreeSet::new();
        let mut last: HashMap<&ItemKey, usize> = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            match last.insert(&operation.key, at) {
                Some(before) => next[before] = Some(at),
                None => _ = ready.insert(at),
            }
        }
        Self {
            writer,
            operations,
            meter,
            deadline,
            outcomes: vec![None; operations.len()],
            next,
            attempts: operations.iter().map(|_| writer.retries.start()).collect(),
            ready,
            waiting: Vec::new(),
            parts: VecDeque::new(),
            held: HashMap::new(),
            flights: FuturesUnordered::new(),
            fatal: None,
        }
    }

    pub(super) async fn finish(mut self) -> Vec<Outcome> {
        let all = std::sync::Arc::clone(&self.writer.in_flight);
        loop {
            // From before the keys are tried, so that none is freed unnoticed between.
            let mut freed = pin!(all.freed());
            freed.as_mut().enable();
            self.wake();
            while self.may_begin() && self.flights.len() < self.writer.calls && self.launch() {}
            if !self.may_begin() {
                self.give_up();
            }
            if self.flights.is_empty() && self.is_idle() {
                break;
            }
            let alarm = self.alarm();
            let alarm = async {
                match alarm {
                    Some(at) => sleep_until(at).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(landed) = self.flights.next(), if !self.flights.is_empty() => self.land(landed),
                () = alarm => {}
                () = freed => {}
            }
            if self.writer.finishes && self.is_past_deadline() {
                self.leave();
                break;
            }
        }
        let unreported = || SinkError::fatal("an operation has no outcome").into();
        self.outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unreported)).collect()
    }

    fn is_past_deadline(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    fn may_begin(&self) -> bool {
        self.fatal.is_none() && !self.is_past_deadline()
    }

    fn is_idle(&self) -> bool {
        self.ready.is_empty() && self.waiting.is_empty() && self.parts.is_empty()
    }

    /// When something is to be done though nothing lands. Past the deadline only answers are awaited.
    fn alarm(&self) -> Option<Instant> {
        let wake = self.waiting.iter().map(|(at, _)| *at).min();
        wake.into_iter().chain(self.deadline.filter(|_| !self.is_past_deadline())).min()
    }

    fn wake(&mut self) {
        let now = Instant::now();
        let (due, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(at, _)| *at <= now);
        self.waiting = waiting;
        let due: Vec<(Instant, usize)> = due;
        self.ready.extend(due.into_iter().map(|(_, at)| at));
    }

    /// Sends one call. Says whether there was one to send.
    fn launch(&mut self) -> bool {
        let positions = self.parts.pop_front().unwrap_or_else(|| self.compose());
        if positions.is_empty() {
            return false;
        }
        self.meter.call(positions.iter().map(|at| self.size(*at)).sum());
        let held = positions.iter().filter_map(|at| self.held.remove(at)).collect();
        self.flights.push(self.writer.send(self.operations, positions, held));
        true
    }

    /// As many ready operations as go into one call and whose keys no other `write` has in flight.
    fn compose(&mut self) -> Vec<usize> {
        let limits = self.writer.limits;
        let (mut positions, mut bytes) = (Vec::new(), wire::REQUEST + self.writer.table.len());
        for at in self.ready.iter().copied() {
            let size = wire::bytes(&self.operations[at]);
            if positions.len() == limits.batch_operations.max(1)
                || (!positions.is_empty() && bytes + size > limits.batch_bytes)
            {
                break;
            }
            if !self.held.contains_key(&at) {
                let Some(held) = self.writer.in_flight.take(&self.operations[at].key) else { continue };
                self.held.insert(at, held);
            }
            bytes += size;
            positions.push(at);
        }
        for at in &positions {
            self.ready.remove(at);
        }
        positions
    }

    fn size(&self, at: usize) -> ItemSize {
        match &self.operations[at].write {
            Write::Put(item) => ItemSize::of(item),
            Write::Delete => ItemSize::of_item(&self.operations[at].key.to_item()),
        }
    }

    fn land(&mut self, landed: Landed) {
        let Landed { positions, held, answer } = landed;
        for held in held {
            if let Some(at) = positions.iter().find(|at| held.is_of(&self.operations[**at].key)) {
                self.held.insert(*at, held);
            }
        }
        let units = |run: &Self, of: &[usize]| of.iter().map(|at| run.size(*at).write_units()).sum();
        match answer {
            Ok(answer) => {
                let left = unprocessed(&answer, self.operations, &positions);
                let (left, done): (Vec<_>, Vec<_>) = positions.into_iter().partition(|at| left.contains(at));
                self.meter.consumed(answer.consumed_capacity(), units(self, &done));
                done.into_iter().for_each(|at| self.settle(at, Outcome::Applied));
                self.again(&left, &CallError::of_kind(ErrorKind::Throttled, OPERATION), false);
            }
            // One of them is at fault. Halves find out which, so that the others are written.
            Err(error) if error.class() == Class::Poison && positions.len() > 1 => {
                let (one, other) = positions.split_at(positions.len() / 2);
                self.parts.extend([one.to_vec(), other.to_vec()]);
            }
            Err(error) => {
                if error.may_have_happened() {
                    self.meter.consumed([], units(self, &positions));
                }
                if error.class() == Class::Fatal {
                    self.fatal = Some(error.clone().into());
                }
                self.again(&positions, &error, positions.len() > 1);
            }
        }
    }

    /// Has operations wait for another attempt, all until the same time so that they go into few calls again.
    fn again(&mut self, positions: &[usize], error: &CallError, is_whole: bool) {
        let times: Vec<_> = positions.iter().map(|at| self.attempts[*at].after(error, self.deadline)).collect();
        let latest = times.iter().flatten().max().copied();
        for (at, time) in positions.iter().zip(times) {
            match (time, latest) {
                (Some(_), Some(latest)) => self.waiting.push((latest, *at)),
                _ => {
                    let error = SinkError::from(error.clone());
                    self.settle(*at, Outcome::Failed(if is_whole { error.unattributed() } else { error }));
                }
            }
        }
    }

    /// Ends an operation. Its key is free, and its next operation ready, or blocked if this one failed.
    fn settle(&mut self, at: usize, outcome: Outcome) {
        let is_settled = outcome.is_settled();
        self.outcomes[at] = Some(outcome);
        self.held.remove(&at);
        let mut next = self.next[at];
        if is_settled {
            self.ready.extend(next);
            return;
        }
        while let Some(blocked) = next {
            self.outcomes[blocked] = Some(Outcome::Blocked { by: at });
            next = self.next[blocked];
        }
    }

    /// Ends all that is not in flight.
    fn give_up(&mut self) {
        let waiting = std::mem::take(&mut self.waiting).into_iter().map(|(_, at)| at);
        let parts: Vec<_> = std::mem::take(&mut self.parts).into_iter().flatten().collect();
        let ready = std::mem::take(&mut self.ready).into_iter();
        let left: Vec<_> = ready.chain(waiting).map(|at| (at, self.attempts[at].is_fresh())).collect();
        for (at, is_fresh) in left.into_iter().chain(parts.into_iter().map(|at| (at, false))) {
            let late = || match is_fresh {
                true => SinkError::not_begun(),
                false => SinkError::transient("no time is left before the deadline"),
            };
            self.settle(at, Outcome::Failed(self.fatal.clone().unwrap_or_else(late)));
        }
    }

    /// Leaves the calls in flight to end alone.
    fn leave(&mut self) {
        while let Some(Some(landed)) = self.flights.next().now_or_never() {
            self.land(landed);
        }
        self.give_up();
        for at in 0..self.outcomes.len() {
            if self.outcomes[at].is_none() {
                let error = SinkError::transient("no answer before the deadline: it may still be written");
                self.settle(at, Outcome::Failed(error));
            }
        }
    }
}
