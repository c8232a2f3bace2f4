use std::hash::{BuildHasher, RandomState};

/// 64 bits from the operating system, and not from the generator `fastrand`, whose seed a program or a test may set: two
/// processes with one seed would draw the same.
pub(crate) fn random_bits() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
