//! What becomes of an action: the call on the simulator, the store or the sink, and what it answers.

use crate::{
    control::Control,
    course::Kills,
    life::{Life, Stage},
    world::{Delivered, Fallible, Ghost, World, short},
};
use dynacdc_record::{ChangeRecord, SequenceNumber};
use dynacdc_sink::{ShardId, SinkError};
use dynacdc_source::{
    CheckpointError, CheckpointErrorKind, CheckpointStore, Position, Progress, StreamsApi, StreamsErrorKind,
    machine::{Action, Input, Written},
};

/// Whether a call changes something outside.
pub(crate) const fn has_effect(action: &Action) -> bool {
    matches!(
        action,
        Action::Write { .. } | Action::Park { .. } | Action::Save { .. } | Action::Forget { .. } | Action::Mend { .. }
    )
}

impl World {
    /// Does what is in flight at this place, or lets its answer arrive.
    pub(crate) async fn fly(&mut self, at: usize, arrives: bool) -> Fallible {
        let Some(life) = &mut self.life else { return Ok(()) };
        let nth = life.nth;
        let stage = std::mem::replace(&mut life.flights[at].stage, Stage::Asked);
        let action = life.flights[at].action.clone();
        let input = match stage {
            Stage::Answered(input) => *input,
            Stage::Owed => {
                self.effect(&action, nth).await?;
                self.land_flight(at);
                return Ok(());
            }
            Stage::Asked | Stage::Lost => {
                let input = self.answer(&action, nth).await?;
                let is_lost = !self.is_calm
                    && has_effect(&action)
                    && self.course.kills != Kills::Often(0)
                    && self.chance(self.course.lost_answers)
                    && !matches!(input, Input::Panicked { .. });
                if is_lost {
                    self.note(|| "  done, and the answer is lost".to_owned());
                    self.tally.lost_answers += 1;
                    return self.set_stage(at, Stage::Lost);
                }
                if !arrives {
                    return self.set_stage(at, Stage::Answered(Box::new(input)));
                }
                input
            }
        };
        self.land_flight(at);
        self.note_answer(&input);
        self.learn(&action, &input)?;
        self.hand_over(input);
        Ok(())
    }

    fn set_stage(&mut self, at: usize, stage: Stage) -> Fallible {
        if let Some(life) = &mut self.life {
            life.flights[at].stage = stage;
        }
        Ok(())
    }

    fn land_flight(&mut self, at: usize) {
        if let Some(life) = &mut self.life {
            life.flights.remove(at);
        }
    }

    async fn answer(&mut self, action: &Action, nth: u32) -> Fallible<Input> {
        let panics = !self.is_calm && has_effect(action) && self.dice.u32(0..1000) < self.course.panics;
        if panics && let Some(call) = action.call() {
            if self.dice.bool() {
                self.effect(action, nth).await?;
            }
            return Ok(Input::Panicked { call });
        }
        self.effect(action, nth).await
    }

