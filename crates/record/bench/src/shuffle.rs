/// An order of names, and other choices that a text decides: the same for the same seed.
///
/// Images that are written with one seed have their attributes in one order, whatever else differs between them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shuffle(pub(crate) u64);

impl Shuffle {
    /// The place of a name among all others (FNV-1a, mixed with the seed).
    pub(crate) fn place(self, text: &str) -> u64 {
        let start = 0xcbf2_9ce4_8422_2325 ^ self.0;
        let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
    }
}
