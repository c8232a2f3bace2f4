//! Which sub-lane a record goes to.
//!
//! FNV-1a of 64 bits over the text form of the item key, modulo the number of sub-lanes. It is fixed for ever: the
//! number of sub-lanes of a shard is in its checkpoint, and with another hash an item key would change its sub-lane when
//! a new release goes on with the shard. The standard library's hasher lost, since it may change.

use dynacdc_record::ChangeRecord;
use std::{
    fmt::{self, Write},
    num::NonZeroU16,
};

struct Fnv(u64);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = text.bytes().fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Ok(())
    }
}

/// From 0, and less than `of`.
pub(super) fn part(record: &ChangeRecord, of: NonZeroU16) -> u16 {
    if of == NonZeroU16::MIN {
        return 0;
    }
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    // Writing to a number does not fail.
    let _ = write!(hash, "{}", record.key());
    u16::try_from(hash.0 % u64::from(of.get())).unwrap_or_default()
}
