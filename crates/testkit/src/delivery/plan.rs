use dynacdc_sink::Redelivery;
use std::time::Duration;

/// How a history is delivered. Rates are in deliveries of a thousand.
#[derive(Debug, Clone)]
#[must_use]
pub struct Plan {
    /// The level of redelivery that is played.
    pub(super) level: Redelivery,
    pub(super) rewinds: u16,
    pub(super) rewind_by: usize,
    pub(super) twins: u16,
    pub(super) strays: u16,
    pub(super) takeovers: u16,
    pub(super) redrives: u16,
    pub(super) heals: u16,
    pub(super) batch: usize,
    pub(super) pace: Pace,
}

/// How long the driver waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Longer than the lease of any claim.
    pub(crate) lease: Duration,
    /// At most so long a process is gone after a crash.
    pub(crate) restart: Duration,
    /// How long a delayed call takes.
    pub(crate) delay: Duration,
}

impl Pace {
    /// On a clock that jumps ahead while everybody waits.
    pub(crate) const PAUSED: Self =
        Self { lease: Duration::from_secs(601), restart: Duration::from_secs(100), delay: Duration::from_secs(30) };
    /// On the clock of the system.
    pub(crate) const REAL: Self = Self {
        lease: Duration::from_millis(300),
        restart: Duration::from_millis(20),
        delay: Duration::from_millis(100),
    };
}

impl Plan {
    /// What a sink of this level must stand.
    ///
    /// At [`Redelivery::Continued`] a rewind always goes on to the old position, also over a crash. At
    /// [`Redelivery::Any`] it may die and never go on, single old records come by, and an old process goes on writing
    /// after a new one has begun.
    pub fn of(level: Redelivery) -> Self {
        let any = level == Redelivery::Any;
        Self {
            level,
            rewinds: 120,
            rewind_by: 6,
            twins: 50,
            strays: if any { 60 } else { 0 },
            takeovers: if any { 20 } else { 0 },
            redrives: 350,
            heals: 600,
            batch: 8,
            pace: Pace::PAUSED,
        }
    }

    /// With another rate of rewinds.
    pub fn with_rewinds(self, per_mille: u16) -> Self {
        Self { rewinds: per_mille, ..self }
    }

    /// With another rate of records that are twice in a batch.
    pub fn with_twins(self, per_mille: u16) -> Self {
        Self { twins: per_mille, ..self }
    }

    /// With another rate of single old records, which only level [`Redelivery::Any`] stands.
    pub fn with_strays(self, per_mille: u16) -> Self {
        Self { strays: per_mille, ..self }
    }

    /// With another rate of processes that go on after they were replaced, which only level [`Redelivery::Any`] stands.
    pub fn with_takeovers(self, per_mille: u16) -> Self {
        Self { takeovers: per_mille, ..self }
    }

    /// With another rate of redrives while records are delivered. At the end there is one in any case.
    pub fn with_redrives(self, per_mille: u16) -> Self {
        Self { redrives: per_mille, ..self }
    }

    /// With another rate of histories in which poison is healed on the way. In the others it is at the end, or when
    /// nothing goes on any more.
    pub fn with_heals(self, per_mille: u16) -> Self {
        Self { heals: per_mille, ..self }
    }

    /// With batches of another size, at least 1.
    pub fn with_batch(self, records: usize) -> Self {
        Self { batch: records.max(1), ..self }
    }

    pub(crate) fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}
