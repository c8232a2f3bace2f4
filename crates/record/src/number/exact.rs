//! The arithmetic behind `Number`: sign, coefficient and exponent in one `Copy` value.
//!
//! A coefficient keeps its trailing zeros. The alternative, one normal form, makes equality trivial and costs a 128-bit
//! division or more after every parse and every sum; here only hashing, formatting and the rare sum that does not fit pay.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::NumberError;

/// Significant digits that DynamoDB keeps.
pub(super) const MAX_DIGITS: usize = 38;
/// Decimal exponent of the leading digit of the smallest and of the largest magnitude.
const MIN_TOP: i32 = -130;
const MAX_TOP: i32 = 125;
/// Exponents at which every coefficient of 1 to 38 digits is in range.
const SAFE_EXPONENTS: std::ops::RangeInclusive<i32> = MIN_TOP..=MAX_TOP - 37;

/// 10^0 to 10^38.
pub(super) const POW10: [u128; MAX_DIGITS + 1] = {
    let mut table = [1; MAX_DIGITS + 1];
    let mut i = 1;
    while i < table.len() {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};
/// The first coefficient that is too large.
const LIMIT: u128 = POW10[MAX_DIGITS];

/// `coefficient` x 10^`exponent`, negated when `negative`.
///
/// Invariants: the coefficient is below 10^38, the value is zero or in DynamoDB's range, and zero is `ZERO` alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exact {
    negative: bool,
    exponent: i16,
    coefficient: u128,
}

impl Exact {
    pub(super) const ZERO: Self = Self { negative: false, exponent: 0, coefficient: 0 };

    /// Checks digits and range. A coefficient of 39 digits passes when its last one is zero.
    #[inline]
    pub(super) fn new(negative: bool, coefficient: u128, exponent: i32) -> Result<Self, NumberError> {
        if coefficient == 0 {
            return Ok(Self::ZERO);
        }
        let (coefficient, exponent) = if coefficient < LIMIT {
            (coefficient, exponent)
        } else if coefficient.is_multiple_of(10) {
            // u128 ends below 3.5 x 10^38, so that one digit less is always enough.
            (coefficient / 10, exponent.saturating_add(1))
        } else {
            return Err(NumberError::TooManyDigits);
        };
        if !SAFE_EXPONENTS.contains(&exponent) {
            let top = exponent.saturating_add(i32::from(digits(coefficient))).saturating_sub(1);
            if !(MIN_TOP..=MAX_TOP).contains(&top) {
                return Err(NumberError::OutOfRange);
            }
        }
        let exponent = i16::try_from(exponent).map_err(|_| NumberError::OutOfRange)?;
        Ok(Self { negative, exponent, coefficient })
    }

    /// For parts that satisfy the invariants by their type: a coefficient below 10^38 and an exponent from -88 to 88.
    pub(super) const fn from_small(negative: bool, coefficient: u128, exponent: i16) -> Self {
        if coefficient == 0 {
            return Self::ZERO;
        }
        Self { negative, exponent, coefficient }
    }

    pub(super) const fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    pub(super) const fn is_negative(self) -> bool {
        self.negative
    }

    pub(super) const fn coefficient(self) -> u128 {
        self.coefficient
    }

    pub(super) const fn exponent(self) -> i16 {
        self.exponent
    }

    pub(super) const fn negated(self) -> Self {
        Self { negative: !self.negative && self.coefficient != 0, ..self }
    }

    pub(super) const fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    /// The same value with no trailing zero in its coefficient: the one form that hashing and formatting see.
    pub(super) fn stripped(self) -> Self {
        let Self { mut coefficient, mut exponent, .. } = self;
        if coefficient == 0 {
            return self;
        }
        // At most 37 zeros, so that these steps add up to any count.
        for (step, shift) in [(32, 32), (16, 16), (8, 8), (4, 4), (2, 2), (1, 1)] {
            // A multiple of 10^n is one of 2^n: most values are told apart without a division.
            if coefficient.trailing_zeros() >= step && coefficient.is_multiple_of(POW10[step as usize]) {
                coefficient /= POW10[step as usize];
                exponent += shift;
            }
        }
        Self { coefficient, exponent, ..self }
    }

    /// The absolute value, when it is a whole number below 2^128.
    pub(super) fn whole_magnitude(self) -> Option<u128> {
        let power = *POW10.get(usize::from(self.exponent.unsigned_abs()))?;
        if self.exponent >= 0 {
            self.coefficient.checked_mul(power)
        } else {
            self.coefficient.is_multiple_of(power).then(|| self.coefficient / power)
        }
    }

    pub(super) fn is_integer(self) -> bool {
        self.exponent >= 0
            || POW10
                .get(usize::from(self.exponent.unsigned_abs()))
                .is_some_and(|power| self.coefficient.is_multiple_of(*power))
    }

