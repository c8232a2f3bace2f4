//! What the machine may ask for: each action is looked at before anything is done about it.

use crate::{
    course::OnGap,
    effects::has_effect,
    history::Entry,
    life::{Flight, PAGE, Stage},
    world::{Fallible, World, short},
};
use chrono::TimeDelta;
use dynacdc_record::{ChangeRecord, Malformed};
use dynacdc_sink::{Lane, ShardId, SubLane};
use dynacdc_source::{Checkpoint, Position, Progress, Stamp, Start, machine::Action};

/// How a wrong position is told.
fn wrong(what: impl Into<String>) -> Fallible {
    Err(what.into().into())
}

impl World {
    /// Looks at an action and puts it in flight.
    pub(crate) fn admit(&mut self, action: Action) -> Fallible {
        let now = self.now();
        self.note_action(&action);
        let Some(call) = action.call() else { return self.admit_done(action) };
        let Some(life) = &self.life else { return Ok(()) };
        let is_twice = |flight: &&Flight| flight.call == call && !matches!(flight.stage, Stage::Owed);
        if life.flights.iter().find(is_twice).is_some() {
            return wrong(format!("{call}: asked for while it is in flight"));
        }
        let is_saving = matches!(action, Action::Save { .. } | Action::Forget { .. });
        if life.stopped.is_some() && !is_saving {
            return wrong(format!("{call}: begun after the stop"));
        }
        match &action {
            Action::Iterator { shard, position } => self.admit_iterator(shard, position)?,
            Action::Records { shard, .. } => self.admit_records(shard)?,
            Action::Write { lane, records } => self.admit_write(lane, records)?,
            Action::Park { lane, record } => self.admit_park(lane, record)?,
            Action::Save { shard, checkpoint, stamp } => self.admit_save(shard, checkpoint, *stamp)?,
            Action::Forget { shard, stamp } => self.admit_forget(shard, *stamp)?,
            Action::Mend { .. } if !self.course.has_outages => return wrong(format!("{call}: nothing is missing")),
            _ => {}
        }
        let Some(life) = &mut self.life else { return Ok(()) };
        let answer = life.machine.answers_at_once(&action);
        let stage = if answer.is_some() { Stage::Owed } else { Stage::Asked };
        if answer.is_none() || is_saving {
            life.flights.push(Flight { call, action, stage });
        }
        if let Some(input) = answer {
            life.machine.handle(input, now);
        }
        Ok(())
    }

    fn admit_done(&mut self, action: Action) -> Fallible {
        let now = self.now().instant;
        let (Action::Done(result), Some(life)) = (action, &mut self.life) else { return Ok(()) };
        let is_over = life.stopped.is_none_or(|at| now >= at + life.limits.drain);
        // Reads that are still in flight change nothing.
        let is_open = |flight: &&Flight| has_effect(&flight.action) && !matches!(flight.stage, Stage::Owed);
        let open = life.flights.iter().find(is_open);
        if let (Some(flight), Ok(_)) = (open, &result)
            && !is_over
        {
            return wrong(format!("done while {} is in flight", flight.call));
        }
        life.done = Some(result);
        Ok(())
    }

    fn admit_iterator(&mut self, shard: &ShardId, position: &Position) -> Fallible {
        let start = self.course.start;
        let Some(life) = &mut self.life else { return Ok(()) };
        let is_first = life.term == 1;
        let is_listed = life.listing.iter().any(|listed| listed.id == *shard);
        let is_leaf = !life.listing.iter().any(|listed| listed.parent.as_ref() == Some(shard));
        let reading = life.reading(shard);
        let is_allowed = is_first && start == Start::Latest && is_listed && is_leaf && !reading.has_iterator;
        if *position == Position::Latest && !is_allowed {
            return wrong(format!("{}: an iterator at LATEST where records could be passed over", short(shard)));
        }
        reading.is_asked = true;
        // The moment before it is asked for is where reading begins, whatever comes of the call.
        if *position == Position::Latest
            && let Some(branch) = self.history.branches.get_mut(shard)
        {
            branch.entries.iter_mut().for_each(|entry| entry.is_excused = true);
        }
        Ok(())
    }

