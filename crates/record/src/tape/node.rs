use std::ops::Range;

/// The type of a value, as the tape keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    S,
    N,
    B,
    True,
    False,
    Null,
    Ss,
    Ns,
    Bs,
    L,
    M,
}

impl Tag {
    const ALL: [Self; 11] = [
        Self::S,
        Self::N,
        Self::B,
        Self::True,
        Self::False,
        Self::Null,
        Self::Ss,
        Self::Ns,
        Self::Bs,
        Self::L,
        Self::M,
    ];

    /// Whether both are tags of one type: the two booleans are.
    pub(crate) const fn is_type_of(self, other: Self) -> bool {
        let is_boolean = matches!(self, Self::True | Self::False);
        self as u8 == other as u8 || is_boolean && matches!(other, Self::True | Self::False)
    }
}

const SIDE: u32 = 1 << 31;

/// A piece of one of the tape's buffers. The top bit of the length tells the side buffer from the text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    pub(crate) const fn new(start: u32, len: u32, in_side: bool) -> Self {
        Self { start, len: if in_side { len | SIDE } else { len } }
    }

    pub(crate) const fn in_side(self) -> bool {
        self.len & SIDE != 0
    }

    pub(crate) const fn len(self) -> u32 {
        self.len & !SIDE
    }

    pub(crate) const fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len() as usize
    }
}

/// Neighbouring nodes: the children of one map, list or set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Run {
    pub(crate) const fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}

/// What a node holds, without its name: a span of a buffer, or a run of children.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payload {
    pub(crate) tag: Tag,
    pub(crate) start: u32,
    /// Bytes of a span (its top bit tells the side buffer), or number of children.
    pub(crate) len: u32,
}

impl Payload {
    pub(crate) const fn plain(tag: Tag) -> Self {
        Self { tag, start: 0, len: 0 }
    }

    pub(crate) const fn span(tag: Tag, span: Span) -> Self {
        Self { tag, start: span.start, len: span.len }
    }

    pub(crate) const fn run(tag: Tag, run: Run) -> Self {
        Self { tag, start: run.start, len: run.len }
    }
}

/// One attribute, or one element of a list or set: 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    name: u32,
    /// Length of the name (16 bits), its fingerprint (8), side flag of the name (1), tag (4).
    meta: u32,
    start: u32,
    len: u32,
}

/// What a node keeps of its name. It fits a register, so it can be handed down to where the value is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    start: u32,
    meta: u32,
}

impl Name {
    /// Of an element of a list or set.
    pub(crate) const NONE: Self = Self { start: 0, meta: 0 };

    /// `span` is at most [`Node::MAX_NAME`] long, `fingerprint` is that of its text.
    pub(crate) const fn new(span: Span, fingerprint: u32) -> Self {
        Self { start: span.start, meta: fingerprint | if span.in_side() { NAME_IN_SIDE } else { 0 } }
    }
}

const FINGERPRINT_AT: u32 = 16;
const NAME_IN_SIDE: u32 = 1 << 24;
const TAG_AT: u32 = 25;
/// Length and fingerprint: what two equal names have in common.
const SAME_NAME: u32 = (1 << 24) - 1;

impl Node {
    /// The longest name: attribute names are at most 64 KB.
    pub(crate) const MAX_NAME: usize = u16::MAX as usize;

    pub(crate) const fn new(name: Name, payload: Payload) -> Self {
        let tag = payload.tag as u32;
        Self { name: name.start, meta: name.meta | (tag << TAG_AT), start: payload.start, len: payload.len }
    }

    /// `span` is at most [`Self::MAX_NAME`] long, `fingerprint` is that of its text.
    pub(crate) const fn named(span: Span, fingerprint: u32, payload: Payload) -> Self {
        Self::new(Name::new(span, fingerprint), payload)
    }

    pub(crate) const fn element(payload: Payload) -> Self {
        Self::new(Name::NONE, payload)
    }

