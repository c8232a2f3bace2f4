//! Numbers as DynamoDB keeps them.
//!
//! A type of our own, because no known one fits: DynamoDB has 38 significant digits and magnitudes from 1E-130 to
//! 9.99E+125. `f64` and 96-bit decimals lose digits, and arbitrary-precision decimals allocate per number and accept
//! results that the service refuses.

mod canonical;
mod convert;
mod error;
mod exact;
mod parse;
mod reference;

#[cfg(feature = "bigdecimal")]
mod big;
#[cfg(feature = "rust_decimal")]
mod decimal;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Neg;
use std::str::FromStr;

use canonical::{CanonicalText, is_canonical};
use exact::Exact;

pub use error::NumberError;
pub(crate) use parse::validate;
pub use reference::NumberRef;

/// An exact DynamoDB number that owns its text.
///
/// It keeps the text it was read from, so that what came from a stream goes back to DynamoDB unchanged. `Eq`, `Ord` and
/// `Hash` look at the exact value alone: `1.50`, `1.5` and `15E-1` are one number, and zero is one value whatever its
/// sign and exponent.
///
/// A value that was computed or converted has no text of its own and prints its *canonical text*: plain notation where
/// that needs at most 40 characters, sign and point included (`-1234.5`, `0.001`), otherwise scientific notation with
/// one digit before the point and a signed exponent (`1.5E+60`, `1E-130`); never a trailing zero after the point.
/// Canonical text is also a valid JSON number, and reading it back gives the same value.
///
/// Limits are those of "Supported data types and naming rules in Amazon DynamoDB" in the DynamoDB developer guide: 38
/// significant digits, and zero or a magnitude from 1E-130 to 9.9999999999999999999999999999999999999E+125. Nothing is
/// ever rounded: what does not fit is a [`NumberError`].
///
/// ```
/// use dynacdc_record::{Number, NumberError};
///
/// let total: Number = "99999999999999999999999999999999999.50".parse()?;
/// let sum = total.checked_add(&Number::parse("0.5")?)?;
/// assert_eq!(sum, Number::parse("1E35")?);
/// assert_eq!(sum.to_string(), "100000000000000000000000000000000000");
/// assert_eq!(total.checked_add(&Number::parse("1E-30")?), Err(NumberError::TooManyDigits));
/// # Ok::<(), NumberError>(())
/// ```
#[derive(Clone, Default)]
pub struct Number {
    value: Exact,
    /// Only where it differs from the canonical text, so that most numbers own no memory.
    text: Option<Box<str>>,
}

impl Number {
    /// The number 0. Also the `Default`.
    pub const ZERO: Self = Self::of(Exact::ZERO);

    const fn of(value: Exact) -> Self {
        Self { value, text: None }
    }

    fn with_text(value: Exact, text: &str) -> Self {
        Self { value, text: (!is_canonical(value, text)).then(|| text.into()) }
    }

    /// Reads a number and keeps its text.
    ///
    /// Accepted are an optional `-` or `+`, digits with an optional point among, before or after them, and an optional
    /// exponent (`e` or `E`, an optional sign, digits). At least one digit must stand before the exponent. Leading zeros,
    /// and trailing zeros of the fraction, do not count as significant digits; neither do the zeros that end a whole
    /// number, so that 1 followed by 125 zeros is accepted.
    ///
    /// # Errors
    ///
    /// [`NumberError::Empty`] or [`NumberError::Syntax`] for a text outside this grammar, [`NumberError::TooManyDigits`]
    /// for more than 38 significant digits, [`NumberError::OutOfRange`] for a magnitude that DynamoDB refuses.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        parse::parse(text.as_bytes()).map(|value| Self::with_text(value, text))
    }

    /// The text the number was read from, or its canonical text when it was computed or converted.
    pub fn as_str(&self) -> Cow<'_, str> {
        match &self.text {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(CanonicalText::of(self.value).as_str().to_owned()),
        }
    }

    /// The same value without the text it was read from, so that [`as_str`](Self::as_str) is its canonical text.
    #[must_use]
    pub const fn canonical(&self) -> Self {
        Self::of(self.value)
    }

    /// The exact sum.
    ///
    /// # Errors
    ///
    /// [`NumberError::TooManyDigits`] when the sum has more than 38 significant digits, [`NumberError::OutOfRange`] when
    /// it is not zero and outside DynamoDB's range. A sum that fits is never refused: 1E+38 - 1 is a number of 38 digits.
    #[inline]
    pub fn checked_add(&self, other: &Self) -> Result<Self, NumberError> {
        self.value.checked_add(other.value).map(Self::of)
    }

    /// The exact difference, `self` - `other`.
    ///
    /// # Errors
    ///
    /// As [`checked_add`](Self::checked_add).
    #[inline]
    pub fn checked_sub(&self, other: &Self) -> Result<Self, NumberError> {
        self.value.checked_add(other.value.negated()).map(Self::of)
    }

    /// The absolute value.
    #[must_use]
    pub const fn abs(&self) -> Self {
        Self::of(self.value.abs())
    }

    /// Whether the value is zero.
    pub const fn is_zero(&self) -> bool {
        self.value.is_zero()
    }

    /// Whether the value is below zero. `-0` is not.
    pub const fn is_negative(&self) -> bool {
        self.value.is_negative()
    }

    /// Whether the value is whole, however it is written: `1.0` and `1E+100` are.
    pub fn is_integer(&self) -> bool {
        self.value.is_integer()
    }
}

impl Neg for &Number {
    type Output = Number;

    fn neg(self) -> Number {
        Number::of(self.value.negated())
    }
}

impl Neg for Number {
    type Output = Self;

    fn neg(self) -> Self {
        -&self
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Number {
    type Error = NumberError;

    fn try_from(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => display(text, f),
            None => display(CanonicalText::of(self.value).as_str(), f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

/// Pads as numbers are padded. A precision is ignored: as a text, `{:.2}` would cut `12.5` to `12`.
fn display(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match text.strip_prefix('-') {
        Some(digits) => f.pad_integral(false, "", digits),
        None => f.pad_integral(true, "", text),
    }
}