    /// Does it.
    pub(crate) async fn effect(&mut self, action: &Action, nth: u32) -> Fallible<Input> {
        Ok(match action {
            Action::Write { lane, records } => {
                let written = self.sink(records, nth)?;
                Input::Written { lane: lane.clone(), written }
            }
            Action::Park { lane, record } => {
                let fails = !self.is_calm && self.chance(self.course.sink_failures);
                let result = if fails { Err(SinkError::transient("not now")) } else { Ok(()) };
                if let (Ok(()), Some(shard)) = (&result, lane.shard())
                    && let Some((at, _)) = self.malformed_at(shard, record)
                    && let Some(entry) = self.history.entry_mut(shard, at)
                {
                    entry.is_settled = true;
                    self.tally.parked += 1;
                }
                Input::Parked { lane: lane.clone(), result }
            }
            Action::Save { shard, .. } => {
                let result = self.store(action).await?;
                self.tally.saves += u64::from(result.is_ok());
                Input::Saved { shard: shard.clone(), result }
            }
            Action::Forget { shard, .. } => {
                let result = self.store(action).await?;
                Input::Forgotten { shard: shard.clone(), result }
            }
            Action::Mend { shard, gap } => {
                self.note(|| format!("  {gap}"));
                let fails = !self.is_calm && self.chance(self.course.sink_failures);
                let result = if fails { Err(SinkError::transient("not now")) } else { Ok(()) };
                self.gaps.insert(shard.clone());
                Input::Mended { shard: shard.clone(), result }
            }
            Action::Iterator { shard, position } => {
                let mut found = self.stream.iterator(&self.arn, shard, position).await;
                let is_trimmed = found.as_ref().is_err_and(|error| error.kind() == StreamsErrorKind::Trimmed);
                if self.control == Some(Control::GoesOverGaps) && is_trimmed {
                    found = self.stream.iterator(&self.arn, shard, &Position::TrimHorizon).await;
                }
                // The moment before it was asked for is where reading begins, whether or not the call succeeds.
                if *position == Position::Latest {
                    let entries =
                        self.history.branches.get_mut(shard).into_iter().flat_map(|branch| &mut branch.entries);
                    entries.for_each(|entry| entry.is_excused = true);
                }
                Input::Iterator { shard: shard.clone(), found }
            }
            _ => self.ask(action).await?,
        })
    }

    /// A call of the Streams API.
    pub(crate) async fn ask(&mut self, action: &Action) -> Fallible<Input> {
        Ok(match action {
            Action::List { after } => Input::Listed(self.stream.describe(&self.arn, after.as_ref()).await),
            Action::Children { of } => {
                Input::Children { of: of.clone(), found: self.stream.children(&self.arn, of).await }
            }
            Action::Iterator { shard, position } => {
                let found = self.stream.iterator(&self.arn, shard, position).await;
                Input::Iterator { shard: shard.clone(), found }
            }
            Action::Records { shard, iterator, limit } => {
                let page = self.stream.records(&self.arn, iterator, *limit).await;
                Input::Records { shard: shard.clone(), page }
            }
            other => return Err(format!("no call of the Streams API: {other:?}").into()),
        })
    }

    /// Settles some records, or all.
    fn sink(&mut self, records: &[ChangeRecord], life: u32) -> Fallible<Written> {
        let fails = !self.is_calm && self.chance(self.course.sink_failures);
        let most = if fails { self.dice.usize(..records.len()) } else { records.len() };
        self.tally.writes += 1;
        for (at, record) in records.iter().enumerate() {
            let number = record.sequence_number();
            let is_poison = self.history.find(number).and_then(|(shard, at)| self.history.entry(shard, *at));
            if is_poison.is_some_and(|entry| entry.is_poison) {
                return Ok(Written { settled: at, error: Some(SinkError::poison("it cannot be written")) });
            }
            if at == most {
                self.tally.partial += 1;
                return Ok(Written { settled: at, error: Some(SinkError::transient("not now")) });
            }
            self.deliver(number, life)?;
        }
        Ok(Written { settled: records.len(), error: None })
    }

    /// One record takes effect. Per item the order is that of the stream, but for rewinds after a resume, which go on.
    fn deliver(&mut self, number: SequenceNumber, life: u32) -> Fallible {
        let now = self.now().time;
        let Some((shard, at)) = self.history.find(number).cloned() else { return Ok(()) };
        let Some(entry) = self.history.entry(&shard, at) else { return Ok(()) };
        let (Some(key), nth, was_settled) = (entry.key, entry.nth, entry.is_settled) else { return Ok(()) };
        let last = self.delivered[usize::from(key)];
        if last.is_some_and(|last| last.life == life && nth <= last.nth) {
            return Err(format!("item {key}: #{nth} is delivered again or too late within one life").into());
        }
        let from = last.map_or(0, |last| last.nth + 1);
        for passed in from..nth {
            let (shard, at) = &self.history.keys[usize::from(key)][passed];
            if self.history.entry(shard, *at).is_some_and(|entry| !entry.is_excused && !entry.is_trimmed(now)) {
                return Err(format!("item {key}: #{nth} is delivered before #{passed}").into());
            }
        }
        self.delivered[usize::from(key)] = Some(Delivered { nth, life });
        self.tally.settled += 1;
        self.tally.duplicates += u64::from(was_settled);
        if let Some(entry) = self.history.entry_mut(&shard, at) {
            entry.is_settled = true;
        }
        Ok(())
    }

