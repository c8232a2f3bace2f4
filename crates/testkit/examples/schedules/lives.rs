//! Births and deaths of pollers: taking over, killing, stopping, and old owners that do not know yet.

use crate::{
    control::Rigged,
    effects::{has_effect, settled_to},
    life::{Flight, Life, Limits, Reading, Stage},
    world::{Fallible, Ghost, World, short},
};
use dynacdc_source::{
    Beginning, CheckpointErrorKind, CheckpointStore, DeliveryError, Progress, Start,
    machine::{Action, Input, PollError, Polled, Written},
};
use std::time::Duration;

/// So many answers at most until an old owner, once told, has ended.
const MOST_OF_ZOMBIE: usize = 400;

impl World {
    /// A new poller takes the stream over.
    pub(crate) async fn take_over(&mut self) -> Fallible {
        let now = self.now();
        let is_first = self.beginning.is_none();
        let beginning = Beginning { start: self.course.start, at: now.time };
        let stored = self.checkpoints.take_over(&self.arn, "owner", beginning).await?;
        self.beginning = Some(stored.beginning);
        if is_first && self.course.start == Start::Latest {
            let branches = self.history.branches.values_mut();
            branches.flat_map(|branch| &mut branch.entries).for_each(|entry| entry.is_excused = true);
        }
        self.lives += 1;
        self.tally.lives += 1;
        let limits = Limits::drawn(&self.course, &mut self.dice);
        let rules = (self.course.on_gap(self.has_failed), self.parks);
        let settings = limits.settings(self.arn.clone(), &mut self.dice, rules, self.course.has_idle_days);
        let (lives, term) = (self.lives, stored.tenure.term);
        self.note(|| format!("life {lives} begins, term {term}: {settings:?}"));
        for (shard, checkpoint) in &stored.checkpoints {
            self.note(|| format!("  {} {:?} as of {}", short(shard), checkpoint.progress, checkpoint.as_of));
        }
        let readings = stored.checkpoints.iter().map(|(shard, checkpoint)| {
            let branch = self.history.branches.get(shard);
            let place = match checkpoint.progress {
                Progress::After(number) => branch.and_then(|branch| branch.place(number)),
                _ => None,
            };
            let entries = branch.map_or(0, |branch| branch.entries.len());
            (shard.clone(), Reading::stored(checkpoint, place, entries))
        });
        let readings = readings.collect();
        let mut life = Life::new(self.lives, settings, limits, stored, now, Rigged::new(self.control));
        life.readings = readings;
        self.life = Some(life);
        self.pump()
    }

    /// The poller dies with everything in flight. What it asked for may take effect all the same, at once or later.
    pub(crate) async fn kill(&mut self) -> Fallible {
        let Some(life) = self.life.take() else { return Ok(()) };
        self.note(|| "killed".to_owned());
        self.tally.kills += 1;
        self.bury(&life)?;
        for Flight { action, stage, .. } in life.flights {
            if !has_effect(&action) || !matches!(stage, Stage::Asked | Stage::Owed) {
                continue;
            }
            match self.dice.u32(0..3) {
                0 => {
                    self.note(|| format!("  takes effect: {:?}", action.call()));
                    self.effect(&action, life.nth).await?;
                }
                1 => self.ghosts.push(Ghost { action, term: life.term }),
                _ => {}
            }
        }
        Ok(())
    }

    /// Counts what is to be kept of a life.
    pub(crate) fn bury(&mut self, life: &Life) -> Fallible {
        let gaps = life.machine.totals().gaps;
        self.counted_gaps += gaps;
        if gaps > 0 && !(self.course.has_outages || self.has_failed || self.has_ended) {
            return Err("it found a gap where nothing is missing".into());
        }
        Ok(())
    }

    /// The poller is asked to stop.
    pub(crate) fn stop(&mut self) -> Fallible {
        let now = self.now().instant;
        let Some(life) = self.life.as_mut().filter(|life| life.stopped.is_none()) else { return Ok(()) };
        life.stopped = Some(now);
        self.tally.stops += 1;
        self.note(|| "stop".to_owned());
        self.hand_over(Input::Stop);
        Ok(())
    }

    /// A new owner takes over while the old one runs on.
    pub(crate) async fn usurp(&mut self) -> Fallible {
        if !self.course.has_zombies || self.zombies.len() > 2 {
            return Ok(());
        }
        if let Some(life) = self.life.take() {
            self.note(|| "taken over alive".to_owned());
            self.tally.usurped += 1;
            self.bury(&life)?;
            self.zombies.push(life);
        }
        self.take_over().await
    }

