use super::{
    Machine, ShardHealth, ShardState,
    reader::Reader,
    shard::{Absent, Phase, Shard},
};
use dynacdc_sink::ShardId;

impl Machine {
    /// How a shard is doing; none if it is not known, or is gone.
    pub(super) fn health_of(&self, id: &ShardId) -> Option<ShardHealth> {
        let shard = self.shards.get(id)?;
        let state = self.state_of(id, shard)?;
        Some(match &shard.phase {
            Phase::Reading(reader) => ShardHealth {
                state,
                polled: Some(reader.polled),
                newest_read: reader.newest_read,
                newest_settled: reader.newest_settled,
                oldest_unsettled: reader.buffer.oldest_unsettled(),
                as_of: Some(reader.as_of),
                settled: reader.settled,
                unsettled_records: reader.buffer.unsettled(),
                unsettled_bytes: reader.buffer.bytes(),
            },
            _ => ShardHealth {
                state,
                polled: None,
                newest_read: None,
                newest_settled: None,
                oldest_unsettled: None,
                as_of: shard.saver.durable().map(|stored| stored.as_of),
                settled: shard.last(),
                unsettled_records: 0,
                unsettled_bytes: 0,
            },
        })
    }

    fn state_of(&self, id: &ShardId, shard: &Shard) -> Option<ShardState> {
        let state = match &shard.phase {
            Phase::Absent(Absent::Gone) => return None,
            Phase::Passing if shard.saver.is_failing() => ShardState::Unsaved,
            Phase::Finished { .. } | Phase::Passing => ShardState::Finished,
            Phase::Absent(Absent::Asked { pause, .. }) if pause.is_failing() => ShardState::Throttled,
            Phase::Waiting | Phase::Absent(_) => ShardState::Waiting,
            Phase::Reading(reader) => self.reading_state(id, reader),
        };
        Some(if shard.saver.is_failing() { state.max(ShardState::Unsaved) } else { state })
    }

    fn reading_state(&self, id: &ShardId, reader: &Reader) -> ShardState {
        if reader.gap.is_some() {
            ShardState::Gap
        } else if reader.lanes.is_failing() || reader.park_pause.is_failing() {
            ShardState::Retrying
        } else if reader.pause.is_failing() {
            ShardState::Throttled
        } else if self.budget.is_held_up(id) {
            ShardState::Full
        } else {
            ShardState::Reading
        }
    }
}
