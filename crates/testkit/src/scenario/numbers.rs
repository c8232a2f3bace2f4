use dynacdc_record::{SequenceNumber, SequenceNumberError};

/// Rising sequence numbers of one lineage of shards.
///
/// Half of the histories count over a power of ten, so that the numbers get longer on the way and text order is wrong.
/// Most steps are small, so that neighbours agree in their first 17 digits and packed versions tie. Both are seen in
/// numbers that AWS has published.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers(u128);

impl Numbers {
    pub(super) fn new(rng: &mut fastrand::Rng) -> Self {
        let digits = rng.u32(22..38);
        let power = 10u128.pow(digits);
        Self(if rng.bool() { power - u128::from(rng.u8(1..30)) } else { power + rng.u128(..power / 10) })
    }

    pub(super) fn next(&mut self, rng: &mut fastrand::Rng) -> Result<SequenceNumber, SequenceNumberError> {
        let far = rng.u8(..100) < 10;
        self.0 += if far { 10u128.pow(20) * u128::from(rng.u8(1..4)) } else { u128::from(rng.u8(1..4)) };
        SequenceNumber::parse(&self.0.to_string())
    }
}
