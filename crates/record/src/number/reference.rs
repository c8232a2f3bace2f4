use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::exact::Exact;
use super::{Number, NumberError, display, parse};

/// A number inside an image: a borrowed text that is known to be a valid number.
///
/// Decoding a record checks its numbers but does not work out their values; that happens where one is compared, hashed,
/// converted or made a [`Number`]. `Eq`, `Ord` and `Hash` look at the exact value and agree with those of [`Number`].
///
/// ```
/// use dynacdc_record::{Number, NumberError, NumberRef};
///
/// let price = NumberRef::parse("19.90")?;
/// assert_eq!(price.as_str(), "19.90");
/// assert_eq!(price, NumberRef::parse("1990e-2")?);
/// assert_eq!(price.exact().checked_add(&Number::from(1))?.to_string(), "20.9");
/// # Ok::<(), NumberError>(())
/// ```
#[derive(Clone, Copy)]
pub struct NumberRef<'a> {
    text: &'a str,
}

impl<'a> NumberRef<'a> {
    /// Checks a text. The grammar and the limits are those of [`Number::parse`].
    ///
    /// # Errors
    ///
    /// As [`Number::parse`].
    pub fn parse(text: &'a str) -> Result<Self, NumberError> {
        parse::validate(text.as_bytes()).map(|()| Self { text })
    }

    /// For a text that `validate` has accepted.
    pub(crate) const fn trusted(text: &'a str) -> Self {
        Self { text }
    }

    /// The text as it was received.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// An owned number with this text.
    pub fn to_number(self) -> Number {
        Number::with_text(self.value(), self.text)
    }

    /// The exact value without its text, for arithmetic. Does not allocate.
    #[inline]
    pub fn exact(self) -> Number {
        Number::of(self.value())
    }

    #[inline]
    pub(super) fn value(self) -> Exact {
        let value = parse::parse(self.text.as_bytes());
        debug_assert!(value.is_ok(), "the text of a NumberRef has been validated");
        value.unwrap_or_default()
    }
}

impl<'a> TryFrom<&'a str> for NumberRef<'a> {
    type Error = NumberError;

    fn try_from(text: &'a str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl From<NumberRef<'_>> for Number {
    fn from(number: NumberRef<'_>) -> Self {
        number.to_number()
    }
}

impl PartialEq for NumberRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        // The two images of one change mostly repeat each other, text for text.
        self.text == other.text || self.value() == other.value()
    }
}

impl Eq for NumberRef<'_> {}

impl PartialEq<Number> for NumberRef<'_> {
    fn eq(&self, other: &Number) -> bool {
        self.value() == other.value
    }
}

impl PartialEq<NumberRef<'_>> for Number {
    fn eq(&self, other: &NumberRef<'_>) -> bool {
        self.value == other.value()
    }
}

impl PartialOrd for NumberRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NumberRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value().cmp(&other.value())
    }
}

impl Hash for NumberRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value().hash(state);
    }
}

impl fmt::Display for NumberRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.text, f)
    }
}

impl fmt::Debug for NumberRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberRef({self})")
    }
}
