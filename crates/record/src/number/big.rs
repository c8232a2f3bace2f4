//! Conversions from and to `bigdecimal::BigDecimal`, which holds every `Number`.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};

use super::exact::{Exact, MAX_DIGITS};
use super::{Number, NumberError, NumberRef, parse};

impl From<NumberRef<'_>> for BigDecimal {
    fn from(number: NumberRef<'_>) -> Self {
        to_big(number.value())
    }
}

impl From<&Number> for BigDecimal {
    fn from(number: &Number) -> Self {
        to_big(number.value)
    }
}

impl TryFrom<&BigDecimal> for Number {
    type Error = NumberError;

    /// # Errors
    ///
    /// [`NumberError::TooManyDigits`] or [`NumberError::OutOfRange`] for a value that DynamoDB refuses.
    fn try_from(decimal: &BigDecimal) -> Result<Self, NumberError> {
        let (coefficient, scale) = decimal.as_bigint_and_scale();
        let text = coefficient.magnitude().to_string();
        let digits = text.trim_end_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO);
        }
        if digits.len() > MAX_DIGITS {
            return Err(NumberError::TooManyDigits);
        }
        let zeros = (text.len() - digits.len()) as u64;
        let exponent = i32::try_from(0i64.saturating_sub(scale).saturating_add_unsigned(zeros))
            .map_err(|_| NumberError::OutOfRange)?;
        let magnitude = parse::parse(digits.as_bytes())?.coefficient();
        Exact::new(coefficient.sign() == Sign::Minus, magnitude, exponent).map(Self::of)
    }
}

impl TryFrom<BigDecimal> for Number {
    type Error = NumberError;

    /// # Errors
    ///
    /// [`NumberError::TooManyDigits`] or [`NumberError::OutOfRange`] for a value that DynamoDB refuses.
    fn try_from(decimal: BigDecimal) -> Result<Self, NumberError> {
        Self::try_from(&decimal)
    }
}

fn to_big(value: Exact) -> BigDecimal {
    let magnitude = BigInt::from(value.coefficient());
    let signed = if value.is_negative() { -magnitude } else { magnitude };
    BigDecimal::new(signed, -i64::from(value.exponent()))
}