    pub(crate) const fn name(&self) -> Span {
        Span::new(self.name, self.meta & 0xffff, self.meta & NAME_IN_SIDE != 0)
    }

    /// Two nodes whose keys differ have different names.
    pub(crate) const fn name_key(&self) -> u32 {
        self.meta & SAME_NAME
    }

    /// Whether both are strings or both numbers of one length, and their names may be the same.
    #[inline]
    pub(super) const fn is_alike(&self, other: &Self) -> bool {
        self.meta == other.meta && self.len == other.len && self.meta >> TAG_AT <= Tag::N as u32
    }

    /// Where in the text it is from the beginning of its name to the end of its span, if the two stand there in this
    /// order.
    #[inline]
    pub(super) const fn written(&self) -> Option<Range<usize>> {
        if (self.meta & NAME_IN_SIDE) | (self.len & SIDE) != 0 || self.start < self.name {
            return None;
        }
        Some(self.name as usize..self.start as usize + self.len as usize)
    }

    /// Whether it is no map, list or set.
    #[inline]
    pub(crate) const fn is_leaf(&self) -> bool {
        self.meta >> TAG_AT <= Tag::Null as u32
    }

    /// Whether both have the same type, and their names may be the same.
    #[inline]
    pub(super) const fn has_name_of(&self, other: &Self) -> bool {
        self.meta == other.meta
    }

    /// Where in the text of an event it is, from the beginning of its name to that of the attribute behind it.
    #[inline]
    pub(super) const fn written_until(&self, next: &Self) -> Option<Range<usize>> {
        if (self.meta | next.meta) & NAME_IN_SIDE != 0 || next.name < self.name {
            return None;
        }
        Some(self.name as usize..next.name as usize)
    }

    /// The fingerprint of the name.
    #[expect(clippy::cast_possible_truncation, reason = "it is the low byte that is meant")]
    pub(crate) const fn print(&self) -> u8 {
        (self.meta >> FINGERPRINT_AT) as u8
    }

    pub(crate) fn tag(&self) -> Tag {
        let tag = (self.meta >> TAG_AT) as usize;
        Tag::ALL.get(tag).copied().unwrap_or(Tag::Null)
    }

    pub(crate) const fn span(&self) -> Span {
        Span { start: self.start, len: self.len }
    }

    pub(crate) const fn run(&self) -> Run {
        Run { start: self.start, len: self.len }
    }
}

/// Length of a name in the low 16 bits, 8 bits of a hash of its ends above: what [`Node::name_key`] gives back.
pub(crate) fn fingerprint(name: &[u8]) -> u32 {
    let (head, tail) = match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (Some(head), Some(tail)) => (u32::from_le_bytes(*head), u32::from_le_bytes(*tail)),
        _ => (name.iter().fold(0, |all, byte| (all << 8) | u32::from(*byte)), 0),
    };
    let len = u32::try_from(name.len()).unwrap_or(u32::MAX) & 0xffff;
    let mixed = (head ^ tail.rotate_left(15) ^ len).wrapping_mul(0x9e37_79b1);
    len | ((mixed >> 24) << FINGERPRINT_AT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_sixteen_bytes_and_keeps_what_it_is_given() {
        assert_eq!(size_of::<Node>(), 16);
        for (tag, side) in Tag::ALL.into_iter().flat_map(|tag| [(tag, false), (tag, true)]) {
            let name = Span::new(7, 11, side);
            let node = Node::named(name, fingerprint(b"hello world"), Payload { tag, start: 5, len: 6 });

            assert_eq!((node.tag(), node.name().range(), node.name().in_side()), (tag, 7..18, side));
            assert_eq!(node.name_key(), fingerprint(b"hello world"));
            assert_eq!(node.run().range(), 5..11);
        }
    }

    #[test]
    fn different_lengths_have_different_keys() {
        assert_ne!(fingerprint(b""), fingerprint(b"a"));
        assert_ne!(fingerprint(b"abcd"), fingerprint(b"abcdabcd"));
    }
}
