//! What sink and stores answered.

use super::{Call, Machine, Now, PollError, Written, mending::Stage, shard::Phase};
use crate::{CheckpointError, CheckpointErrorKind, DeliveryError, OnMalformed, Progress};
use dynacdc_sink::{Lane, ShardId, SinkError};

impl Machine {
    pub(super) fn written(&mut self, lane: &Lane, written: Written, now: Now) {
        let Lane::Ordered { shard: id, part, .. } = lane else { return };
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        if !reader.lanes.is_flying(part.part()) {
            return;
        }
        self.busy -= 1;
        self.schedule.ready(id);
        let before = reader.buffer.unsettled();
        let first = reader.lanes.written(part.part(), written.settled, &mut reader.buffer);
        self.totals.records += (before - reader.buffer.unsettled()) as u64;
        if let Some(first) = first {
            let error = written.error.unwrap_or_else(|| SinkError::transient("a record was left unsettled"));
            let number = reader.buffer.record(first).map(|(record, _)| record.sequence_number());
            match number.map(|number| DeliveryError::of_write(lane, &self.settings.sink, number, error.clone())) {
                Some(Err(source)) => {
                    let shard = id.clone();
                    self.settled(id, now);
                    return self.fail(PollError::Delivery { shard, source }, now);
                }
                _ => {
                    self.totals.errors += 1;
                    let wait = reader.lanes.fail(part.part(), now.instant);
                    tracing::warn!(%lane, sink = %self.settings.sink, ?wait, %error, "delivery is tried again");
                }
            }
        }
        self.settled(id, now);
    }

    pub(super) fn parked(&mut self, lane: &Lane, result: Result<(), SinkError>, now: Now) {
        let Some(id) = lane.shard() else { return };
        if !self.answers(&Call::Park(lane.clone()), id) {
            return;
        }
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        reader.parking = false;
        match result.map_err(|error| (DeliveryError::of_park(lane, error.clone()), error)) {
            Ok(()) => {
                let what = reader.buffer.malformed().map(|record| record.error().to_string());
                tracing::warn!(%lane, error = what, "a record that could not be decoded is parked");
                reader.buffer.settle_malformed();
                reader.park_pause.succeed();
                self.totals.records += 1;
                self.settled(id, now);
            }
            Err((Ok(()), error)) => {
                self.totals.errors += 1;
                let wait = reader.park_pause.fail(now.instant);
                tracing::warn!(%lane, ?wait, %error, "parking a record that could not be decoded is tried again");
            }
            Err((Err(source), _)) => self.fail(PollError::Delivery { shard: id.clone(), source }, now),
        }
    }

    /// Saves how far a shard is settled, and does what waits for it.
    pub(super) fn settled(&mut self, id: &ShardId, now: Now) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        self.schedule.ready(id);
        let Phase::Reading(reader) = &mut shard.phase else { return };
        let freed = reader.advance();
        let is_empty = reader.buffer.is_empty();
        let checkpoint = reader.checkpoint();
        match &mut reader.gap {
            Some(mending) => {
                if freed.is_some() {
                    shard.saver.want(checkpoint);
                }
                if mending.stage == Stage::Settling && is_empty {
                    self.gap_settled(id, now);
                }
            }
            None if reader.ended && is_empty => shard.saver.want_now(checkpoint),
            // An idle shard is saved for its time.
            None if freed.is_some() || shard.saver.is_outdated(reader.as_of, reader.began_as_of) => {
                shard.saver.want(checkpoint);
            }
            None => {}
        }
        if let Some(bytes) = freed {
            self.budget.released(bytes);
            self.give_turn();
        }
        self.stop_at_malformed(id, now);
    }

    fn stop_at_malformed(&mut self, id: &ShardId, now: Now) {
        let Some(reader) = self.shards.get_mut(id).and_then(|shard| shard.reader()) else { return };
        if self.closing.is_some() || !matches!(self.settings.on_malformed, OnMalformed::Stop) {
            return;
        }
        if let Some(record) = reader.buffer.malformed() {
            let lane = Lane::ordered(self.settings.stream.clone(), id.clone());
            let source = Box::new(DeliveryError::Malformed { lane, record: Box::new(record.clone()) });
            self.fail(PollError::Delivery { shard: id.clone(), source }, now);
        }
    }

    pub(super) fn saved(&mut self, id: &ShardId, result: Result<(), CheckpointError>, now: Now) {
        if !self.answers(&Call::Save(id.clone()), id) {
            return;
        }
        let Some(shard) = self.shards.get_mut(id) else { return };
        self.totals.errors += u64::from(result.is_err());
        if let Err(error) = shard.saver.answered(result, now.instant) {
            shard.saver.give_up();
            return self.store_failed(error, now);
        }
        let as_of = shard.saver.durable().map(|stored| stored.as_of);
        self.newest_stored = as_of.map_or(self.newest_stored, |as_of| as_of.max(self.newest_stored));
        let progress = shard.saver.durable().filter(|_| shard.saver.is_saved()).map(|stored| &stored.progress);
        let finished = matches!(progress, Some(Progress::Finished { .. }));
        let begun = matches!(progress, Some(Progress::Begun { .. }));
        if let Some(reader) = shard.reader()
            && let Some(mending) = &reader.gap
            && mending.stage == Stage::Saving
            && (begun || finished)
        {
            reader.gap = None;
        }
        if finished {
            self.finish(id, now);
        }
    }

    pub(super) fn forgotten(&mut self, id: &ShardId, result: Result<(), CheckpointError>, now: Now) {
        if !self.answers(&Call::Forget(id.clone()), id) {
            return;
        }
        let Some(shard) = self.shards.get_mut(id) else { return };
        self.totals.errors += u64::from(result.is_err());
        match shard.saver.answered(result, now.instant) {
            Err(error) => {
                shard.saver.give_up();
                self.store_failed(error, now);
            }
            Ok(()) if shard.saver.durable().is_none() => {
                self.forgotten.insert(id.clone(), now.instant);
                self.remove(id);
            }
            Ok(()) => {}
        }
    }

    fn store_failed(&mut self, error: CheckpointError, now: Now) {
        let superseded = error.kind() == CheckpointErrorKind::Superseded;
        self.fail(error.into(), now);
        if let Some(closing) = &mut self.closing
            && superseded
        {
            closing.superseded = true;
            self.shards.values_mut().filter(|shard| !shard.saver.is_flying()).for_each(|shard| shard.saver.give_up());
        }
    }

    /// Whether that is the answer to a call in flight that the end is waiting for. It is answered then.
    pub(super) fn answers(&mut self, call: &Call, id: &ShardId) -> bool {
        let answers = self.shards.get(id).is_some_and(|shard| shard.awaits(call));
        if answers {
            self.busy -= 1;
            self.schedule.ready(id);
            self.changed.insert(id.clone());
        }
        answers
    }
}