    /// A call of the store, which may fail, or fail to say that it succeeded, or come through later.
    async fn store(&mut self, action: &Action) -> Fallible<Result<(), CheckpointError>> {
        let unavailable = || Err(CheckpointError::new(CheckpointErrorKind::Unavailable, "not now"));
        if !self.is_calm && self.chance(self.course.store_failures) {
            match self.dice.u32(0..3) {
                0 => self.land(action).await?.unwrap_or_default(),
                1 => {
                    let term = self.life.as_ref().map_or(0, |life| life.term);
                    self.ghosts.push(Ghost { action: action.clone(), term });
                }
                _ => {}
            }
            return Ok(unavailable());
        }
        self.land(action).await
    }

    /// The call reaches the store.
    pub(crate) async fn land(&mut self, action: &Action) -> Fallible<Result<(), CheckpointError>> {
        let before = self.checkpoints.load(&self.arn).await?;
        let (shard, stamp, mut result) = match action {
            Action::Save { shard, checkpoint, stamp } => {
                (shard, *stamp, self.checkpoints.save(&self.arn, shard, checkpoint, *stamp).await)
            }
            Action::Forget { shard, stamp } => (shard, *stamp, self.checkpoints.forget(&self.arn, shard, *stamp).await),
            _ => return Ok(Ok(())),
        };
        let current = before.as_ref().map_or(0, |stored| stored.tenure.term);
        let is_old = stamp.term < current;
        if is_old
            && self.control == Some(Control::NoOwnerIsOld)
            && let Action::Save { checkpoint, .. } = action
        {
            let stamp = dynacdc_source::Stamp { term: current, count: u64::MAX / 2 };
            result = self.checkpoints.save(&self.arn, shard, checkpoint, stamp).await;
        }
        let after = self.checkpoints.load(&self.arn).await?;
        if is_old && before != after {
            return Err(format!("an old owner changed the position of {}", short(shard)).into());
        }
        if is_old && result.is_ok() {
            return Err(format!("an old owner is not told that it is one, saving {}", short(shard)).into());
        }
        let stored = after.as_ref().and_then(|stored| stored.checkpoints.iter().find(|(id, _)| id == shard));
        if stored.is_some_and(|(_, checkpoint)| checkpoint.progress.is_finished()) {
            self.finished.insert(shard.clone());
        }
        Ok(result)
    }

