//! Names and numbers as DynamoDB Streams makes them.

use chrono::{DateTime, Utc};
use dynacdc_record::{SequenceNumber, SequenceNumberError};
use dynacdc_sink::ShardId;

/// AWS's samples read as a counter times 10^20 plus a tail: the counter has up to 20 digits, the whole up to 40.
const TAIL_DIGITS: usize = 20;
/// 20 digits, and room to go on counting.
const MOST: u128 = 99_999_999_999_000_000_000;

#[derive(Debug)]
pub(super) struct Names {
    rng: fastrand::Rng,
    counter: u128,
    tail: u64,
}

impl Names {
    pub(super) fn new(seed: u64, after: Option<SequenceNumber>) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        // Near a power of ten, so that numbers of different lengths meet within few records.
        let counter = after.map_or_else(|| u128::from(rng.u64(5..=9)), counter_of);
        Self { counter: counter.min(MOST), tail: rng.u64(1..1_000_000_000), rng }
    }

    /// A number above all that were given before. One in eight follows on the one before it, so that the first 17
    /// digits of both are the same, as they are in AWS's own test event.
    pub(super) fn sequence(&mut self) -> Result<SequenceNumber, SequenceNumberError> {
        if self.rng.u8(0..8) == 0 {
            self.tail += 1;
        } else {
            self.counter += u128::from(self.rng.u64(1..=40));
            self.tail = self.rng.u64(1..1_000_000_000);
        }
        let text = format!("{}{:0TAIL_DIGITS$}", self.counter, self.tail);
        SequenceNumber::parse(&text)
    }

    /// `shardId-`, the time in milliseconds with 20 digits, and a hash.
    pub(super) fn shard(&mut self, at: DateTime<Utc>) -> ShardId {
        ShardId::new(format!("shardId-{:020}-{:08x}", at.timestamp_millis(), self.rng.u32(..)))
    }

    /// 32 characters that say nothing.
    pub(super) fn event_id(&mut self) -> String {
        format!("{:032x}", self.rng.u128(..))
    }

    /// A number from 1 to `most`.
    pub(super) fn up_to(&mut self, most: usize) -> usize {
        self.rng.usize(1..=most.max(1))
    }
}

fn counter_of(number: SequenceNumber) -> u128 {
    let digits = number.significant();
    let counter = digits.len().checked_sub(TAIL_DIGITS).and_then(|end| digits.get(..end));
    counter.and_then(|counter| counter.parse().ok()).unwrap_or(1)
}

/// The label of a stream that is enabled now.
pub(super) fn label(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_in_value_and_length_and_some_tie_in_their_first_17_digits() {
        let mut names = Names::new(1, None);
        let numbers: Vec<SequenceNumber> = (0..500).map_while(|_| names.sequence().ok()).collect();

        assert_eq!(numbers.len(), 500);
        assert!(numbers.is_sorted_by(|a, b| a < b));
        let texts: Vec<&str> = numbers.iter().map(SequenceNumber::as_str).collect();
        assert!(texts.iter().all(|text| (21..=40).contains(&text.len())));
        assert!(!texts.is_sorted(), "text order must be seen to be wrong");
        assert!(numbers.windows(2).any(|pair| pair[0].packed_version() == pair[1].packed_version()));
    }

    #[test]
    fn numbers_have_up_to_40_digits() -> Result<(), Box<dyn std::error::Error>> {
        let most = SequenceNumber::parse(&"9".repeat(40))?;
        let mut names = Names::new(1, Some(most));

        assert!((0..500).all(|_| names.sequence().is_ok_and(|number| number.as_str().len() == 40)));
        Ok(())
    }

    #[test]
    fn a_shard_is_named_after_its_time() {
        let mut names = Names::new(1, None);
        let at = DateTime::from_timestamp_millis(1_414_562_045_508).unwrap_or_default();

        let id = names.shard(at).to_string();

        assert!(id.starts_with("shardId-00000001414562045508-"), "{id}");
        assert!((28..=65).contains(&id.len()), "{id}");
    }
}
