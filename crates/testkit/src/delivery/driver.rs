//! The deliverer of one history.
//!
//! It keeps checkpoints as a poller does that saves them after every batch, and as the event source mapping of Lambda
//! does on unordered lanes. Everything that it draws comes from one generator, which is not that of the faults nor that
//! of the history: a history can be made shorter and still be delivered much as before.

use super::{Plan, Running, Subject, cut::Cut, rule};
use crate::{Faults, History};
use dynacdc_sink::{Batch, Redelivery, Report, SinkError};
use futures_util::future::join_all;

/// A history on its way into a subject.
pub(crate) struct Driver<'a, S: Subject> {
    subject: &'a S,
    history: &'a History,
    plan: &'a Plan,
    faults: &'a Faults,
    rng: fastrand::Rng,
    owner: Owner,
    /// Processes that were replaced and do not know it.
    zombies: Vec<Zombie>,
    incarnation: u32,
    rounds: u32,
    batches: u64,
    /// Rounds without progress.
    stuck: u32,
    is_calm: bool,
    heal_at: Option<u32>,
}

/// A process and how far it believes each shard to be.
#[derive(Clone)]
struct Owner {
    running: Running,
    positions: Vec<usize>,
}

struct Zombie {
    owner: Owner,
    batches_left: u32,
}

/// A batch with its writer: the owner is `None`.
struct Write {
    zombie: Option<usize>,
    cut: Cut,
    /// An old record by itself, which moves no position.
    is_stray: bool,
}

/// After so many rounds there are no more faults, so that every history ends.
const CALM_AFTER: u32 = 150;
/// After so many rounds without progress every lease runs out between two rounds.
const WAIT_AFTER: u32 = 12;
/// After so many rounds without progress somebody mends what is poison.
const HEAL_AFTER: u32 = 25;
/// After so many rounds without progress there are no more faults either.
const CALM_WHEN_STUCK: u32 = 60;
/// After so many rounds without progress the sink is stuck.
const STUCK_AFTER: u32 = 100;
/// A zombie dies after so many batches at most.
const ZOMBIE_BATCHES: u32 = 6;

impl<'a, S: Subject> Driver<'a, S> {
    /// Begins the first process.
    pub(crate) async fn new(
        subject: &'a S,
        history: &'a History,
        plan: &'a Plan,
        faults: &'a Faults,
        seed: u64,
    ) -> Result<Self, String> {
        let mut rng = fastrand::Rng::with_seed(seed);
        faults.set_delay(plan.pace.delay);
        let heal_at = (rng.u16(..1000) < plan.heals).then(|| rng.u32(1..9));
        let running = started(subject, 1, faults).await?;
        let positions = vec![0; history.shards().len()];
        Ok(Self {
            subject,
            history,
            plan,
            faults,
            rng,
            owner: Owner { running, positions },
            zombies: Vec::new(),
            incarnation: 1,
            rounds: 0,
            batches: 0,
            stuck: 0,
            is_calm: false,
            heal_at,
        })
    }

    /// Delivers everything, redrives what was parked, and gives the number of batches.
    pub(crate) async fn run(mut self) -> Result<u64, String> {
        while !self.is_delivered() {
            self.keep_going().await?;
            let before = self.owner.positions.clone();
            self.round().await?;
            let has_moved = self.owner.positions.iter().zip(&before).any(|(now, before)| now > before);
            self.stuck = if has_moved { 0 } else { self.stuck + 1 };
            self.rounds += 1;
        }
        self.settle().await?;
        Ok(self.batches)
    }

    fn is_delivered(&self) -> bool {
        self.history.shards().iter().zip(&self.owner.positions).all(|(shard, at)| *at == shard.records().len())
    }

    /// Sees to it that every history ends, and lets calls land that were given up.
    async fn keep_going(&mut self) -> Result<(), String> {
        if (self.rounds > CALM_AFTER || self.stuck > CALM_WHEN_STUCK) && !self.is_calm {
            self.faults.note(|| "no more faults".to_owned());
            self.faults.calm();
            self.faults.land_all().await;
            self.is_calm = true;
        }
        let is_due = self.heal_at.is_some_and(|round| self.rounds >= round) || self.stuck > HEAL_AFTER;
        if is_due && !self.faults.is_healed() {
            self.faults.heal();
        }
        if self.stuck > STUCK_AFTER {
            return Err(format!("no progress in {STUCK_AFTER} rounds, the last of them without faults"));
        }
        if self.stuck > WAIT_AFTER {
            tokio::time::sleep(self.plan.pace.lease).await;
        }
        if self.rng.u8(..100) < 30 {
            self.faults.land_one().await;
        }
        Ok(())
    }

