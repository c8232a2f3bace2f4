use super::Batch;
use crate::Lane;
use dynacdc_record::ChangeRecord;
use std::{borrow::Cow, ops::Range};
use tokio::time::Instant;

/// Some records of a batch, or records derived from them, that know their positions in it.
///
/// A layer hands [`batch`](Self::batch) down and puts the answer back with [`Slots::place`](crate::Slots::place).
/// One position may occur more than once: a change that moves an item becomes two records. Positions must rise or stay,
/// so that records of one key keep their order.
#[derive(Debug, Clone)]
#[must_use]
pub struct Part<'a> {
    lane: &'a Lane,
    deadline: Option<Instant>,
    records: Cow<'a, [ChangeRecord]>,
    positions: Vec<usize>,
}

impl<'a> Part<'a> {
    /// A part of the batch, still without records.
    pub const fn new(batch: Batch<'a>) -> Self {
        Self { lane: batch.lane, deadline: batch.deadline, records: Cow::Borrowed(&[]), positions: Vec::new() }
    }

    /// `run` lies within the batch.
    pub(super) fn of_run(batch: Batch<'a>, run: Range<usize>) -> Self {
        Self { records: Cow::Borrowed(&batch.records[run.clone()]), positions: run.collect(), ..Self::new(batch) }
    }

    /// `positions` rise and lie within the batch.
    pub(super) fn of(batch: Batch<'a>, positions: Vec<usize>) -> Self {
        match (positions.first(), positions.last()) {
            (Some(&first), Some(&last)) if last - first + 1 == positions.len() => Self::of_run(batch, first..last + 1),
            _ => {
                let records = positions.iter().map(|&at| batch.records[at].clone()).collect();
                Self { records: Cow::Owned(records), positions, ..Self::new(batch) }
            }
        }
    }

    /// Adds a record that stands for the one at `position` of the batch.
    pub fn push(&mut self, position: usize, record: ChangeRecord) {
        self.positions.push(position);
        self.records.to_mut().push(record);
    }

    /// The records as a batch of the same lane and deadline.
    pub fn batch(&self) -> Batch<'_> {
        Batch { lane: self.lane, records: &self.records, deadline: self.deadline }
    }

    /// The position of each record in the batch that the part was taken from.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Whether all records stand for one and the same record of the batch.
    pub(crate) fn is_of_one(&self) -> bool {
        self.positions.windows(2).all(|pair| pair[0] == pair[1])
    }
}
