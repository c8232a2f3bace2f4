//! What happened in schedules, counted.

use dynacdc_testkit::Fired;
use std::fmt;

/// Counts of one schedule, or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) schedules: u64,
    pub(crate) steps: u64,
    pub(crate) answers: u64,
    pub(crate) records: u64,
    pub(crate) malformed: u64,
    pub(crate) splits: u64,
    pub(crate) disabled: u64,
    pub(crate) outages: u64,
    pub(crate) lives: u64,
    pub(crate) kills: u64,
    pub(crate) stops: u64,
    pub(crate) usurped: u64,
    pub(crate) superseded: u64,
    pub(crate) lost_answers: u64,
    /// Calls that landed after a new owner had taken over, or after they were given up.
    pub(crate) late: u64,
    pub(crate) writes: u64,
    pub(crate) settled: u64,
    /// Records that were delivered although they had been before.
    pub(crate) duplicates: u64,
    pub(crate) partial: u64,
    pub(crate) saves: u64,
    pub(crate) parked: u64,
    pub(crate) poisoned: u64,
    pub(crate) stopped_at_malformed: u64,
    pub(crate) panics: u64,
    pub(crate) gaps: u64,
    /// Gaps in schedules in which nothing was missing in the end.
    pub(crate) needless_gaps: u64,
    pub(crate) lost_to_gaps: u64,
    pub(crate) idle_days: u64,
    pub(crate) fired: Fired,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.schedules, other.schedules),
            (&mut self.steps, other.steps),
            (&mut self.answers, other.answers),
            (&mut self.records, other.records),
            (&mut self.malformed, other.malformed),
            (&mut self.splits, other.splits),
            (&mut self.disabled, other.disabled),
            (&mut self.outages, other.outages),
            (&mut self.lives, other.lives),
            (&mut self.kills, other.kills),
            (&mut self.stops, other.stops),
            (&mut self.usurped, other.usurped),
            (&mut self.superseded, other.superseded),
            (&mut self.lost_answers, other.lost_answers),
            (&mut self.late, other.late),
            (&mut self.writes, other.writes),
            (&mut self.settled, other.settled),
            (&mut self.duplicates, other.duplicates),
            (&mut self.partial, other.partial),
            (&mut self.saves, other.saves),
            (&mut self.parked, other.parked),
            (&mut self.poisoned, other.poisoned),
            (&mut self.stopped_at_malformed, other.stopped_at_malformed),
            (&mut self.panics, other.panics),
            (&mut self.gaps, other.gaps),
            (&mut self.needless_gaps, other.needless_gaps),
            (&mut self.lost_to_gaps, other.lost_to_gaps),
            (&mut self.idle_days, other.idle_days),
        ];
        for (sum, count) in counts {
            *sum += count;
        }
        self.fired.add(&other.fired);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, answers, records, malformed, splits, disabled, outages, idle_days, .. } = self;
        let Self { lives, kills, stops, usurped, superseded, lost_answers, late, .. } = self;
        let Self { writes, partial, settled, duplicates, saves, parked, .. } = self;
        let Self { poisoned, stopped_at_malformed, panics, gaps, needless_gaps, lost_to_gaps, fired, .. } = self;
        writeln!(
            f,
            "  stream: {records} records, {malformed} malformed, {splits} splits, {disabled} times disabled, {outages} outages, {idle_days} idle days"
        )?;
        writeln!(
            f,
            "  poller: {steps} steps, {answers} answers, {lives} lives, {kills} kills, {stops} stops, {usurped} taken over alive ({superseded} told so)"
        )?;
        writeln!(
            f,
            "  sink: {writes} writes, {partial} of them in part, {settled} records settled, {duplicates} again after a resume, {parked} parked"
        )?;
        writeln!(f, "  store: {saves} saves, {lost_answers} answers lost, {late} calls landed late")?;
        writeln!(
            f,
            "  ends: {poisoned} at poison, {stopped_at_malformed} at malformed records, {panics} at panics, {gaps} gaps ({lost_to_gaps} records gone, {needless_gaps} gaps with none gone)"
        )?;
        write!(f, "  hardships: {fired}")
    }
}
