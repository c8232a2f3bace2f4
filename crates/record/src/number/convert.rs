//! Conversions from and to the numbers of the standard library: exact or an error, except where the name says lossy.

use super::canonical::CanonicalText;
use super::exact::Exact;
use super::{Number, NumberError, NumberRef};

macro_rules! to_integers {
    ($($integer:ty)*) => {$(
        impl TryFrom<NumberRef<'_>> for $integer {
            type Error = NumberError;

            /// # Errors
            ///
            /// [`NumberError::Inexact`] for a value with a fraction or outside the range of the type.
            fn try_from(number: NumberRef<'_>) -> Result<Self, NumberError> {
                to_integer(number.value(), stringify!($integer))
            }
        }

        impl TryFrom<&Number> for $integer {
            type Error = NumberError;

            /// # Errors
            ///
            /// [`NumberError::Inexact`] for a value with a fraction or outside the range of the type.
            fn try_from(number: &Number) -> Result<Self, NumberError> {
                to_integer(number.value, stringify!($integer))
            }
        }
    )*};
}

to_integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

fn to_integer<T>(value: Exact, target: &'static str) -> Result<T, NumberError>
where
    T: TryFrom<u128> + TryFrom<i128>,
{
    let integer = value.whole_magnitude().and_then(|magnitude| {
        if value.is_negative() {
            // `i128::MIN` is no loss: it has 39 significant digits and is no `Number`.
            i128::try_from(magnitude).ok().and_then(|magnitude| T::try_from(-magnitude).ok())
        } else {
            T::try_from(magnitude).ok()
        }
    });
    integer.ok_or(NumberError::Inexact { target })
}

macro_rules! from_unsigned {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Number {
            fn from(integer: $integer) -> Self {
                Self::of(Exact::from_small(false, integer as u128, 0))
            }
        }
    )*};
}

macro_rules! from_signed {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Number {
            fn from(integer: $integer) -> Self {
                Self::of(Exact::from_small(integer < 0, integer.unsigned_abs() as u128, 0))
            }
        }
    )*};
}

from_unsigned! { u8 u16 u32 u64 usize }
from_signed! { i8 i16 i32 i64 isize }

impl TryFrom<u128> for Number {
    type Error = NumberError;

    /// # Errors
    ///
    /// [`NumberError::TooManyDigits`] for more than 38 significant digits.
    fn try_from(integer: u128) -> Result<Self, NumberError> {
        Exact::new(false, integer, 0).map(Self::of)
    }
}

impl TryFrom<i128> for Number {
    type Error = NumberError;

    /// # Errors
    ///
    /// [`NumberError::TooManyDigits`] for more than 38 significant digits.
    fn try_from(integer: i128) -> Result<Self, NumberError> {
        Exact::new(integer < 0, integer.unsigned_abs(), 0).map(Self::of)
    }
}

impl Number {
    /// The nearest `f64`, with 15 to 17 of up to 38 digits. Zero is always positive.
    pub fn to_f64_lossy(&self) -> f64 {
        to_f64(CanonicalText::of(self.value).as_str())
    }
}

impl NumberRef<'_> {
    /// The nearest `f64`, with 15 to 17 of up to 38 digits. Zero is always positive.
    pub fn to_f64_lossy(self) -> f64 {
        to_f64(self.as_str())
    }
}

/// The parser of the standard library accepts the whole grammar of a number and rounds correctly.
fn to_f64(text: &str) -> f64 {
    // Adding 0 makes -0 positive and changes nothing else.
    text.parse().unwrap_or(f64::NAN) + 0.0
}
