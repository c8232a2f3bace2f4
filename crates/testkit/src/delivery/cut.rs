//! What a batch is cut from its shard.

use super::Plan;
use crate::scenario::Shard;
use dynacdc_record::ChangeRecord;

/// A batch: records of one shard and where they stand in it.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) shard: usize,
    pub(super) positions: Vec<usize>,
    pub(super) records: Vec<ChangeRecord>,
}

impl Cut {
    /// Where the shard goes on if so many records at the start of the batch are settled.
    pub(super) fn position_after(&self, settled: usize) -> usize {
        match self.positions.get(settled) {
            Some(first_unsettled) => *first_unsettled,
            None => self.positions.last().map_or(0, |last| last + 1),
        }
    }

    /// The lowest position in it.
    pub(super) fn begin(&self) -> usize {
        self.positions.first().copied().unwrap_or_default()
    }

    /// A batch of a shard that is handled up to `position`; none if nothing is left. It may start before the position.
    pub(super) fn next(
        rng: &mut fastrand::Rng,
        plan: &Plan,
        at: usize,
        shard: &Shard,
        position: usize,
        may_rewind: bool,
    ) -> Option<Self> {
        let mut begin = position;
        if may_rewind && rng.u16(..1000) < plan.rewinds {
            begin = position.saturating_sub(rng.usize(..plan.rewind_by));
        }
        let end = (begin + rng.usize(1..=plan.batch)).min(shard.records().len());
        let mut cut = Self { shard: at, positions: Vec::new(), records: Vec::new() };
        for position in begin..end {
            cut.push(shard, position);
            if rng.u16(..1000) < plan.twins {
                // Twice in a row, or the last few again.
                let back = if rng.bool() { 1 } else { rng.usize(1..=cut.positions.len().min(3)) };
                for again in (position + 1).saturating_sub(back).max(begin)..=position {
                    cut.push(shard, again);
                }
            }
        }
        (!cut.records.is_empty()).then_some(cut)
    }

    /// One record that was handled before; none if there is none.
    pub(super) fn stray(rng: &mut fastrand::Rng, at: usize, shard: &Shard, position: usize) -> Option<Self> {
        if position == 0 {
            return None;
        }
        let mut cut = Self { shard: at, positions: Vec::new(), records: Vec::new() };
        cut.push(shard, rng.usize(..position));
        Some(cut)
    }

    fn push(&mut self, shard: &Shard, position: usize) {
        self.positions.push(position);
        self.records.push(shard.records()[position].clone());
    }
}