    fn admit_records(&mut self, shard: &ShardId) -> Fallible {
        let now = self.now().time;
        let parent = self.history.branches.get(shard).and_then(|branch| branch.parent.as_ref());
        if let Some(parent) = parent {
            let is_gone = self.history.branches.get(parent).is_some_and(|branch| branch.is_gone(now));
            if !is_gone && !self.finished.contains(parent) {
                return wrong(format!(
                    "{} is read before the end of its parent {} is stored",
                    short(shard),
                    short(parent)
                ));
            }
        }
        let Some(life) = &mut self.life else { return Ok(()) };
        life.reading(shard).is_read = true;
        let active = life.readings.values().filter(|reading| reading.is_read && !reading.is_finished).count();
        let bytes = life.bytes() + PAGE;
        // Shards that begin while others hold more than their new share may read a page each.
        let budget = life.limits.budget.max(active * PAGE) + (active - 1) * PAGE;
        if bytes > budget {
            return wrong(format!("{bytes} bytes are read or set aside, and the budget is {budget}"));
        }
        Ok(())
    }

    fn admit_write(&mut self, lane: &Lane, records: &[ChangeRecord]) -> Fallible {
        let (Some(shard), Lane::Ordered { part, .. }) = (lane.shard(), lane) else {
            return wrong(format!("{lane} is no lane of a shard"));
        };
        let (of, part) = (part.of(), part.part());
        let Some(life) = &mut self.life else { return Ok(()) };
        let limits = life.limits.clone();
        let reading = life.reading(shard);
        if of != reading.sub_lanes.get() {
            return wrong(format!("{lane}: the shard has {} sub-lanes", reading.sub_lanes));
        }
        let bytes: u64 = records.iter().filter_map(ChangeRecord::size_bytes).sum();
        let is_too_large = usize::try_from(bytes)? > limits.batch_bytes && records.len() > 1;
        if records.is_empty() || records.len() > limits.batch_records || is_too_large {
            return wrong(format!("{lane}: a batch of {} records and {bytes} bytes", records.len()));
        }
        let mut cursor = reading.cursors.get(&part).copied().unwrap_or(reading.start);
        for record in records {
            let number = record.sequence_number();
            let at = match self.history.find(number) {
                Some((of, at)) if of == shard => *at,
                _ => return wrong(format!("{lane}: {number} is no record of it")),
            };
            let key = self.history.entry(shard, at).and_then(|entry| entry.key).unwrap_or_default();
            if self.part_of(key, of)? != part {
                return wrong(format!("{lane}: {number} belongs to another sub-lane"));
            }
            if at < cursor {
                return wrong(format!("{lane}: {number} comes again in one life, or was settled before it"));
            }
            self.passes_over(shard, part, of, cursor..at)?;
            cursor = at + 1;
        }
        Ok(())
    }

