use std::collections::BTreeSet;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// Randomness that stays the same for ever: a named generator and own arithmetic, since the
/// library's ranges and shuffles may change between its versions.
#[derive(Debug, Clone)]
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number below `end`, or 0 if `end` is 0. The bias of the remainder is far below what a
    /// workload could show.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64().checked_rem(end).unwrap_or(0)
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(self.below(len)).unwrap_or(0)
    }

    /// An index below `len`, small ones much more often: the lowest tenth more than half of the time.
    pub(super) fn skewed(&mut self, len: usize) -> usize {
        let first = self.index(len);
        let second = self.index(first + 1);
        self.index(second + 1)
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.index(from.len());
        from.get(index).copied().unwrap_or_default()
    }

    /// One to three of them.
    pub(super) fn some(&mut self, from: &[&str]) -> BTreeSet<String> {
        (0..=self.below(3)).map(|_| self.pick(from).to_owned()).collect()
    }

    pub(super) fn bytes(&mut self) -> Vec<u8> {
        self.0.next_u64().to_be_bytes().to_vec()
    }

    /// Decimal digits, the first and the last of them not zero.
    pub(super) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|place| {
                let digit = if place == 0 || place + 1 == count { 1 + self.below(9) } else { self.below(10) };
                digit.to_string()
            })
            .collect()
    }
}
