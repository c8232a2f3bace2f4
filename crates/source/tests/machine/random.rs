//! Answers in any order, errors, crashes: the promises hold in all of them, and everything is delivered in the end.

use crate::scene::{Given, decoded, text};
use chrono::TimeDelta;
use dynacdc_sink::{Class, ShardId, SinkError};
use dynacdc_source::{
    Checkpoint, CheckpointError, CheckpointErrorKind, Position, Progress, RecordPage, Shard, ShardIterator, ShardPage,
    StreamStatus, StreamsError, StreamsErrorKind,
    machine::{Action, Call, Input, Machine, Now, Written},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU16,
    time::Duration,
};

const PAGE: usize = 1 << 20;
/// How large a record is.
const SIZE: usize = 200 << 10;

struct Source {
    parent: Option<&'static str>,
    numbers: Vec<u64>,
    /// From when on it is listed.
    listed: Now,
}

struct World {
    rng: fastrand::Rng,
    start: Now,
    now: Now,
    shards: BTreeMap<&'static str, Source>,
    settled: BTreeSet<u64>,
    store: BTreeMap<ShardId, Checkpoint>,
    flying: BTreeMap<String, Action>,
    /// What the present machine has read and not settled.
    held: BTreeMap<u64, ShardId>,
    log: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let start = Given::new().now;
        let tree = [("a", None), ("b", None), ("c", Some("a")), ("d", Some("a")), ("e", Some("c")), ("f", Some("b"))];
        let mut shards = BTreeMap::new();
        for (at, (id, parent)) in (1..).zip(tree) {
            let numbers = (1..=rng.u64(0..20)).map(|number| at * 100 + number).collect();
            let late = if parent.is_some() { rng.u64(0..30_000) } else { 0 };
            let listed = Now { instant: start.instant + Duration::from_millis(late), ..start };
            shards.insert(id, Source { parent, numbers, listed });
        }
        let (now, flying, store, settled, held) =
            (start, BTreeMap::new(), BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { rng, start, now, shards, settled, store, flying, held, log: Vec::new() }
    }

    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    fn machine(&mut self, term: u64, sub_lanes: u16) -> Machine {
        let of = NonZeroU16::new(sub_lanes).unwrap();
        let mut given = Given::new()
            .settings(|settings| settings.with_sub_lanes(of).with_byte_budget(3 * PAGE).with_batch_records(4));
        given.stored.tenure.term = term;
        given.stored.checkpoints = self.store.clone().into_iter().collect();
        self.flying.clear();
        self.held.clear();
        Machine::new(given.settings, given.stored, self.now)
    }

    /// What must be true of an action when it is given.
    fn check(&mut self, action: &Action) {
        let name = action.call().map(|call| call.to_string()).unwrap_or_default();
        assert!(!self.flying.contains_key(&name), "two at once: {name}");
        match action {
            Action::Write { lane, records } => {
                let shard = lane.shard().unwrap();
                for record in records {
                    let number: u64 = record.sequence_number().to_string().parse().unwrap();
                    assert!(self.held.contains_key(&number), "{number} is settled or was not read");
                }
                if let Some(parent) = self.shards[shard.as_str()].parent {
                    let stored = self.store.get(parent);
                    assert!(stored.is_some_and(|stored| stored.progress.is_finished()), "{shard} before {parent}");
                }
            }
            Action::Save { shard, checkpoint, .. } => {
                let upto = match checkpoint.progress {
                    Progress::Begun { .. } => 0,
                    Progress::After(last) => last.to_string().parse().unwrap(),
                    Progress::Finished { .. } => u64::MAX,
                };
                let numbers = self.shards[shard.as_str()].numbers.iter();
                let unsettled: Vec<_> = numbers.filter(|at| **at <= upto && !self.settled.contains(at)).collect();
                assert!(unsettled.is_empty(), "{shard} is saved up to {upto} without {unsettled:?}");
            }
            Action::Records { .. } => {
                let pages = 1 + self.flying.values().filter(|other| matches!(other, Action::Records { .. })).count();
                let bytes = pages * PAGE + self.held.len() * SIZE;
                // Of six shards no more than three are read at once; each may have begun when the others held all.
                assert!(bytes <= 3 * PAGE + 3 * PAGE, "{bytes} bytes");
            }
            _ => {}
        }
    }

    fn listing(&mut self, of: Option<&ShardId>) -> ShardPage {
        let mut shards = Vec::new();
        let mut lacking = BTreeSet::new();
        for (id, source) in &self.shards {
            let hidden = source.parent.is_some_and(|parent| lacking.contains(parent));
            let lacks = self.rng.u8(0..100) < 10;
            if hidden || lacks || source.listed.instant > self.now.instant {
                lacking.insert(*id);
            } else if of.is_none() || source.parent.map(ShardId::from).as_ref() == of {
                shards.push(Shard { id: (*id).into(), parent: source.parent.map(Into::into), closed: true });
            }
        }
        ShardPage { status: StreamStatus::Disabled, view_type: None, shards, more_after: None }
    }

    fn trouble<T>(&mut self, call: &'static str) -> Result<(), Result<T, StreamsError>> {
        let kind = match self.rng.u8(0..100) {
            0..10 => StreamsErrorKind::Throttled,
            10..15 => StreamsErrorKind::Unavailable,
            _ => return Ok(()),
        };
        Err(Err(StreamsError::new(kind, call)))
    }