    /// Whether entries of a shard may be left out on a lane.
    fn passes_over(&self, shard: &ShardId, part: u16, of: u16, places: std::ops::Range<usize>) -> Fallible {
        let now = self.now().time;
        let Some(reading) = self.life.as_ref().and_then(|life| life.readings.get(shard)) else { return Ok(()) };
        for at in places {
            let Some(entry) = self.history.entry(shard, at) else { continue };
            if entry.is_excused || entry.is_trimmed(now) || reading.settled.contains(&at) {
                continue;
            }
            match entry.key {
                None => return wrong(format!("{} goes on before place {at} is parked", short(shard))),
                Some(key) if self.part_of(key, of)? == part => {
                    return wrong(format!("{} passes over the record at place {at}", short(shard)));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn admit_park(&mut self, lane: &Lane, record: &Malformed) -> Fallible {
        let now = self.now().time;
        let Some(shard) = lane.shard() else { return wrong(format!("{lane} is no lane of a shard")) };
        if !matches!(lane, Lane::Ordered { part, .. } if *part == SubLane::WHOLE) {
            return wrong(format!("{lane} is not the whole shard"));
        }
        let Some((at, number)) = self.malformed_at(shard, record) else {
            return wrong(format!("{lane}: what is parked is not in it"));
        };
        if number != record.sequence_number() {
            return wrong(format!("{lane}: what is parked has the number {number:?}"));
        }
        let Some(life) = &mut self.life else { return Ok(()) };
        let reading = life.reading(shard);
        // One without a number is read again with whatever is read behind the number before it.
        if at < reading.start || (reading.settled.contains(&at) && number.is_some()) {
            return wrong(format!("{}: place {at} is parked again in one life", short(shard)));
        }
        let (start, settled) = (reading.start, reading.settled.clone());
        for before in start..at {
            let is_free = self.history.entry(shard, before).is_none_or(|e| e.is_excused || e.is_trimmed(now));
            if !is_free && !settled.contains(&before) {
                return wrong(format!("{}: place {at} is parked before place {before} is settled", short(shard)));
            }
        }
        Ok(())
    }

    /// The place of what cannot be decoded, and its number.
    pub(crate) fn malformed_at(
        &self,
        shard: &ShardId,
        record: &Malformed,
    ) -> Option<(usize, Option<dynacdc_record::SequenceNumber>)> {
        let entries = &self.history.branches.get(shard)?.entries;
        let is_it = |entry: &Entry| entry.raw.as_ref().is_some_and(|raw| raw.as_bytes() == record.raw());
        let at = entries.iter().position(is_it)?;
        Some((at, entries[at].number))
    }

    fn admit_save(&mut self, shard: &ShardId, checkpoint: &Checkpoint, stamp: Stamp) -> Fallible {
        let now = self.now().time;
        let Some(branch) = self.history.branches.get(shard) else { return wrong(format!("there is no {shard}")) };
        let entries = branch.entries.len();
        let (place, last) = match checkpoint.progress {
            Progress::After(number) => (branch.place(number), None),
            Progress::Finished { last } => (None, Some(last)),
            Progress::Begun { .. } => (None, None),
        };
        let (is_closed, highest) = (branch.closed.is_some(), branch.last_number());
        let rank = match (&checkpoint.progress, place) {
            (Progress::Begun { .. }, _) => 0,
            (Progress::After(_), Some(place)) => place + 1,
            (Progress::After(number), None) => return wrong(format!("{} saves {number}, which is none", short(shard))),
            (Progress::Finished { .. }, _) => usize::MAX,
        };
        let is_gone = branch.is_gone(now);
        let skips = self.course.has_outages && self.course.on_gap(self.has_failed) == OnGap::Skip;
        let (start_of_time, start) = (self.beginning.map(|beginning| beginning.at), self.course.start);
        let Some(life) = &mut self.life else { return Ok(()) };
        let is_unread = start == Start::Latest && life.term == 1 && !life.reading(shard).is_asked;
        let listed = life.listing.iter().any(|listed| listed.id == *shard && listed.closed);
        let has_child = life.listing.iter().any(|listed| listed.parent.as_ref() == Some(shard));
        let term = life.term;
        let reading = life.reading(shard);
        if stamp.term != term || stamp.count <= reading.count {
            return wrong(format!(
                "{} saves with {stamp:?} after count {} of term {term}",
                short(shard),
                reading.count
            ));
        }
        // Where gaps are gone over, this is how it looks.
        reading.has_gap |= skips && (rank == 0 || is_gone);
        if rank < reading.rank && !reading.has_gap {
            return wrong(format!(
                "{} saves {:?}, which is behind what it saved before",
                short(shard),
                checkpoint.progress
            ));
        }
        if checkpoint.sub_lanes != reading.sub_lanes {
            return wrong(format!("{} saves {} sub-lanes", short(shard), checkpoint.sub_lanes));
        }
        let has_delivered = !reading.settled.is_empty() || (1..usize::MAX).contains(&reading.start);
        (reading.count, reading.rank, reading.as_of) = (stamp.count, rank, Some(checkpoint.as_of));
        let (first, settled, has_gap) = (reading.start, reading.settled.clone(), reading.has_gap);
        if let Some(last) = last {
            if !is_closed {
                return wrong(format!("{} is saved as finished and is open", short(shard)));
            }
            if (last.is_some() || has_delivered) && last != highest && !has_gap {
                return wrong(format!("{} is finished at {last:?} and ends with {highest:?}", short(shard)));
            }
            if is_unread && listed && has_child {
                for entry in self.history.branches.get_mut(shard).into_iter().flat_map(|branch| &mut branch.entries) {
                    entry.is_excused = true;
                }
            }
        }
        for at in first..rank.min(entries) {
            let is_free = self.history.entry(shard, at).is_none_or(|e| e.is_excused || e.is_trimmed(now));
            if !settled.contains(&at) && !is_free {
                return wrong(format!("{} saves {:?} and place {at} is unsettled", short(shard), checkpoint.progress));
            }
        }
        if checkpoint.as_of > now + TimeDelta::seconds(1) {
            return wrong(format!("{} is saved as of {}, which is to come", short(shard), checkpoint.as_of));
        }
        self.admit_as_of(shard, checkpoint, rank, start_of_time, has_gap)
    }

    /// Everything made up to `as_of` must be covered by the position.
    fn admit_as_of(
        &self,
        shard: &ShardId,
        checkpoint: &Checkpoint,
        rank: usize,
        beginning: Option<chrono::DateTime<chrono::Utc>>,
        has_gap: bool,
    ) -> Fallible {
        let Some(branch) = self.history.branches.get(shard) else { return Ok(()) };
        let is_begun = rank == 0;
        let settled = self.life.as_ref().and_then(|life| life.readings.get(shard)).map(|reading| &reading.settled);
        let is_open = |(at, entry): &(usize, &Entry)| {
            // What has no number is parked again after a restart, and was kept before.
            let is_kept = entry.number.is_none() && entry.is_settled;
            !entry.is_excused && !is_kept && !settled.is_some_and(|settled| settled.contains(at))
        };
        let gaps = self.life.as_ref().map_or(0, |life| life.machine.totals().gaps);
        let has_gap = has_gap || gaps + self.counted_gaps > 0 || !self.gaps.is_empty();
        let open = branch.entries.iter().enumerate().skip(rank).filter(is_open);
        for (at, entry) in open {
            let is_early = beginning.is_some_and(|beginning| checkpoint.as_of <= beginning);
            let is_before = beginning.is_some_and(|beginning| entry.written <= beginning) && (is_begun || is_early);
            // Clocks may be apart by as much, and what is asked for at LATEST lies before the call.
            let is_at_latest = self.course.start == Start::Latest;
            let slack = TimeDelta::seconds(if is_begun || is_at_latest { 60 } else { 0 });
            // What is read after a gap was told, or mended up to now.
            if entry.written + slack < checkpoint.as_of && !is_before && !has_gap {
                return wrong(format!(
                    "{} saves {:?} as of {}, and place {at} was written at {} and is not covered",
                    short(shard),
                    checkpoint.progress,
                    checkpoint.as_of,
                    entry.written
                ));
            }
        }
        Ok(())
    }

    fn admit_forget(&mut self, shard: &ShardId, stamp: Stamp) -> Fallible {
        let now = self.now().time;
        let Some(life) = &mut self.life else { return Ok(()) };
        let term = life.term;
        let reading = life.reading(shard);
        if stamp.term != term || stamp.count <= reading.count {
            return wrong(format!("{} is forgotten with {stamp:?}", short(shard)));
        }
        reading.count = stamp.count;
        let is_finished = reading.is_finished;
        let branch = self.history.branches.get(shard);
        // Once its records are trimmed, reading it again gives nothing.
        let is_over =
            branch.is_none_or(|branch| branch.is_gone(now) || branch.entries.iter().all(|e| e.is_trimmed(now)));
        if !is_finished || !is_over {
            return wrong(format!("{} is forgotten, and is not gone or not finished", short(shard)));
        }
        Ok(())
    }

    fn note_action(&mut self, action: &Action) {
        if self.timeline.is_none() {
            return;
        }
        let line = match action {
            Action::List { after } => format!("list after {}", after.as_ref().map_or("-", short)),
            Action::Children { of } => format!("children of {}", short(of)),
            Action::Iterator { shard, position } => format!("iterator of {} at {position:?}", short(shard)),
            Action::Records { shard, limit, .. } => format!("records of {}, at most {limit:?}", short(shard)),
            Action::Write { lane, records } => {
                let numbers: Vec<String> = records.iter().map(|record| record.event_id().to_owned()).collect();
                let part = match lane {
                    Lane::Ordered { part, .. } => part.part(),
                    _ => 0,
                };
                format!("write {} [{part}]: {}", lane.shard().map_or("-", short), numbers.join(" "))
            }
            Action::Park { lane, record } => {
                format!("park {}: {:?}", lane.shard().map_or("-", short), record.event_id())
            }
            Action::Save { shard, checkpoint, stamp } => {
                let (progress, as_of) = (&checkpoint.progress, checkpoint.as_of);
                format!("save {} {progress:?} as of {as_of}, {}.{}", short(shard), stamp.term, stamp.count)
            }
            Action::Forget { shard, .. } => format!("forget {}", short(shard)),
            Action::Mend { gap, .. } => format!("mend {gap}"),
            Action::Done(result) => format!("done: {result:?}"),
        };
        self.note(|| format!("    asks: {line}"));
    }
}
