//! The stream, the store, the sink and the poller of one schedule, and what is done to them step by step.

use crate::{
    control::Control,
    course::{Course, Kills},
    history::History,
    life::{Life, Stage},
    tally::Tally,
};
use dynacdc_record::{Item, ItemKey, StreamArn, item};
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Beginning, MemoryCheckpoints,
    machine::{Action, Input, Now},
};
use dynacdc_testkit::StreamSimulator;
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    time::Duration,
};
use tokio::time::Instant;

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Without outages a schedule stays below the time for which the stream keeps records.
const MOST_TIME: Duration = Duration::from_secs(20 * 3600);

/// The last delivery of an item: which of its records, and in which life.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivered {
    pub(crate) nth: usize,
    pub(crate) life: u32,
}

/// A call of an owner that is dead or gave up waiting, which may still land.
#[derive(Debug)]
pub(crate) struct Ghost {
    pub(crate) action: Action,
    pub(crate) term: u64,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) course: Course,
    pub(crate) dice: fastrand::Rng,
    pub(crate) stream: StreamSimulator,
    pub(crate) arn: StreamArn,
    pub(crate) history: History,
    pub(crate) checkpoints: MemoryCheckpoints,
    pub(crate) control: Option<Control>,
    pub(crate) life: Option<Life>,
    pub(crate) zombies: Vec<Life>,
    pub(crate) ghosts: Vec<Ghost>,
    /// By item.
    pub(crate) delivered: Vec<Option<Delivered>>,
    pub(crate) lives: u32,
    pub(crate) beginning: Option<Beginning>,
    pub(crate) finished: BTreeSet<ShardId>,
    /// The shards of gaps that were told, and how many were only counted.
    pub(crate) gaps: BTreeSet<ShardId>,
    pub(crate) counted_gaps: u64,
    pub(crate) has_failed: bool,
    pub(crate) parks: bool,
    /// Sink and store do what they are told.
    pub(crate) is_calm: bool,
    pub(crate) is_disabled: bool,
    /// The poller has said that the stream has ended.
    pub(crate) has_ended: bool,
    /// The last life ended in good order.
    pub(crate) has_ended_well: bool,
    pub(crate) outages: u32,
    /// Nothing is answered on lanes of this shard.
    pub(crate) stalled: Option<ShardId>,
    pub(crate) tally: Tally,
    pub(crate) timeline: Option<Vec<String>>,
    began: Instant,
    pub(crate) counter: u64,
    pub(crate) tail: u64,
}

/// The name of an item.
pub(crate) fn key_of(key: u8) -> Item {
    item! { "pk" => format!("ITEM#{key}") }
}

/// The end of a shard's name, which tells it from the others.
pub(crate) fn short(shard: &ShardId) -> &str {
    shard.as_str().rsplit('-').next().unwrap_or_default()
}

impl World {
    pub(crate) fn new(course: Course, control: Option<Control>, is_recorded: bool) -> Fallible<Self> {
        let stream = StreamSimulator::builder("orders")
            .shards(course.shards)
            .listing_page(course.listing_page)
            .view_type(course.view_type)
            .starting_at(course.begins)
            .hardships(course.hardships.clone())
            .build()?;
        let mut dice = fastrand::Rng::with_seed(course.seed);
        Ok(Self {
            arn: stream.arn(),
            history: History::new(stream.shards(), course.keys),
            stream,
            checkpoints: MemoryCheckpoints::new(),
            control,
            life: None,
            zombies: Vec::new(),
            ghosts: Vec::new(),
            delivered: vec![None; course.keys.into()],
            lives: 0,
            beginning: None,
            finished: BTreeSet::new(),
            gaps: BTreeSet::new(),
            counted_gaps: 0,
            has_failed: false,
            parks: !course.stops_at_malformed,
            is_calm: false,
            is_disabled: false,
            has_ended: false,
            has_ended_well: false,
            outages: 0,
            stalled: None,
            tally: Tally::default(),
            timeline: is_recorded.then(Vec::new),
            began: Instant::now(),
            // Near a power of ten, so that numbers of different lengths meet.
            counter: dice.u64(5..10),
            tail: dice.u64(1..1_000_000),
            course,
            dice,
        })
    }

    pub(crate) fn now(&self) -> Now {
        Now { instant: Instant::now(), time: self.stream.clock().now() }
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.dice.u32(0..100) < percent
    }