    /// One batch of each shard that has its turn, all at once, and a redrive beside them.
    async fn round(&mut self) -> Result<(), String> {
        if self.rng.u16(..1000) < self.plan.takeovers && !self.is_calm {
            self.take_over().await?;
        }
        let writes = self.writes();
        let redrives = self.owner.running.has_redrive() && self.rng.u16(..1000) < self.plan.redrives;
        self.batches += writes.len() as u64;
        match self.written(&writes, redrives).await {
            Some(reports) => self.reported(&writes, &reports),
            None => self.restart(&writes).await,
        }
    }

    /// Whether everything before the shard is handled: its parent, and the parent of that.
    fn is_open(&self, shard: usize, positions: &[usize]) -> bool {
        let shards = self.history.shards();
        let mut parent = shards[shard].parent();
        while let Some(at) = parent {
            if positions[at] < shards[at].records().len() {
                return false;
            }
            parent = shards[at].parent();
        }
        true
    }

    fn writes(&mut self) -> Vec<Write> {
        let shards = self.history.shards();
        let mut writes = Vec::new();
        for (at, shard) in shards.iter().enumerate() {
            let position = self.owner.positions[at];
            if !self.is_open(at, &self.owner.positions) {
                continue;
            }
            if self.rng.u16(..1000) < self.plan.strays
                && let Some(cut) = Cut::stray(&mut self.rng, at, shard, position)
            {
                writes.push(Write { zombie: None, cut, is_stray: true });
                continue;
            }
            // Not all shards in every round.
            if shards.len() > 1 && self.rng.u8(..100) < 30 {
                continue;
            }
            // A shard that was split is finished for good: its children may have begun.
            let is_finished =
                position == shard.records().len() && shards.iter().any(|child| child.parent() == Some(at));
            let may_rewind = !is_finished || self.plan.level == Redelivery::Any;
            if let Some(cut) = Cut::next(&mut self.rng, self.plan, at, shard, position, may_rewind) {
                writes.push(Write { zombie: None, cut, is_stray: false });
            }
        }
        for (number, zombie) in self.zombies.iter().enumerate() {
            let at = self.rng.usize(..shards.len());
            let is_open = self.is_open(at, &zombie.owner.positions);
            let position = zombie.owner.positions[at];
            if is_open && let Some(cut) = Cut::next(&mut self.rng, self.plan, at, &shards[at], position, true) {
                writes.push(Write { zombie: Some(number), cut, is_stray: false });
            }
        }
        writes
    }

    /// The reports; none if the process died.
    async fn written(&self, writes: &[Write], redrives: bool) -> Option<Vec<Report>> {
        for write in writes {
            self.faults.note(|| self.line(write));
        }
        let round = async {
            let reports = join_all(writes.iter().map(async |write| {
                let batch = Batch::new(self.history.shards()[write.cut.shard].lane(), &write.cut.records);
                Report::settle(batch, self.writer(write).running.sink().write(batch).await)
            }));
            let redrive = async {
                if redrives {
                    self.faults.note(|| "redrive".to_owned());
                    // It is tried again, at the latest when everything is delivered.
                    let _ = self.owner.running.redrive().await;
                }
            };
            tokio::join!(reports, redrive).0
        };
        tokio::select! {
            biased;
            reports = round => Some(reports),
            () = self.faults.crashed() => None,
        }
    }

    fn writer(&self, write: &Write) -> &Owner {
        match write.zombie {
            Some(number) => &self.zombies[number].owner,
            None => &self.owner,
        }
    }

