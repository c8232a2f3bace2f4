//! The position of a change in its shard.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use thiserror::Error;

/// Most digits of a sequence number, by the API reference of `StreamRecord`.
const MAX_LEN: usize = 40;
/// Digits that [`SequenceNumber::packed_version`] keeps beside their count.
const PACKED: usize = 17;
const PACKED_BASE: i64 = 100_000_000_000_000_000;

/// The sequence number of a change: 1 to 40 decimal digits, compared as a number.
///
/// The API reference of `StreamRecord` says 21 to 40 digits; test events of AWS have fewer, and servers that stand in for
/// DynamoDB pad with zeros. So the text is kept as it came, because that is what goes back to the API, while `Eq`, `Ord`
/// and `Hash` look at the number: `0075` equals `75`, and `999` comes before `1000`, which plain text order would turn
/// round. 40 digits fit neither `u128` nor a DynamoDB number.
///
/// Numbers are comparable within one shard lineage of one stream. Other streams reuse the same ranges.
///
/// Small, `Copy`, and without allocation.
///
/// ```
/// use dynacdc_record::SequenceNumber;
///
/// let parent: SequenceNumber = "820400000000000001192334".parse()?;
/// let child: SequenceNumber = "1683700000000000001135967".parse()?;
/// assert!(parent < child);
/// assert!(parent.packed_version() < child.packed_version());
/// # Ok::<(), dynacdc_record::SequenceNumberError>(())
/// ```
#[derive(Clone, Copy)]
pub struct SequenceNumber {
    digits: [u8; MAX_LEN],
    len: u8,
    /// Where the number starts after its leading zeros; zero keeps its last one.
    start: u8,
}

impl SequenceNumber {
    const ZERO: Self = Self { digits: [b'0'; MAX_LEN], len: 1, start: 0 };

    /// Of text that was checked where it came in.
    pub(crate) fn trusted(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self::ZERO)
    }

    /// Reads a sequence number and keeps its text.
    ///
    /// # Errors
    ///
    /// [`SequenceNumberError`] for anything but 1 to 40 ASCII digits.
    pub fn parse(text: &str) -> Result<Self, SequenceNumberError> {
        let bytes = text.as_bytes();
        if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii_digit()) {
            return Err(SequenceNumberError::NotADigit { at });
        }
        let mut digits = [0; MAX_LEN];
        let (len, Some(slots)) = (bytes.len(), digits.get_mut(..bytes.len())) else {
            return Err(SequenceNumberError::TooLong { length: bytes.len() });
        };
        slots.copy_from_slice(bytes);
        let last = len.checked_sub(1).ok_or(SequenceNumberError::Empty)?;
        let start = bytes[..last].iter().take_while(|digit| **digit == b'0').count();
        #[expect(clippy::cast_possible_truncation, reason = "both are at most 40")]
        let (len, start) = (len as u8, start as u8);
        Ok(Self { digits, len, start })
    }

    /// The text as it was received, leading zeros included: what the Streams API is to be given back.
    pub fn as_str(&self) -> &str {
        Self::text(&self.digits[..usize::from(self.len)])
    }

    /// The number without leading zeros; zero is `0`.
    pub fn significant(&self) -> &str {
        Self::text(self.number())
    }

    /// A version below 2^63 that never falls as the number grows: count of digits x 10^17 + the first 17 digits.
    ///
    /// Numbers that agree in length and in their first 17 digits share a version, so it is good for refusing older
    /// writes, and no identity.
    pub fn packed_version(&self) -> i64 {
        let number = self.number();
        let count = number.iter().fold(0, |count, _| count + 1);
        let leading = number.iter().take(PACKED).fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        count * PACKED_BASE + leading
    }

    /// The number with leading zeros to 40 characters, so that text order is numeric order: the form for storage keys.
    pub fn padded(&self) -> String {
        format!("{:0>MAX_LEN$}", self.significant())
    }

    fn number(&self) -> &[u8] {
        &self.digits[usize::from(self.start)..usize::from(self.len)]
    }

    fn text(digits: &[u8]) -> &str {
        std::str::from_utf8(digits).unwrap_or_default()
    }
}

impl FromStr for SequenceNumber {
    type Err = SequenceNumberError;

    fn from_str(text: &str) -> Result<Self, SequenceNumberError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for SequenceNumber {
    type Error = SequenceNumberError;

    fn try_from(text: &str) -> Result<Self, SequenceNumberError> {
        Self::parse(text)
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.number(), other.number());
        a.len().cmp(&b.len()).then_with(|| a.cmp(b))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SequenceNumber {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for SequenceNumber {}

impl Hash for SequenceNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number().hash(state);
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SequenceNumber({})", self.as_str())
    }
}

/// Why a text is no sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SequenceNumberError {
    /// The text is empty.
    #[error("a sequence number has at least one digit, and the text is empty")]
    Empty,
    /// The text has more than 40 digits.
    #[error("a sequence number has at most 40 digits, not {length}")]
    TooLong {
        /// Digits of the text.
        length: usize,
    },
    /// The text holds something other than ASCII digits; a sign or a space is one too many.
    #[error("a sequence number consists of digits, and byte {at} is none")]
    NotADigit {
        /// Offset in bytes of the first such byte.
        at: usize,
    },
}
