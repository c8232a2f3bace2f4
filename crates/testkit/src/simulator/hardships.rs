//! What goes wrong by itself, and how often.
//!
//! Each decision follows from the seed, the kind of call, its shard and how many such calls there were, not from one
//! generator for all: so two runs agree even where the order in which their tasks run does not.

use super::fnv;
use std::{collections::BTreeMap, fmt, time::Duration};

/// One thing that the Streams API does to its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Hardship {
    /// A call is throttled.
    Throttled,
    /// A call fails for no reason of its own.
    Unavailable,
    /// An iterator expires before its 15 minutes are over.
    ExpiredIterator,
    /// A page is empty though more follows.
    EmptyPage,
    /// A page has fewer records than were asked for.
    ShortPage,
    /// The end of a shard comes on an empty page of its own; otherwise the last page with records has no next iterator.
    SeparateEnd,
    /// The children of a shard are not listed yet when it closes.
    LateChildren,
    /// A shard that has closed is still listed as open, and its children beside it.
    LateClosing,
    /// The last page of a listing names a cursor that was followed before.
    RepeatedCursor,
    /// A listing lacks a shard and what descends from it; the next one has them.
    MissingShard,
    /// A listing lacks a shard and has its children. Of a shard that a reader has never seen, it cannot tell this from
    /// one that was trimmed: whoever starts the child then reads it before its parent.
    MissingParent,
}

impl Hardship {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Throttled,
        Self::Unavailable,
        Self::ExpiredIterator,
        Self::EmptyPage,
        Self::ShortPage,
        Self::SeparateEnd,
        Self::LateChildren,
        Self::LateClosing,
        Self::RepeatedCursor,
        Self::MissingShard,
        Self::MissingParent,
    ];
}

/// How often each [`Hardship`] occurs, decided by a seed: the same seed decides the same.
///
/// ```
/// use dynacdc_testkit::{Hardship, Hardships};
///
/// let rough = Hardships::rough(42);
/// let only_throttles = Hardships::none(42).with(Hardship::Throttled, 0.3);
/// assert_eq!(only_throttles.rate(Hardship::EmptyPage), 0.0);
/// assert_eq!(rough.rate(Hardship::EmptyPage), 0.2);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Hardships {
    seed: u64,
    rates: BTreeMap<Hardship, f64>,
    latency: Duration,
    lag: Duration,
}

impl Hardships {
    /// Nothing goes wrong. A call takes a millisecond, so that a loop that never waits still moves a paused clock.
    pub const fn none(seed: u64) -> Self {
        Self { seed, rates: BTreeMap::new(), latency: Duration::from_millis(1), lag: Duration::from_secs(30) }
    }

    /// Everything goes wrong now and then, but [`Hardship::MissingParent`], which no reader can stand; calls take up to
    /// 80 milliseconds.
    pub fn rough(seed: u64) -> Self {
        let rates = [
            (Hardship::Throttled, 0.1),
            (Hardship::Unavailable, 0.1),
            (Hardship::ExpiredIterator, 0.05),
            (Hardship::EmptyPage, 0.2),
            (Hardship::ShortPage, 0.5),
            (Hardship::SeparateEnd, 0.5),
            (Hardship::LateChildren, 0.5),
            (Hardship::LateClosing, 0.5),
            (Hardship::RepeatedCursor, 0.3),
            (Hardship::MissingShard, 0.1),
        ];
        Self { rates: BTreeMap::from(rates), ..Self::none(seed) }.latency(Duration::from_millis(80))
    }

    /// With this hardship in so many of one calls, shards or pages that it could befall: 0 to 0.95, so that no reader is
    /// kept out for ever.
    #[must_use]
    pub fn with(mut self, hardship: Hardship, rate: f64) -> Self {
        self.rates.insert(hardship, if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 0.95) });
        self
    }

    /// The most that a call takes; at least a millisecond.
    #[must_use]
    pub fn latency(mut self, most: Duration) -> Self {
        self.latency = most.max(Duration::from_millis(1));
        self
    }

    /// The most that [`Hardship::LateChildren`] and [`Hardship::LateClosing`] take; 30 seconds unless set.
    #[must_use]
    pub const fn lag(mut self, most: Duration) -> Self {
        self.lag = most;
        self
    }

    /// How often this hardship occurs.
    pub fn rate(&self, hardship: Hardship) -> f64 {
        self.rates.get(&hardship).copied().unwrap_or_default()
    }

    /// The seed that decides.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn strikes(&self, hardship: Hardship, place: &str, nth: u64) -> bool {
        let rate = self.rate(hardship);
        rate > 0.0 && self.dice(hardship as u64, place, nth).f64() < rate
    }

    /// How late a late thing is.
    pub(super) fn lateness(&self, hardship: Hardship, place: &str) -> Duration {
        self.lag.mul_f64(self.dice(hardship as u64, place, u64::MAX).f64())
    }

    /// How long a call takes.
    pub(super) fn takes(&self, place: &str, nth: u64) -> Duration {
        let least = Duration::from_millis(1);
        least + (self.latency - least).mul_f64(self.dice(u64::MAX, place, nth).f64())
    }

    /// Of a page that could have `most` records, how many a short one has.
    pub(super) fn short(&self, place: &str, nth: u64, most: usize) -> usize {
        self.dice(u64::MAX - 1, place, nth).usize(1..=most.max(1))
    }

    fn dice(&self, what: u64, place: &str, nth: u64) -> fastrand::Rng {
        let parts = [self.seed.to_le_bytes(), what.to_le_bytes(), nth.to_le_bytes()];
        fastrand::Rng::with_seed(fnv(parts.as_flattened().iter().chain(place.as_bytes())))
    }
}

/// How often each [`Hardship`] struck: a run in which one never did has shown nothing about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fired(BTreeMap<Hardship, u64>);

impl Fired {
    /// How often this one struck.
    pub fn of(&self, hardship: Hardship) -> u64 {
        self.0.get(&hardship).copied().unwrap_or_default()
    }

    /// How often any struck.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (hardship, count) in &other.0 {
            *self.0.entry(*hardship).or_default() += count;
        }
    }

    pub(super) fn count(&mut self, hardship: Hardship) {
        *self.0.entry(hardship).or_default() += 1;
    }
}

impl fmt::Display for Fired {
    /// One line with every hardship, those that never struck as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, hardship) in Hardship::ALL.into_iter().enumerate() {
            let gap = if at == 0 { "" } else { ", " };
            write!(f, "{gap}{hardship:?} {}", self.of(hardship))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_decides_the_same_and_another_does_not() {
        let struck = |seed| -> Vec<bool> {
            let hardships = Hardships::none(seed).with(Hardship::Throttled, 0.3);
            (0..200).map(|nth| hardships.strikes(Hardship::Throttled, "a", nth)).collect()
        };

        assert_eq!(struck(1), struck(1));
        assert_ne!(struck(1), struck(2));
        let count = struck(1).into_iter().filter(|struck| *struck).count();
        assert!((40..=80).contains(&count), "{count} of 200 at a rate of 0.3");
    }

    #[test]
    fn a_rate_that_would_never_let_through_is_bounded() {
        assert_eq!(Hardships::none(1).with(Hardship::Throttled, 7.0).rate(Hardship::Throttled), 0.95);
        assert_eq!(Hardships::none(1).with(Hardship::Throttled, f64::NAN).rate(Hardship::Throttled), 0.0);
    }
}