    fn records(&mut self, shard: &ShardId, iterator: &ShardIterator) -> Result<RecordPage, StreamsError> {
        if let Err(error) = self.trouble("GetRecords") {
            return error;
        }
        if self.chance(5) {
            return Err(StreamsError::new(StreamsErrorKind::IteratorExpired, "GetRecords"));
        }
        let after: u64 = iterator.as_str().parse().unwrap();
        let count = self.rng.usize(0..=5);
        let rest: Vec<u64> = self.shards[shard.as_str()].numbers.iter().copied().filter(|at| *at > after).collect();
        let page: Vec<u64> = rest.iter().copied().take(count).collect();
        let last = page.last().copied().unwrap_or(after);
        let next = (page.len() < rest.len() || self.chance(50)).then(|| ShardIterator::new(last.to_string()));
        for number in &page {
            assert!(self.held.insert(*number, shard.clone()).is_none(), "{number} is read twice");
        }
        let made = self.start.time;
        let records = decoded(page.into_iter().map(|number| (number, number % 3, made, SIZE)));
        Ok(RecordPage { records, next })
    }

    fn answer(&mut self, action: Action) -> Input {
        match action {
            Action::List { .. } => Input::Listed(match self.trouble("DescribeStream") {
                Ok(()) => Ok(self.listing(None)),
                Err(error) => error,
            }),
            Action::Children { of } => {
                let found = match self.trouble("DescribeStream") {
                    Ok(()) => Ok(self.listing(Some(&of))),
                    Err(error) => error,
                };
                Input::Children { of, found }
            }
            Action::Iterator { shard, position } => {
                let found = self.trouble("GetShardIterator").map_or_else(
                    |error| error,
                    |()| {
                        Ok(ShardIterator::new(match position {
                            Position::After(number) => number.to_string(),
                            _ => "0".to_owned(),
                        }))
                    },
                );
                Input::Iterator { shard, found }
            }
            Action::Records { shard, iterator, .. } => {
                let page = self.records(&shard, &iterator);
                Input::Records { shard, page }
            }
            Action::Write { lane, records } => {
                let settled = if self.chance(20) { self.rng.usize(0..records.len()) } else { records.len() };
                for record in &records[..settled] {
                    let number = record.sequence_number().to_string().parse().unwrap();
                    self.held.remove(&number);
                    self.settled.insert(number);
                }
                let error = (settled < records.len()).then(|| SinkError::new(Class::Transient, "no"));
                Input::Written { lane, written: Written { settled, error } }
            }
            Action::Save { shard, checkpoint, .. } => {
                let (fails, lands) = (self.chance(20), self.chance(50));
                if !fails || lands {
                    self.store.insert(shard.clone(), checkpoint);
                }
                let error = || CheckpointError::new(CheckpointErrorKind::Unavailable, "no answer");
                Input::Saved { shard, result: if fails { Err(error()) } else { Ok(()) } }
            }
            other => panic!("{other:?}"),
        }
    }

    /// What was in flight may have been done.
    fn crash(&mut self) {
        for action in std::mem::take(&mut self.flying).into_values() {
            if self.chance(50) && matches!(action, Action::Write { .. } | Action::Save { .. }) {
                self.answer(action);
            }
        }
        self.log.push("crash".to_owned());
    }

    fn pass(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.time += TimeDelta::from_std(time).unwrap();
    }

    fn run(&mut self, sub_lanes: u16) -> bool {
        let mut term = 1;
        let mut machine = self.machine(term, sub_lanes);
        for _ in 0..50_000 {
            while let Some(action) = machine.next(self.now) {
                self.log.push(format!("{:>9.3} {}", (self.now.time - self.start.time).as_seconds_f64(), text(&action)));
                if let Action::Done(result) = &action {
                    return result.as_ref().unwrap().ended;
                }
                self.check(&action);
                let name = action.call().map(|call: Call| call.to_string()).unwrap_or_default();
                self.flying.insert(name, action);
            }
            let crashes = self.rng.u32(0..1000) < 3;
            if crashes {
                self.crash();
                term += 1;
                machine = self.machine(term, sub_lanes);
                continue;
            }
            let waits = self.chance(10);
            if self.flying.is_empty() || waits {
                let wake_at = machine.wake_at();
                assert!(wake_at.is_some() || !self.flying.is_empty(), "it hangs");
                let time = wake_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(self.now.instant));
                self.pass(time);
            } else {
                let nth = self.rng.usize(0..self.flying.len());
                let name = self.flying.keys().nth(nth).unwrap().clone();
                let action = self.flying.remove(&name).unwrap();
                let millis = self.rng.u64(0..50);
                self.pass(Duration::from_millis(millis));
                let input = self.answer(action);
                machine.handle(input, self.now);
            }
        }
        panic!("it does not end");
    }
}

#[test]
fn whatever_comes_in_whatever_order_everything_is_delivered_and_the_promises_hold() {
    for seed in 0..150 {
        let outcome = std::panic::catch_unwind(|| {
            fastrand::seed(seed);
            let mut world = World::new(seed);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let ended = world.run(if seed % 2 == 0 { 1 } else { 3 });
                assert!(ended);
                let all: BTreeSet<u64> = world.shards.values().flat_map(|shard| shard.numbers.clone()).collect();
                assert_eq!(world.settled, all, "something is lost");
                for (id, stored) in &world.store {
                    assert!(stored.progress.is_finished(), "{id}");
                }
            }));
            if let Err(panic) = result {
                println!("{}", world.log.join("\n"));
                std::panic::resume_unwind(panic);
            }
        });
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
