//! Conversions from and to `rust_decimal::Decimal`: 96 bits and a scale of at most 28.
//!
//! Built from coefficient and scale. `Decimal::from_str` is no alternative: it rounds what it cannot hold.

use rust_decimal::Decimal;

use super::exact::{Exact, POW10};
use super::{Number, NumberError, NumberRef};

/// The first coefficient that a `Decimal` cannot hold.
const LIMIT: u128 = 1 << 96;

impl TryFrom<NumberRef<'_>> for Decimal {
    type Error = NumberError;

    /// Keeps the scale that was written where it fits: `1.50` stays `1.50`.
    ///
    /// # Errors
    ///
    /// [`NumberError::Inexact`] for a value that needs more than 96 bits or more than 28 places after the point.
    fn try_from(number: NumberRef<'_>) -> Result<Self, NumberError> {
        to_decimal(number.value())
    }
}

impl TryFrom<&Number> for Decimal {
    type Error = NumberError;

    /// Keeps the scale that was written where it fits: `1.50` stays `1.50`.
    ///
    /// # Errors
    ///
    /// [`NumberError::Inexact`] for a value that needs more than 96 bits or more than 28 places after the point.
    fn try_from(number: &Number) -> Result<Self, NumberError> {
        to_decimal(number.value)
    }
}

impl From<Decimal> for Number {
    /// Always exact. Trailing zeros are not kept in the text.
    fn from(decimal: Decimal) -> Self {
        let mantissa = decimal.mantissa();
        #[expect(clippy::cast_possible_truncation, reason = "a scale is at most 28")]
        let exponent = -(decimal.scale() as i16);
        Self::of(Exact::from_small(mantissa < 0, mantissa.unsigned_abs(), exponent))
    }
}

fn to_decimal(value: Exact) -> Result<Decimal, NumberError> {
    as_written(value)
        .or_else(|| as_written(value.stripped()))
        .ok_or(NumberError::Inexact { target: "rust_decimal::Decimal" })
}

fn as_written(value: Exact) -> Option<Decimal> {
    let places = value.exponent().unsigned_abs();
    let (coefficient, scale) = if value.exponent() > 0 {
        (value.coefficient().checked_mul(*POW10.get(usize::from(places))?)?, 0)
    } else {
        (value.coefficient(), u32::from(places))
    };
    if coefficient >= LIMIT || scale > Decimal::MAX_SCALE {
        return None;
    }
    let magnitude = i128::try_from(coefficient).ok()?;
    let signed = if value.is_negative() { -magnitude } else { magnitude };
    Decimal::try_from_i128_with_scale(signed, scale).ok()
}