    #[inline]
    pub(super) fn checked_add(self, other: Self) -> Result<Self, NumberError> {
        let shift = usize::from(self.exponent.abs_diff(other.exponent));
        if shift <= MAX_DIGITS {
            let (power, limit) = (POW10[shift], POW10[MAX_DIGITS - shift]);
            if self.exponent <= other.exponent && other.coefficient < limit {
                return self.plus(other.negative, other.coefficient * power);
            }
            if self.exponent > other.exponent && self.coefficient < limit {
                return other.plus(self.negative, self.coefficient * power);
            }
        }
        self.add_wide(other)
    }

    /// The sum when the parts as written do not align in 38 digits: they may without their trailing zeros.
    #[cold]
    fn add_wide(self, other: Self) -> Result<Self, NumberError> {
        if self.is_zero() || other.is_zero() {
            return Ok(if self.is_zero() { other } else { self });
        }
        let (a, b) = (self.stripped(), other.stripped());
        let (high, low) = if a.exponent >= b.exponent { (a, b) } else { (b, a) };
        let shift = usize::from(high.exponent.abs_diff(low.exponent));
        // Where the product leaves u128, the sum is above 2 x 10^38 and its last digit, that of `low`, is not zero.
        POW10
            .get(shift)
            .and_then(|power| high.coefficient.checked_mul(*power))
            .ok_or(NumberError::TooManyDigits)
            .and_then(|aligned| low.plus(high.negative, aligned))
    }

    /// Adds a coefficient that is aligned to this one's exponent. It may be above the limit of 38 digits.
    #[inline]
    fn plus(self, negative: bool, coefficient: u128) -> Result<Self, NumberError> {
        let exponent = i32::from(self.exponent);
        if self.negative == negative {
            let sum = self.coefficient.checked_add(coefficient).ok_or(NumberError::TooManyDigits)?;
            Self::new(negative, sum, exponent)
        } else if self.coefficient >= coefficient {
            Self::new(self.negative, self.coefficient - coefficient, exponent)
        } else {
            Self::new(negative, coefficient - self.coefficient, exponent)
        }
    }

    fn sign(self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Compares absolute values. Neither is zero.
    fn cmp_magnitude(self, other: Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.coefficient.cmp(&other.coefficient);
        }
        let top = |value: Self| i32::from(value.exponent) + i32::from(digits(value.coefficient));
        top(self).cmp(&top(other)).then_with(|| {
            // Equal tops: the scaled coefficient has as many digits as the other one.
            let power = POW10[usize::from(self.exponent.abs_diff(other.exponent))];
            if self.exponent > other.exponent {
                (self.coefficient * power).cmp(&other.coefficient)
            } else {
                self.coefficient.cmp(&(other.coefficient * power))
            }
        })
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            0 => Ordering::Equal,
            1 => self.cmp_magnitude(*other),
            _ => other.cmp_magnitude(*self),
        })
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Exact {}

impl Hash for Exact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { negative, exponent, coefficient } = self.stripped();
        (negative, exponent, coefficient).hash(state);
    }
}

/// Number of decimal digits; 0 has none.
pub(super) fn digits(value: u128) -> u8 {
    // 1233 / 4096 is log10(2) closely enough for 128 bits: the estimate is right or one too low.
    let estimate = (value.checked_ilog2().map_or(0, |log| log + 1) * 1233) >> 12;
    let digits = estimate + u32::from(value >= POW10[estimate as usize]);
    #[expect(clippy::cast_possible_truncation, reason = "a u128 has at most 39 digits")]
    let digits = digits as u8;
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_on_both_sides_of_every_power() {
        assert_eq!(digits(0), 0);
        for (n, power) in (0u8..).zip(POW10) {
            assert_eq!(digits(power), n + 1, "10^{n}");
            assert_eq!(digits(power - 1), n, "10^{n} - 1");
        }
        assert_eq!(digits(u128::MAX), 39);
    }

    #[test]
    fn every_count_of_trailing_zeros_is_stripped() {
        for (zeros, power) in (0i16..38).zip(POW10) {
            for lead in [1, 3, 9] {
                let value = Exact::new(true, lead * power, 5).unwrap().stripped();
                assert_eq!((value.coefficient, value.exponent, value.negative), (lead, 5 + zeros, true));
            }
        }
    }

    #[test]
    fn extreme_exponents_are_an_error_and_do_not_wrap() {
        for exponent in [i32::MIN, i32::MIN + 1, -1000, 1000, i32::MAX] {
            assert_eq!(Exact::new(false, 1, exponent), Err(NumberError::OutOfRange), "{exponent}");
            assert_eq!(Exact::new(false, LIMIT, exponent), Err(NumberError::OutOfRange), "{exponent}");
            assert_eq!(Exact::new(true, 0, exponent), Ok(Exact::ZERO), "{exponent}");
        }
    }
}
