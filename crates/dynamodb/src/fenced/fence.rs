use dynacdc_record::{SequenceNumber, Version};
use std::{fmt, str::FromStr};

/// The version of a change as it stands in the item that was written: epoch, stream label, sequence number and part.
///
/// Its text orders as the versions do, so that a condition of DynamoDB, which compares strings by their UTF-8 bytes, can
/// refuse an older change: `b12 2015-05-11T21:21:33.291 0000000000000000000000000000000000000042 000`. The epoch has a letter
/// for the count of its digits before it, the sequence number its leading zeros, and the space sorts before everything that
/// a label holds.
///
/// Versions are comparable between changes of one source item only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence {
    epoch: u64,
    label: Box<str>,
    sequence: SequenceNumber,
    part: u8,
}

/// A text or label that makes no fence. It does not quote the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a fence: {reason}")]
pub struct FenceError {
    reason: &'static str,
}

impl Fence {
    /// The version of a change, under an epoch.
    ///
    /// # Errors
    /// [`FenceError`] if the label has a space or control characters, which none of AWS has.
    pub fn new(epoch: u64, version: &Version<'_>) -> Result<Self, FenceError> {
        if version.label.bytes().any(|byte| byte <= b' ') {
            return Err(FenceError { reason: "a label with a space" });
        }
        Ok(Self { epoch, label: (*version.label).into(), sequence: version.sequence, part: version.part })
    }

    /// Before every change of its epoch, and after every one of the epochs before: what a scan stamps.
    ///
    /// # Errors
    /// None that can come up.
    pub fn zero(epoch: u64) -> Result<Self, FenceError> {
        let sequence = SequenceNumber::parse("0").map_err(|_| FenceError { reason: "zero is no number" })?;
        Ok(Self { epoch, label: "".into(), sequence, part: 0 })
    }

    /// The epoch.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The label of the stream, empty where the record named none.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The sequence number.
    pub const fn sequence(&self) -> SequenceNumber {
        self.sequence
    }

    /// Which part of its change.
    pub const fn part(&self) -> u8 {
        self.part
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let epoch = self.epoch.to_string();
        // 1 to 20 digits: a to t.
        let digits = u8::try_from(epoch.len()).unwrap_or(1);
        let count = char::from(b'a' - 1 + digits);
        write!(f, "{count}{epoch} {} {} {:03}", self.label, self.sequence.padded(), self.part)
    }
}

impl FromStr for Fence {
    type Err = FenceError;

    /// Text that [`Display`](fmt::Display) would not have written is refused.
    fn from_str(text: &str) -> Result<Self, FenceError> {
        let fault = FenceError { reason: "not epoch, label, sequence number and part" };
        let fields: Vec<_> = text.split(' ').collect();
        let [epoch, label, sequence, part] = fields[..] else { return Err(fault) };
        let epoch = epoch.strip_prefix(|count: char| count.is_ascii_lowercase()).ok_or(fault)?;
        let fence = Self {
            epoch: epoch.parse().map_err(|_| fault)?,
            label: label.into(),
            sequence: SequenceNumber::parse(sequence).map_err(|_| fault)?,
            part: part.parse().map_err(|_| fault)?,
        };
        if fence.to_string() == text { Ok(fence) } else { Err(fault) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fences() -> impl Strategy<Value = Fence> {
        let epoch = prop_oneof![0..20_u64, any::<u64>(), Just(u64::MAX)];
        let sequence = prop_oneof!["[0-9]{1,3}", "[1-9][0-9]{20,39}"];
        (epoch, "(|2015|2015-05-11T21:21:33\\.29[0-9]|20!|[!-~]{1,4})", sequence, 0..=u8::MAX).prop_map(
            |(epoch, label, sequence, part)| {
                let sequence = SequenceNumber::parse(&sequence).unwrap();
                Fence::new(epoch, &Version { label: label.into(), sequence, part }).unwrap()
            },
        )
    }

    proptest! {
        #[test]
        fn the_text_orders_as_the_versions_do(a in fences(), b in fences()) {
            prop_assert_eq!(a.to_string().as_bytes().cmp(b.to_string().as_bytes()), a.cmp(&b));
        }

        #[test]
        fn the_text_reads_back(fence in fences()) {
            prop_assert_eq!(fence.to_string().parse(), Ok(fence));
        }
    }

    #[test]
    fn the_text_is_that_of_the_documentation() -> Result<(), Box<dyn std::error::Error>> {
        let version =
            Version { label: "2015-05-11T21:21:33.291".into(), sequence: SequenceNumber::parse("0042")?, part: 0 };
        let fence = Fence::new(12, &version)?;

        let text = "b12 2015-05-11T21:21:33.291 0000000000000000000000000000000000000042 000";
        assert_eq!(fence.to_string(), text);
        assert!(Fence::zero(12)? < fence && fence < Fence::zero(13)?);
        for wrong in ["", "b12", &text[1..], &text.replace("b12", "a12"), &text.replace(" 000", " 0"), "b12 a b c"] {
            assert!(wrong.parse::<Fence>().is_err(), "{wrong}");
        }
        let spaced = Version { label: "a b".into(), ..version };
        assert!(Fence::new(12, &spaced).is_err());
        Ok(())
    }
}
