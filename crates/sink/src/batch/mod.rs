//! What a sink is given.

mod part;

pub use part::Part;

use crate::Lane;
use dynacdc_record::ChangeRecord;
use std::{ops::Range, time::Duration};
use tokio::time::Instant;

/// Records of one lane, in order, with the time by which the writing must be over.
///
/// It borrows and is `Copy`: pass it by value, like a slice.
///
/// The deadline is an [`Instant`] of tokio, not of the standard library, so that it stands still where a test pauses
/// tokio's clock. Either converts into the other with `From`.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Batch<'a> {
    lane: &'a Lane,
    records: &'a [ChangeRecord],
    deadline: Option<Instant>,
}

impl<'a> Batch<'a> {
    /// A batch without a deadline.
    pub const fn new(lane: &'a Lane, records: &'a [ChangeRecord]) -> Self {
        Self { lane, records, deadline: None }
    }

    /// With another deadline. What has not begun by then is to be left and reported unsettled.
    pub fn with_deadline(self, deadline: impl Into<Option<Instant>>) -> Self {
        Self { deadline: deadline.into(), ..self }
    }

    /// Where the records come from.
    pub const fn lane(&self) -> &'a Lane {
        self.lane
    }

    /// The records, in the order of the lane.
    pub const fn records(&self) -> &'a [ChangeRecord] {
        self.records
    }

    /// How many records there are.
    pub const fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records: then there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// When the time is over; none if it is not limited.
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time until the deadline, zero once it is past; none if the time is not limited.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether nothing may be begun any more.
    pub fn is_past_deadline(&self) -> bool {
        self.time_left().is_some_and(|left| left.is_zero())
    }

    /// The same with half of the time that is left. For what has to be done before the writing: if it took all of the
    /// time, no delivery would ever get to the writing.
    pub(crate) fn with_half_the_time(self) -> Self {
        let half = |deadline: Instant| deadline.checked_sub(deadline.saturating_duration_since(Instant::now()) / 2);
        Self { deadline: self.deadline.map(|deadline| half(deadline).unwrap_or(deadline)), ..self }
    }

    /// All of it as a part, without copying.
    pub fn whole(&self) -> Part<'a> {
        self.slice(0..self.len())
    }

    /// Neighbouring records as a part, without copying. What the range has beyond the batch is left out.
    pub fn slice(&self, range: Range<usize>) -> Part<'a> {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        Part::of_run(*self, start..end)
    }

    /// The records for which `keep` holds, as a part. `keep` is called once per record with its position. Records are
    /// copied (a reference count each) only where others lie between them.
    pub fn select(&self, mut keep: impl FnMut(usize, &ChangeRecord) -> bool) -> Part<'a> {
        let positions = self.records.iter().enumerate().filter(|(at, record)| keep(*at, record)).map(|(at, _)| at);
        Part::of(*self, positions.collect())
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Copy>() {}
    shared::<Batch<'_>>();
};
