use super::Discarded;
use chrono::{DateTime, Utc};
use dynacdc_record::SequenceNumber;
use dynacdc_sink::ShardId;

/// What a run of a mapping did.
#[derive(Debug, Clone, Default)]
pub struct MappingRun {
    pub(super) invocations: Vec<Invocation>,
    pub(super) settled: Vec<SequenceNumber>,
    pub(super) filtered: Vec<SequenceNumber>,
    pub(super) discarded: Vec<Discarded>,
    pub(super) throttled: u64,
    pub(super) redelivered: u64,
    pub(super) trimmed: u64,
}

/// One call that reached the function.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub(super) shard: ShardId,
    pub(super) part: u16,
    pub(super) records: Vec<Option<SequenceNumber>>,
    pub(super) attempt: u32,
    pub(super) begun: DateTime<Utc>,
    pub(super) ended: DateTime<Utc>,
    pub(super) outcome: InvocationOutcome,
}

/// What an invocation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvocationOutcome {
    /// The batch is settled.
    Succeeded,
    /// The batch is settled up to the record at this place, counted from 0, which comes again with all behind it.
    FailedFrom(usize),
    /// The answer failed the whole batch.
    FailedWhole,
    /// The function returned an error or panicked.
    Threw,
    /// The function took longer than its timeout. It was dropped where it was.
    TimedOut,
    /// A batch that had succeeded came once more, late; nobody looks at the answer.
    Stray,
}

impl MappingRun {
    /// Every call that reached the function, in the order in which they began.
    pub fn invocations(&self) -> &[Invocation] {
        &self.invocations
    }

    /// The records that the function settled, once each, in the order in which they were settled. Those without a number
    /// that could be read are not among them.
    pub fn settled(&self) -> &[SequenceNumber] {
        &self.settled
    }

    /// The records that no filter took.
    pub fn filtered(&self) -> &[SequenceNumber] {
        &self.filtered
    }

    /// The records that were given up, as messages to the on-failure destination.
    pub fn discarded(&self) -> &[Discarded] {
        &self.discarded
    }

    /// How often the function was not reached.
    pub const fn throttled(&self) -> u64 {
        self.throttled
    }

    /// How many batches came again although they had succeeded.
    pub const fn redelivered(&self) -> u64 {
        self.redelivered
    }

    /// How many records were trimmed before they were read. Lambda says nothing about them.
    pub const fn trimmed(&self) -> u64 {
        self.trimmed
    }

    /// How often a record was in an event.
    pub fn deliveries(&self, number: SequenceNumber) -> usize {
        self.invocations.iter().filter(|invocation| invocation.records.contains(&Some(number))).count()
    }
}

impl Invocation {
    /// The shard of its records: a batch never mixes shards.
    pub const fn shard(&self) -> &ShardId {
        &self.shard
    }

    /// Which of the parallel batches of the shard it was, from 0.
    pub const fn part(&self) -> u16 {
        self.part
    }

    /// The numbers of its records, none where one has none; nothing in the last invocation of a window that has no more.
    pub fn records(&self) -> &[Option<SequenceNumber>] {
        &self.records
    }

    /// The how manieth invocation with just these records it was, from 1.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When the function was called.
    pub const fn begun(&self) -> DateTime<Utc> {
        self.begun
    }

    /// When it returned.
    pub const fn ended(&self) -> DateTime<Utc> {
        self.ended
    }

    /// What it came to.
    pub const fn outcome(&self) -> InvocationOutcome {
        self.outcome
    }
}