    /// Adds a line to the timeline, where one is kept.
    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(timeline) = &mut self.timeline {
            timeline.push(format!("{:>12.3}s  {}", self.began.elapsed().as_secs_f64(), line()));
        }
    }

    pub(crate) async fn advance(&mut self, by: Duration) {
        if by > Duration::from_secs(120) {
            self.note(|| format!("{by:?} pass"));
        }
        tokio::time::advance(by).await;
    }

    /// One step of the schedule.
    pub(crate) async fn step(&mut self, nth: usize) -> Fallible {
        self.tally.steps += 1;
        if self.life.is_none() {
            return self.rest().await;
        }
        let kills = match self.course.kills {
            Kills::Often(rate) => self.dice.u32(0..1000) < rate,
            Kills::Once(at) => at == nth,
        };
        if kills {
            self.kill().await?;
            return self.take_over().await;
        }
        match self.dice.u32(0..1000) {
            0..620 => self.answer_any().await?,
            620..770 => self.write_some()?,
            770..795 => self.split()?,
            795..930 => self.wait().await,
            930..945 => self.expire(),
            945..955 => self.hide(),
            955..965 => self.stop()?,
            965..970 => self.usurp().await?,
            970..990 => self.land_one().await?,
            990..992 => self.disable(),
            _ => self.live_on().await?,
        }
        self.pump()?;
        self.ended().await
    }

    /// Between two lives.
    async fn rest(&mut self) -> Fallible {
        match self.dice.u32(0..10) {
            0..3 => self.write_some(),
            3 => self.split(),
            4 => self.land_one().await,
            5 if self.course.has_outages && self.outages < 3 && self.lives > 0 => {
                self.outages += 1;
                self.tally.outages += 1;
                let seconds = self.dice.u64(8 * 3600..60 * 3600);
                self.advance(Duration::from_secs(seconds)).await;
                Ok(())
            }
            5 => {
                self.wait().await;
                Ok(())
            }
            _ => self.take_over().await,
        }
    }

    /// Asks the machine for everything that it wants done now.
    pub(crate) fn pump(&mut self) -> Fallible {
        let now = self.now();
        for _ in 0..5000 {
            let Some(life) = self.life.as_mut().filter(|life| life.done.is_none()) else { return Ok(()) };
            let Some(action) = life.machine.next(now, &life.readings, &self.history) else {
                return match life.machine.wake_at() {
                    Some(at) if at <= now.instant => Err("it wants to be woken at once, and has nothing to do".into()),
                    _ => Ok(()),
                };
            };
            self.admit(action)?;
        }
        Err("it gives actions without end".into())
    }

    /// Does one of the things in flight, or lets an answer arrive.
    pub(crate) async fn answer_any(&mut self) -> Fallible {
        let Some(life) = &self.life else { return Ok(()) };
        let stalled = self.stalled.as_ref();
        let is_open = |at: &usize| {
            let flight = &life.flights[*at];
            let is_stalled = match &flight.action {
                Action::Write { lane, .. } | Action::Park { lane, .. } => stalled.is_some() && lane.shard() == stalled,
                _ => false,
            };
            !is_stalled && !matches!(flight.stage, Stage::Lost)
        };
        let open: Vec<usize> = (0..life.flights.len()).filter(is_open).collect();
        let Some(at) = self.dice.choice(open) else {
            self.wait().await;
            return Ok(());
        };
        let arrives = self.is_calm || self.dice.u32(0..10) < 7;
        self.fly(at, arrives).await
    }

    /// Hands an input to the machine.
    pub(crate) fn hand_over(&mut self, input: Input) {
        let now = self.now();
        self.tally.answers += 1;
        if let Some(life) = &mut self.life {
            life.machine.handle(input, now);
        }
    }

    /// Time passes.
    pub(crate) async fn wait(&mut self) {
        let wake = self.life.as_ref().and_then(|life| life.machine.wake_at());
        let until = wake.map(|at| at.saturating_duration_since(Instant::now()));
        let left = MOST_TIME.saturating_sub(self.began.elapsed());
        let by = match (self.dice.u32(0..1000), until) {
            (0..550, Some(until)) => until,
            (0..850, _) => Duration::from_millis(self.dice.u64(1..2000)),
            (850..980, _) => Duration::from_secs(self.dice.u64(2..60)),
            (980..998, _) => Duration::from_secs(self.dice.u64(60..1200)),
            _ => Duration::from_secs(self.dice.u64(3600..14400)),
        };
        let by = if self.course.has_outages { by } else { by.min(left) };
        self.advance(by).await;
    }

    /// The share of a shard that an item goes to.
    pub(crate) fn part_of(&self, key: u8, of: u16) -> Fallible<u16> {
        let text = ItemKey::try_from(&key_of(key))?.to_string();
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Ok(u16::try_from(hash % u64::from(of))?)
    }

    /// The lines so far.
    pub(crate) fn into_parts(self) -> (Tally, Vec<String>) {
        (self.tally, self.timeline.unwrap_or_default())
    }

    pub(crate) fn missing(&self) -> BTreeMap<ShardId, usize> {
        let mut missing = BTreeMap::new();
        for (shard, _, _) in self.history.required() {
            *missing.entry(shard.clone()).or_default() += 1;
        }
        missing
    }
}
