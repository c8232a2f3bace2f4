//! One `write` by statements: what is to be read, what is to be sent, what waits, what is done.
//!
//! Rows are read, a statement per row is made of the difference, and 25 of them go in one call. Whatever a statement is
//! refused for that time does not mend goes by the single conditional call: its answer is final in every case, so no case
//! needs a second way of its own here. A statement without an answer is not sent again. Its row is read again, and shows
//! whether it was written; if it lands after that, the version that it demands is no longer there.

use super::{
    Attributes, FencedOperation, FencedOutcome, FencedWriter, Progress, Run,
    difference::{Plan, Statement},
    late, reading,
    reading::Reading,
    sending::fitting,
};
use crate::{CallError, ErrorKind, Limits};
use dynacdc_sink::{Class, SinkError};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{
    collections::VecDeque,
    future::pending,
    mem::{replace, take},
};
use tokio::time::{Instant, sleep_until};

pub(super) struct Statements<'a> {
    writer: &'a FencedWriter,
    operations: &'a [FencedOperation],
    run: &'a Run<'a>,
    states: Vec<State>,
    outcomes: Vec<Option<FencedOutcome>>,
    /// The first undone operation of each key is in one of these five, or in flight.
    ready: VecDeque<usize>,
    unread: VecDeque<usize>,
    statements: VecDeque<(usize, Statement)>,
    singles: VecDeque<usize>,
    waiting: Vec<(Instant, usize)>,
    flights: FuturesUnordered<BoxFuture<'a, Landed>>,
}

struct State {
    /// The next operation of the same key.
    next: Option<usize>,
    /// The row that is to be; none for a real delete.
    wanted: Option<Attributes>,
    known: Known,
    progress: Progress,
}

/// What is known of the row of a key.
enum Known {
    Nothing,
    Absent,
    Row(Attributes),
}

/// A call that has an answer, or has none and never will.
enum Landed {
    Read(Vec<usize>, Result<Reading, CallError>),
    Sent(Vec<usize>, Result<Vec<Result<(), CallError>>, CallError>),
    Single(usize, FencedOutcome),
}

impl<'a> Statements<'a> {
    pub(super) fn new(
        writer: &'a FencedWriter,
        operations: &'a [FencedOperation],
        chains: Vec<Vec<usize>>,
        run: &'a Run<'a>,
    ) -> Self {
        let state = |_| State { next: None, wanted: None, known: Known::Nothing, progress: writer.progress() };
        let mut all = Self {
            writer,
            operations,
            run,
            states: operations.iter().map(state).collect(),
            outcomes: operations.iter().map(|_| None).collect(),
            ready: VecDeque::new(),
            unread: VecDeque::new(),
            statements: VecDeque::new(),
            singles: VecDeque::new(),
            waiting: Vec::new(),
            flights: FuturesUnordered::new(),
        };
        for chain in &chains {
            for (at, next) in chain.iter().zip(chain.iter().skip(1)) {
                all.states[*at].next = Some(*next);
            }
            if let Some(first) = chain.first() {
                all.open(*first);
            }
        }
        all
    }

