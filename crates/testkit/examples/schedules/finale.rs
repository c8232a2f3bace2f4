//! The end of a schedule: everything is let run to completion, and compared with what was written.

use crate::{
    effects::settled_to,
    life::Stage,
    world::{Fallible, World, short},
};
use dynacdc_sink::ShardId;
use dynacdc_source::{Start, machine::Action};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// So many answers at most until everything is delivered.
const MOST: usize = 8000;

impl World {
    /// Lets everything run to its end.
    pub(crate) async fn finish(&mut self) -> Fallible {
        self.note(|| "everything runs to its end".to_owned());
        self.is_calm = true;
        self.show_all();
        let has_lost = |life: &crate::life::Life| life.flights.iter().any(|f| matches!(f.stage, Stage::Lost));
        if self.life.as_ref().is_some_and(has_lost) {
            self.kill().await?;
        }
        if self.life.is_none() {
            self.take_over().await?;
        }
        while !self.ghosts.is_empty() {
            self.land_one().await?;
        }
        if self.course.has_idle_days && !self.is_disabled {
            self.idle_days().await?;
        }
        if self.course.ends {
            self.disable();
            self.run_to(MOST, |world| world.has_ended).await?;
        } else {
            self.run_to(MOST, Self::has_all).await?;
            self.end_well().await?;
        }
        self.finish_zombies().await?;
        self.check_lost()
    }

    /// Stops, and looks whether the next life does again what this one knows to be settled.
    async fn end_well(&mut self) -> Fallible {
        let readings = self.life.iter().flat_map(|life| &life.readings);
        // Behind what is unsettled on another sub-lane no position can be saved.
        let known = readings.map(|(shard, reading)| {
            let to = self.life.as_ref().and_then(|life| settled_to(life, shard, &self.history)).unwrap_or_default();
            (shard.clone(), reading.settled.range(..to).copied().collect())
        });
        let known: BTreeMap<ShardId, BTreeSet<usize>> = known.collect();
        self.stop()?;
        self.run_to(MOST, |world| world.life.is_none()).await?;
        if !self.has_ended_well {
            return Ok(());
        }
        self.take_over().await?;
        self.run_to(60, |_| false).await?;
        let Some(mut life) = self.life.take() else { return Ok(()) };
        self.bury(&life)?;
        for (shard, reading) in &life.readings {
            let has_number = |at: &&usize| self.history.entry(shard, **at).is_some_and(|entry| entry.number.is_some());
            let mut again = known.get(shard).into_iter().flat_map(|known| known.intersection(&reading.settled));
            if again.any(|at| has_number(&at)) {
                return Err("what was settled before a stop in good order is delivered again".into());
            }
        }
        // It knows of each shard, since all is new to it, and holds no more than it has read.
        for (shard, health) in life.machine.changed_health() {
            let held = life.readings.get(&shard).map_or(0, |reading| reading.held.len());
            let unsettled = health.map_or(0, |health| health.unsettled_records);
            if held == 0 && unsettled > 0 && self.course.malformed == 0 && self.course.start == Start::TrimHorizon {
                return Err(format!("it says that {} has something unsettled, and has nothing", short(&shard)).into());
            }
        }
        Ok(())
    }

    /// Whether nothing is missing that the stream still has.
    fn has_all(&self) -> bool {
        let now = self.now().time;
        !self.history.required().any(|(_, _, entry)| !entry.is_trimmed(now))
    }

    /// Answers whatever is in flight, in any order, until the goal is reached. A goal that takes a life's end for
    /// reached is asked before a new life begins; `limit` below [`MOST`] is no failure.
    async fn run_to(&mut self, limit: usize, goal: impl Fn(&Self) -> bool) -> Fallible {
        for nth in 0..limit {
            self.pump()?;
            self.ended().await?;
            if (nth % 8 == 0 || self.life.is_none()) && goal(self) {
                return Ok(());
            }
            if self.life.is_none() {
                self.take_over().await?;
            }
            self.go_on().await?;
        }
        if limit < MOST {
            return Ok(());
        }
        let missing: Vec<String> = self.missing().iter().map(|(shard, n)| format!("{n} of {}", short(shard))).collect();
        Err(format!("it does not come to an end; missing are {}", missing.join(", ")).into())
    }