    /// A call of a dead owner lands, or one that was given up.
    pub(crate) async fn land_one(&mut self) -> Fallible {
        if !self.ghosts.is_empty() {
            let ghost = self.ghosts.swap_remove(self.dice.usize(..self.ghosts.len()));
            let (call, term) = (ghost.action.call(), ghost.term);
            self.note(|| format!("lands late: {call:?} of term {term}"));
            self.tally.late += 1;
            // What a sink does about a write of an old owner is not the poller's.
            self.land(&ghost.action).await?.unwrap_or_default();
        }
        self.haunt().await
    }

    /// An old owner does something.
    async fn haunt(&mut self) -> Fallible {
        if self.zombies.is_empty() {
            return Ok(());
        }
        let at = self.dice.usize(..self.zombies.len());
        let mut zombie = self.zombies.swap_remove(at);
        for _ in 0..self.dice.usize(1..20) {
            self.drive(&mut zombie).await?;
        }
        if zombie.done.is_none() {
            self.zombies.push(zombie);
        } else {
            self.check_zombie(&zombie)?;
        }
        Ok(())
    }

    /// One answer for an old owner. Its writes go nowhere, and its saves to the store.
    async fn drive(&mut self, zombie: &mut Life) -> Fallible {
        let now = self.now();
        if zombie.done.is_some() {
            return Ok(());
        }
        while let Some(action) = zombie.machine.next(now, &zombie.readings, &self.history) {
            match (action.call(), action) {
                (Some(call), action) => zombie.flights.push(Flight { call, action, stage: Stage::Asked }),
                (None, Action::Done(result)) => {
                    zombie.done = Some(result);
                    return Ok(());
                }
                _ => {}
            }
        }
        if zombie.flights.is_empty() {
            let wait = zombie.machine.wake_at().map(|at| at.saturating_duration_since(now.instant));
            self.advance(wait.unwrap_or_default().min(Duration::from_secs(10))).await;
            return Ok(());
        }
        let Flight { action, stage, .. } = zombie.flights.swap_remove(self.dice.usize(..zombie.flights.len()));
        let input = match (stage, action) {
            (Stage::Answered(input), _) => *input,
            (_, Action::Write { lane, records }) => {
                Input::Written { lane, written: Written { settled: records.len(), error: None } }
            }
            (_, Action::Park { lane, .. }) => Input::Parked { lane, result: Ok(()) },
            (_, Action::Mend { shard, .. }) => Input::Mended { shard, result: Ok(()) },
            (_, action @ (Action::Save { .. } | Action::Forget { .. })) => {
                let result = self.land(&action).await?;
                let is_told = |error: &dynacdc_source::CheckpointError| error.kind() == CheckpointErrorKind::Superseded;
                zombie.is_superseded |= result.as_ref().is_err_and(is_told);
                match action {
                    Action::Forget { shard, .. } => Input::Forgotten { shard, result },
                    Action::Save { shard, .. } => Input::Saved { shard, result },
                    _ => return Ok(()),
                }
            }
            (_, action) => self.ask(&action).await?,
        };
        let now = self.now();
        zombie.machine.handle(input, now);
        Ok(())
    }

    fn check_zombie(&mut self, zombie: &Life) -> Fallible {
        if !zombie.is_superseded {
            return Ok(());
        }
        self.tally.superseded += 1;
        match &zombie.done {
            Some(Err(PollError::Superseded(_))) => Ok(()),
            // It was ending already, and the first reason is the one that is told.
            Some(Err(_)) => Ok(()),
            Some(Ok(_)) if zombie.stopped.is_some() => {
                Err("an old owner that was told of the new one ends well".into())
            }
            other => Err(format!("an old owner was told of the new one and goes on: {other:?}").into()),
        }
    }

    /// Every old owner that was told ends.
    pub(crate) async fn finish_zombies(&mut self) -> Fallible {
        for mut zombie in std::mem::take(&mut self.zombies) {
            for _ in 0..MOST_OF_ZOMBIE {
                if zombie.done.is_some() {
                    break;
                }
                self.drive(&mut zombie).await?;
            }
            self.check_zombie(&zombie)?;
        }
        Ok(())
    }