    fn reported(&mut self, writes: &[Write], reports: &[Report]) -> Result<(), String> {
        for (write, report) in writes.iter().zip(reports) {
            self.faults.note(|| format!("  shard {}: {:?}", write.cut.shard, report.outcomes()));
            rule::check(self.owner.running.sink().order(), &write.cut.records, report)?;
            if write.is_stray {
                continue;
            }
            let shard = write.cut.shard;
            let next = write.cut.position_after(report.settled_prefix());
            let positions = match write.zombie {
                Some(number) => {
                    self.zombies[number].batches_left -= 1;
                    &mut self.zombies[number].owner.positions
                }
                None => &mut self.owner.positions,
            };
            let is_ordered = self.history.shards()[shard].lane().is_ordered();
            // On an ordered lane a rewind goes on from where it went back to.
            positions[shard] = if is_ordered { next } else { positions[shard].max(next) };
        }
        self.zombies.retain(|zombie| zombie.batches_left > 0);
        Ok(())
    }

    /// The process has died and another one begins where the checkpoints are.
    async fn restart(&mut self, writes: &[Write]) -> Result<(), String> {
        self.faults.note(|| "CRASH".to_owned());
        if self.plan.level == Redelivery::Continued {
            // A rewind is part of the checkpoint: the next process goes on with it.
            for write in writes.iter().filter(|write| !write.is_stray) {
                let position = &mut self.owner.positions[write.cut.shard];
                *position = write.cut.begin().min(*position);
            }
        }
        self.zombies.clear();
        if self.rng.bool() {
            let gone = self.plan.pace.restart.mul_f64(self.rng.f64());
            tokio::time::sleep(gone).await;
        }
        self.incarnation += 1;
        self.owner.running = started(self.subject, self.incarnation, self.faults).await?;
        Ok(())
    }

    /// A new process begins while the old one goes on.
    async fn take_over(&mut self) -> Result<(), String> {
        self.incarnation += 1;
        self.faults.note(|| format!("process {} takes over, and the one before goes on", self.incarnation));
        let running = started(self.subject, self.incarnation, self.faults).await?;
        let old = Owner { running, positions: self.owner.positions.clone() };
        let old = std::mem::replace(&mut self.owner, old);
        self.zombies.push(Zombie { owner: old, batches_left: self.rng.u32(1..=ZOMBIE_BATCHES) });
        Ok(())
    }

    /// Everything arrives, old records come once more where the level allows it, and all that was parked is redriven.
    async fn settle(&mut self) -> Result<(), String> {
        self.faults.note(|| "everything is delivered".to_owned());
        self.faults.calm();
        self.faults.land_all().await;
        if self.plan.strays > 0 {
            for (at, shard) in self.history.shards().iter().enumerate() {
                let cut = Cut::stray(&mut self.rng, at, shard, shard.records().len());
                let Some(cut) = cut else { continue };
                let write = Write { zombie: None, cut, is_stray: true };
                self.faults.note(|| self.line(&write));
                let batch = Batch::new(shard.lane(), &write.cut.records);
                // Whether it is settled does not matter: it was before.
                let _ = self.owner.running.sink().write(batch).await;
            }
        }
        if !self.faults.is_healed() {
            self.faults.heal();
        }
        self.faults.note(|| "last redrive".to_owned());
        let mut result = self.owner.running.redrive().await;
        for _ in 0..2 {
            if result.is_ok() {
                break;
            }
            tokio::time::sleep(self.plan.pace.lease).await;
            result = self.owner.running.redrive().await;
        }
        result.map_err(|error| format!("the last redrive, without faults, fails: {error:?}"))
    }

    fn line(&self, write: &Write) -> String {
        let records = write.cut.positions.iter().zip(&write.cut.records);
        let records: Vec<String> = records
            .map(|(at, record)| {
                let poison = if self.faults.accept(record).is_err() { " poison" } else { "" };
                format!("{at}:{} {} {}{poison}", record.event_name(), record.key(), record.sequence_number())
            })
            .collect();
        let who = match (write.zombie, write.is_stray) {
            (Some(_), _) => "an old process writes",
            (None, true) => "an old record comes by",
            (None, false) => "deliver",
        };
        format!("{who} shard {}: {}", write.cut.shard, records.join(", "))
    }
}

/// Begins a process, again and again if it dies of a call while it begins.
async fn started<S: Subject>(subject: &S, incarnation: u32, faults: &Faults) -> Result<Running, String> {
    let failed = |error: SinkError| format!("process {incarnation} does not start: {error:?}");
    loop {
        tokio::select! {
            biased;
            running = subject.start(incarnation) => return running.map_err(failed),
            () = faults.crashed() => {}
        }
    }
}