    /// One answer, or the time until there is something to do.
    async fn go_on(&mut self) -> Fallible {
        let Some(life) = &self.life else { return Ok(()) };
        let stalled = self.stalled.as_ref();
        let is_open = |flight: &crate::life::Flight| match &flight.action {
            Action::Write { lane, .. } | Action::Park { lane, .. } => stalled.is_none() || lane.shard() != stalled,
            _ => true,
        };
        if life.flights.iter().any(is_open) {
            return self.answer_any().await;
        }
        match life.machine.wake_at() {
            Some(at) => {
                self.advance(at.saturating_duration_since(Instant::now())).await;
                Ok(())
            }
            None if life.done.is_some() => Ok(()),
            None if stalled.is_some() => Ok(()),
            None => Err("it stands still: nothing is in flight, and it wants not to be woken".into()),
        }
    }

    /// The sink hangs on one shard. The others must go on.
    pub(crate) async fn live_on(&mut self) -> Fallible {
        let Some(life) = &self.life else { return Ok(()) };
        let has_lost = life.flights.iter().any(|flight| matches!(flight.stage, Stage::Lost));
        let writing = life.flights.iter().find_map(|flight| match &flight.action {
            Action::Write { lane, .. } => lane.shard().cloned(),
            _ => None,
        });
        let Some(shard) = writing else { return Ok(()) };
        let is_special = self.course.poison > 0 || !self.parks || self.course.has_outages || life.stopped.is_some();
        if has_lost || is_special || self.history.branches.len() < 2 {
            return Ok(());
        }
        self.note(|| format!("the sink hangs on {}", short(&shard)));
        self.show_all();
        let line = self.history.line(&shard);
        (self.is_calm, self.stalled) = (true, Some(shard));
        let nth = self.lives;
        let others = move |world: &Self| {
            let is_other = |of: &ShardId| !line.contains(of);
            world.lives != nth || world.life.is_none() || !world.history.required().any(|(of, _, _)| is_other(of))
        };
        self.run_to(MOST, others).await.map_err(|error| format!("while the sink hangs on one shard: {error}"))?;
        (self.is_calm, self.stalled) = (false, None);
        self.note(|| "the sink goes on".to_owned());
        Ok(())
    }

    /// Nothing is written for days, while the poller is there. That is no gap.
    async fn idle_days(&mut self) -> Fallible {
        self.note(|| "days without a record".to_owned());
        self.run_to(MOST, Self::has_all).await?;
        for _ in 0..9 {
            self.advance(Duration::from_secs(5 * 3600)).await;
            let from = Instant::now();
            self.run_to(1500, move |_| from.elapsed() > Duration::from_secs(100)).await?;
        }
        self.tally.idle_days += 1;
        if self.dice.bool() {
            self.kill().await?;
        }
        let hours = self.dice.u64(1..16);
        self.advance(Duration::from_secs(hours * 3600)).await;
        self.write_some()?;
        self.run_to(MOST, Self::has_all).await
    }

    /// The poller says that the stream has ended.
    pub(crate) fn check_end(&mut self) -> Fallible {
        let now = self.now().time;
        if !self.is_disabled {
            return Err("it says that the stream has ended, which is enabled".into());
        }
        for (shard, at, entry) in self.history.required() {
            if !entry.is_trimmed(now) {
                return Err(format!(
                    "it says that the stream has ended, and place {at} of {} is missing",
                    short(shard)
                )
                .into());
            }
        }
        for (shard, branch) in &self.history.branches {
            if !branch.is_gone(now) && !self.finished.contains(shard) {
                return Err(format!(
                    "it says that the stream has ended, and the end of {} is not stored",
                    short(shard)
                )
                .into());
            }
        }
        Ok(())
    }

    /// What is missing was told.
    fn check_lost(&mut self) -> Fallible {
        let beginning = self.beginning.map(|beginning| beginning.at);
        let lost: Vec<ShardId> = {
            let required = self.history.required();
            // What was gone before anybody read is no loss of this reader.
            let is_lost = required.filter(|(_, _, entry)| beginning.is_some_and(|at| entry.written > at));
            is_lost.map(|(shard, _, _)| shard.clone()).collect()
        };
        self.tally.lost_to_gaps += u64::try_from(lost.len())?;
        let told = !self.gaps.is_empty() || self.counted_gaps > 0;
        for shard in &lost {
            let line = self.history.line(shard);
            let is_told = self.counted_gaps > 0 || line.iter().any(|shard| self.gaps.contains(shard));
            if !is_told {
                return Err(format!("records of {} are gone, and nobody was told", short(shard)).into());
            }
        }
        self.tally.gaps += self.counted_gaps;
        self.tally.needless_gaps += u64::from(lost.is_empty() && told);
        self.tally.fired.add(&self.stream.fired());
        Ok(())
    }
}