    /// Looks at the end of a life that has come to one.
    pub(crate) async fn ended(&mut self) -> Fallible {
        if self.life.as_ref().is_none_or(|life| life.done.is_none()) {
            return Ok(());
        }
        let now = self.now();
        let Some(mut life) = self.life.take() else { return Ok(()) };
        self.bury(&life)?;
        if self.control.is_none() && life.machine.next(now, &life.readings, &self.history).is_some() {
            return Err("something follows the end".into());
        }
        self.has_ended_well = false;
        let Some(result) = life.done.take() else { return Ok(()) };
        let is_clean =
            life.flights.iter().all(|flight| !has_effect(&flight.action) || matches!(flight.stage, Stage::Owed));
        match result {
            Ok(Polled { ended: true, .. }) => {
                self.note(|| "the stream has ended".to_owned());
                self.has_ended = true;
                return self.check_end();
            }
            Ok(_) => {
                let Some(stopped) = life.stopped else { return Err("it ends, and nobody stopped it".into()) };
                if is_clean && now.instant < stopped + life.limits.drain {
                    self.has_ended_well = true;
                    self.check_saved(&life).await?;
                }
            }
            Err(PollError::Delivery { shard, source }) => {
                self.check_delivery(&life, &shard, *source)?;
                if is_clean && self.course.store_failures == 0 && life.stopped.is_none() {
                    self.check_saved(&life).await?;
                }
            }
            // After a day's pause nobody can tell whether an ended stream had more: that is told without an outage too.
            Err(PollError::Gap { gap, .. }) if gap.shard.is_none() => {
                self.tally.gaps += 1;
                (self.has_failed, self.has_ended) = (true, true);
            }
            Err(PollError::Gap { gap, .. }) if self.course.has_outages && !self.has_failed => {
                self.tally.gaps += 1;
                self.has_failed = true;
                self.gaps.extend(gap.shard);
            }
            Err(PollError::Panicked { .. }) if life.has_panicked => {}
            Err(error) => return Err(format!("it ends with {error:?}").into()),
        }
        Ok(())
    }

    /// What a poller that ended in good order had settled is stored, and nothing less.
    async fn check_saved(&mut self, life: &Life) -> Fallible {
        let stored = self.checkpoints.load(&self.arn).await?;
        for (shard, reading) in &life.readings {
            // The position of a shard that is gone may be forgotten.
            let is_gone = self.history.branches.get(shard).is_none_or(|branch| branch.is_gone(self.now().time));
            if reading.has_gap || is_gone {
                continue;
            }
            let Some(to) = settled_to(life, shard, &self.history) else { continue };
            let found = stored.iter().flat_map(|stored| &stored.checkpoints).find(|(id, _)| id == shard);
            let branch = self.history.branches.get(shard);
            let place = match found.map(|(_, checkpoint)| &checkpoint.progress) {
                Some(Progress::After(number)) => branch.and_then(|branch| branch.place(*number)).map(|at| at + 1),
                Some(Progress::Finished { .. }) => Some(usize::MAX),
                _ => None,
            };
            if place.is_none_or(|place| place < to) {
                return Err(format!("{} was settled up to place {to}, and {place:?} is stored", short(shard)).into());
            }
        }
        Ok(())
    }

    fn check_delivery(&mut self, life: &Life, shard: &dynacdc_sink::ShardId, error: DeliveryError) -> Fallible {
        match error {
            DeliveryError::Poison { sequence_number, .. } => {
                let Some((of, at)) = self.history.find(sequence_number).cloned() else {
                    return Err("poison that is no record".into());
                };
                self.tally.poisoned += 1;
                match self.history.entry_mut(&of, at) {
                    Some(entry) if entry.is_poison && of == *shard => {
                        entry.is_poison = false;
                        Ok(())
                    }
                    _ => Err(format!("place {at} of {} is no poison", short(shard)).into()),
                }
            }
            DeliveryError::Malformed { record, .. } if !self.parks => {
                self.parks = true;
                self.tally.stopped_at_malformed += 1;
                let Some((at, _)) = self.malformed_at(shard, &record) else {
                    return Err(format!("{}: what it stops at is not in it", short(shard)).into());
                };
                let Some(reading) = life.readings.get(shard) else { return Ok(()) };
                let now = self.now().time;
                for before in reading.start..at {
                    let is_free = self.history.entry(shard, before).is_none_or(|e| e.is_excused || e.is_trimmed(now));
                    if !is_free && !reading.settled.contains(&before) {
                        return Err(
                            format!("{}: it stops at place {at}, before {before} is settled", short(shard)).into()
                        );
                    }
                }
                Ok(())
            }
            other => Err(format!("it ends with {other:?}").into()),
        }
    }
}
