//! A hash whose values stay the same: the hashers of the standard library do not promise it over versions.

/// FNV-1a over bytes.
pub(crate) fn fnv<'b>(bytes: impl IntoIterator<Item = &'b u8>) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    // Short texts differ in their low bits only; ranges and remainders are to see all of them.
    let hash = bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