    /// What a life knows once an answer has arrived.
    fn learn(&mut self, action: &Action, input: &Input) -> Fallible {
        let Some(life) = &mut self.life else { return Ok(()) };
        match (action, input) {
            (Action::List { .. }, Input::Listed(Ok(page))) if !life.is_listed => {
                life.listing.extend(page.shards.iter().cloned());
                life.is_listed = page.more_after.is_none() || page.shards.is_empty();
            }
            (_, Input::Iterator { shard, found: Ok(_) }) => life.reading(shard).has_iterator = true,
            (_, Input::Records { shard, page: Ok(page) }) => {
                let mut bytes = 0;
                let reading = life.reading(shard);
                for record in page.records.records() {
                    let Some((_, at)) = self.history.find(record.sequence_number()) else { continue };
                    let Some(entry) = self.history.entry(shard, *at) else { continue };
                    let is_new = *at >= reading.start && !entry.is_excused && !reading.settled.contains(at);
                    if is_new && reading.held.insert(*at) {
                        bytes += entry.size;
                    }
                    reading.last_read = reading.last_read.max(Some(*at));
                }
                life.held_bytes += bytes;
            }
            (Action::Write { lane, records }, Input::Written { written, .. }) => {
                let Some(shard) = lane.shard() else { return Ok(()) };
                let part = match lane {
                    dynacdc_sink::Lane::Ordered { part, .. } => part.part(),
                    _ => 0,
                };
                let mut bytes = 0;
                let reading = life.reading(shard);
                for record in &records[..written.settled] {
                    let Some((_, at)) = self.history.find(record.sequence_number()) else { continue };
                    reading.settled.insert(*at);
                    reading.cursors.insert(part, at + 1);
                    if reading.held.remove(at) {
                        bytes += self.history.entry(shard, *at).map_or(0, |entry| entry.size);
                    }
                }
                life.held_bytes -= bytes;
            }
            (Action::Park { lane, record }, Input::Parked { result: Ok(()), .. }) => {
                let Some(shard) = lane.shard() else { return Ok(()) };
                if let Some((at, _)) = self.malformed_at(shard, record)
                    && let Some(life) = &mut self.life
                {
                    life.reading(shard).settled.insert(at);
                }
            }
            (Action::Save { shard, checkpoint, .. }, Input::Saved { result: Ok(()), .. }) => {
                if matches!(checkpoint.progress, Progress::Finished { .. }) {
                    life.reading(shard).is_finished = true;
                    life.machine.has_finished(shard);
                }
            }
            (_, Input::Mended { shard, result: Ok(()) }) => life.reading(shard).has_gap = true,
            (_, Input::Panicked { .. }) => {
                life.has_panicked = true;
                self.tally.panics += 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn note_answer(&mut self, input: &Input) {
        if self.timeline.is_none() {
            return;
        }
        let kind = |error: &dynacdc_source::StreamsError| format!("{:?}", error.kind());
        let line = match input {
            Input::Listed(Ok(page)) | Input::Children { found: Ok(page), .. } => {
                let shown = page.shards.iter().map(|shard| {
                    let parent = shard.parent.as_ref().map_or("-", short);
                    format!("{}<{parent}{}", short(&shard.id), if shard.closed { " closed" } else { "" })
                });
                let of = match input {
                    Input::Children { of, .. } => format!("children of {}", short(of)),
                    _ => "listed".to_owned(),
                };
                let more = page.more_after.as_ref().map_or("", |_| ", more");
                format!("{of}: {:?} [{}]{more}", page.status, shown.collect::<Vec<_>>().join(", "))
            }
            Input::Listed(Err(error)) => format!("listed: {}", kind(error)),
            Input::Children { of, found: Err(error) } => format!("children of {}: {}", short(of), kind(error)),
            Input::Iterator { shard, found } => {
                format!("iterator of {}: {}", short(shard), found.as_ref().err().map_or("ok".to_owned(), kind))
            }
            Input::Records { shard, page: Ok(page) } => {
                let ids = page.records.records().iter().map(ChangeRecord::event_id).collect::<Vec<_>>();
                let bad = page.records.malformed().len();
                let end = if page.next.is_none() { ", the last" } else { "" };
                format!("records of {}: {} ({bad} malformed){end}", short(shard), ids.join(" "))
            }
            Input::Records { shard, page: Err(error) } => format!("records of {}: {}", short(shard), kind(error)),
            Input::Written { lane, written } => {
                let error = written.error.as_ref().map_or("ok", SinkError::context);
                format!("written to {}: {} settled, {error}", lane.shard().map_or("-", short), written.settled)
            }
            other => format!("{other:?}"),
        };
        self.note(|| format!("  answer: {line}"));
    }
}

/// What a stored position of a shard stands for, kept where a life ends in good order.
pub(crate) fn settled_to(life: &Life, shard: &ShardId, history: &crate::history::History) -> Option<usize> {
    let reading = life.readings.get(shard)?;
    let branch = history.branches.get(shard)?;
    let mut saved = None;
    for (at, entry) in branch.entries.iter().enumerate().skip(reading.start) {
        if reading.settled.contains(&at) {
            if entry.number.is_some() {
                saved = Some(at + 1);
            }
        } else if !entry.is_excused || reading.last_read >= Some(at) {
            break;
        }
    }
    saved
}
