use crate::shuffle::Shuffle;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

const WORDS: [&str; 32] = [
    "amber",
    "order",
    "the",
    "quick",
    "delivery",
    "to",
    "a",
    "warehouse",
    "and",
    "paper",
    "signed",
    "by",
    "customer",
    "left",
    "at",
    "door",
    "fragile",
    "please",
    "call",
    "before",
    "noon",
    "blue",
    "box",
    "with",
    "two",
    "handles",
    "returned",
    "in",
    "good",
    "condition",
    "after",
    "inspection",
];

const FOREIGN: [&str; 8] = ["Zürich", "naïve", "東京", "Привет", "😀", "Ångström", "café", "🚚"];

/// Randomness from a named generator and own arithmetic, so that the events stay the same whatever version of the
/// library they are made with.
#[derive(Debug)]
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.index(from.len())]
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.0.next_u64().to_le_bytes()[0]).collect()
    }

    pub(crate) fn shuffle(&mut self) -> Shuffle {
        Shuffle(self.0.next_u64())
    }

    /// Decimal digits, the first of them not zero.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        let digit = |value: u64| char::from_digit(u32::try_from(value).unwrap_or(0), 10).unwrap_or('0');
        (0..count).map(|place| digit(if place == 0 { 1 + self.below(9) } else { self.below(10) })).collect()
    }

    pub(crate) fn hex(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| self.pick(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]))
            .collect()
    }

    /// An amount of money: up to nine digits, two of them behind the point.
    pub(crate) fn amount(&mut self) -> String {
        let count = 1 + self.index(7);
        format!("{}.{}{}", self.digits(count), self.below(10), self.below(10))
    }

    /// Any number: most are short, some have up to 38 digits, a sign, a fraction or an exponent.
    pub(crate) fn number(&mut self) -> String {
        let sign = if self.one_in(6) { "-" } else { "" };
        let digits = match self.below(10) {
            0..=5 => 1 + self.index(9),
            6 | 7 => 10 + self.index(8),
            _ => 18 + self.index(21),
        };
        let mut text = self.digits(digits);
        if digits > 1 && self.one_in(3) {
            text.insert(1 + self.index(digits - 1), '.');
        }
        let exponent = if self.one_in(20) { format!("E-{}", 1 + self.below(20)) } else { String::new() };
        format!("{sign}{text}{exponent}")
    }

    /// Words of about `len` bytes in all: one in twelve is not ASCII, and now and then there is a quote or a new line.
    pub(crate) fn text(&mut self, len: usize) -> String {
        let mut text = String::with_capacity(len + 16);
        while text.len() < len {
            let word = if self.one_in(12) { self.pick(&FOREIGN) } else { self.pick(&WORDS) };
            match self.below(80) {
                0 => text.extend(["\"", word, "\""]),
                1 => text.extend([word, "\n"]),
                _ => text.push_str(word),
            }
            text.push(' ');
        }
        text
    }
}