    pub(super) async fn finish(mut self) -> Vec<FencedOutcome> {
        loop {
            self.wake();
            self.plan();
            while self.may_begin() && self.flights.len() < self.writer.in_flight && self.launch() {}
            if !self.may_begin() {
                self.give_up();
            }
            if self.flights.is_empty() && self.waiting.is_empty() {
                break;
            }
            let alarm = self.waiting.iter().map(|(at, _)| *at).min();
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
            }
        }
        let unreported = || FencedOutcome::Failed(SinkError::fatal("an operation has no outcome"));
        self.outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unreported)).collect()
    }

    fn may_begin(&self) -> bool {
        self.run.fatal.get().is_none() && !self.run.is_late()
    }

    fn wake(&mut self) {
        let now = Instant::now();
        let (due, waiting): (Vec<_>, _) = take(&mut self.waiting).into_iter().partition(|(at, _)| *at <= now);
        self.waiting = waiting;
        self.ready.extend(due.into_iter().map(|(_, at)| at));
    }

    /// It is the turn of an operation.
    fn open(&mut self, at: usize) {
        match self.writer.row(&self.operations[at]) {
            Ok(wanted) => {
                self.states[at].wanted = wanted;
                self.ready.push_back(at);
            }
            Err(error) => self.settle(at, FencedOutcome::Failed(error)),
        }
    }

    fn plan(&mut self) {
        while let Some(at) = self.ready.pop_front() {
            let State { wanted, known, progress, .. } = &self.states[at];
            let found = match known {
                Known::Nothing => {
                    self.unread.push_back(at);
                    continue;
                }
                Known::Absent => None,
                Known::Row(row) => Some(row),
            };
            match self.writer.plan(&self.operations[at], wanted.as_ref(), found, progress.is_lost) {
                Plan::Settled(outcome) => self.settle(at, outcome),
                Plan::Statement(statement) => self.statements.push_back((at, statement)),
                Plan::Single => self.singly(at),
            }
        }
    }

    fn singly(&mut self, at: usize) {
        self.states[at].known = Known::Nothing;
        self.singles.push_back(at);
    }

    /// Makes one call. Says whether there was one to make.
    fn launch(&mut self) -> bool {
        let (writer, operations, run) = (self.writer, self.operations, self.run);
        if let Some(at) = self.singles.pop_front() {
            let state = &mut self.states[at];
            let progress = replace(&mut state.progress, writer.progress());
            let row = state.wanted.clone();
            self.flights.push(Box::pin(async move {
                Landed::Single(at, writer.write_row(&operations[at], row.as_ref(), progress, run).await)
            }));
        } else if !self.unread.is_empty() {
            let most = self.unread.len().min(Limits::AWS.read_keys);
            let positions: Vec<_> = self.unread.drain(..most).collect();
            self.flights.push(Box::pin(async move {
                let answer = writer.read(operations, &positions, run).await;
                Landed::Read(positions, answer)
            }));
        } else if !self.statements.is_empty() {
            let most = fitting(self.statements.iter().map(|(_, statement)| statement), Limits::AWS.statements);
            let (positions, statements): (Vec<_>, Vec<_>) = self.statements.drain(..most).unzip();
            for at in &positions {
                self.states[*at].progress.is_begun = true;
            }
            self.flights.push(Box::pin(async move {
                let answer = writer.send(statements, run).await;
                Landed::Sent(positions, answer)
            }));
        } else {
            return false;
        }
        true
    }

    fn land(&mut self, landed: Landed) {
        match landed {
            Landed::Single(at, outcome) => self.settle(at, outcome),
            Landed::Read(_, Ok(Reading { found, left })) => {
                // Where some were read, there is capacity for more. Where none was, there is none.
                match found.is_empty() {
                    true => self.again(&left, &CallError::of_kind(ErrorKind::Throttled, reading::OPERATION)),
                    false => self.unread.extend(left),
                }
                for (at, row) in found {
                    self.states[at].known = row.map_or(Known::Absent, Known::Row);
                    self.ready.push_back(at);
                }
            }
            Landed::Read(positions, Err(error)) => self.hinder(&positions, &error),
            Landed::Sent(positions, Ok(verdicts)) => {
                let mut hindered: Vec<(CallError, Vec<usize>)> = Vec::new();
                for (at, verdict) in positions.into_iter().zip(verdicts) {
                    let Err(error) = verdict else {
                        self.settle(at, FencedOutcome::Written);
                        continue;
                    };
                    self.lose(&[at], &error);
                    match hindered.iter_mut().find(|(other, _)| other.kind() == error.kind()) {
                        Some((_, positions)) => positions.push(at),
                        None => hindered.push((error, vec![at])),
                    }
                }
                for (error, positions) in hindered {
                    self.hinder(&positions, &error);
                }
            }
            Landed::Sent(positions, Err(error)) => {
                self.lose(&positions, &error);
                self.hinder(&positions, &error);
            }
        }
    }

    /// After statements that may have been carried out.
    fn lose(&mut self, positions: &[usize], error: &CallError) {
        if error.may_have_happened() {
            for at in positions {
                self.states[*at].progress.is_lost = true;
                self.states[*at].known = Known::Nothing;
            }
        }
    }

    /// What stands in the way of operations passes by itself, or stops all, or is for the single call to find out.
    fn hinder(&mut self, positions: &[usize], error: &CallError) {
        match error.kind() {
            ErrorKind::Denied | ErrorKind::NotFound | ErrorKind::Unsendable => {
                positions.iter().for_each(|at| self.settle(*at, FencedOutcome::Failed(error.clone().into())));
            }
            kind if kind.class() == Class::Transient && kind != ErrorKind::ConditionFailed => {
                self.again(positions, error);
            }
            _ => positions.iter().for_each(|at| self.singly(*at)),
        }
    }

    /// Has operations wait for another attempt, all until the same time so that they go into few calls again.
    fn again(&mut self, positions: &[usize], error: &CallError) {
        let deadline = self.run.deadline;
        let times: Vec<_> =
            positions.iter().map(|at| self.states[*at].progress.attempts.after(error, deadline)).collect();
        let latest = times.iter().flatten().max().copied();
        for (at, time) in positions.iter().zip(times) {
            match (time, latest) {
                (Some(_), Some(latest)) => self.waiting.push((latest, *at)),
                _ => {
                    let error = match self.run.is_late() && !self.states[*at].progress.is_begun {
                        // It was read at most.
                        true => SinkError::not_begun(),
                        false if positions.len() > 1 => SinkError::from(error.clone()).unattributed(),
                        false => error.clone().into(),
                    };
                    self.settle(*at, FencedOutcome::Failed(error));
                }
            }
        }
    }

    /// Ends an operation. Then it is the turn of the next one of its key, which knows the row, or is blocked.
    fn settle(&mut self, at: usize, outcome: FencedOutcome) {
        let state = &mut self.states[at];
        let (wanted, known) = (state.wanted.take(), replace(&mut state.known, Known::Nothing));
        let mut next = state.next;
        if let FencedOutcome::Failed(error) = &outcome {
            if error.class() == Class::Fatal {
                self.run.fatal.get_or_init(|| error.clone());
            }
            while let Some(blocked) = next {
                self.outcomes[blocked] = Some(FencedOutcome::Blocked { by: at });
                next = self.states[blocked].next;
            }
        }
        if let Some(next) = next {
            self.states[next].known = match &outcome {
                FencedOutcome::Written => wanted.map_or(Known::Absent, Known::Row),
                FencedOutcome::Stale { old: Some(row) } => Known::Row(row.clone()),
                _ => known,
            };
            self.open(next);
        }
        self.outcomes[at] = Some(outcome);
    }

    /// Ends all that is not in flight.
    fn give_up(&mut self) {
        let statements = take(&mut self.statements).into_iter().map(|(at, _)| at);
        let waiting = take(&mut self.waiting).into_iter().map(|(_, at)| at);
        let others = [&mut self.ready, &mut self.unread, &mut self.singles].map(take);
        let left: Vec<_> = others.into_iter().flatten().chain(statements).chain(waiting).collect();
        for at in left {
            let late = || late(self.states[at].progress.is_begun);
            let error = self.run.fatal.get().cloned().unwrap_or_else(late);
            self.settle(at, FencedOutcome::Failed(error));
        }
    }
}
