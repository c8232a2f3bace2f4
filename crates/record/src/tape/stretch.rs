use super::Span;

/// Longest stretch. It bounds what is read in vain where attributes of one order meet those of another.
const LONGEST: usize = 1024;
const CHUNK: usize = 32;
const WORD: usize = 8;

/// A piece of the text of one tape that is repeated, byte by byte, in the text of another.
///
/// The images of a change mostly repeat each other, so finding such a piece once answers for the names and values in
/// it: those that lie at one distance from each other are equal. Comparing each on its own costs a call per name and
/// per value, which is most of what a comparison of two images costs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stretch {
    /// Where it begins on the left.
    start: u32,
    /// How much farther it begins on the right, modulo 2^32.
    shift: u32,
    len: u32,
}

impl Stretch {
    /// The longest from two places on.
    pub(super) fn from(left: (&str, u32), right: (&str, u32)) -> Self {
        let rest = |(text, at): (&'_ str, u32)| text.as_bytes().get(at as usize..).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "at most LONGEST")]
        let len = common_prefix(rest(left), rest(right)) as u32;
        Self { start: left.1, shift: right.1.wrapping_sub(left.1), len }
    }

    /// Whether it may end before what both sides have in common.
    pub(super) const fn is_longest(self) -> bool {
        self.len as usize == LONGEST
    }

    /// Whether both spans lie in it and stand for the same bytes. A span of a side buffer never does.
    #[inline]
    pub(super) const fn covers(self, left: Span, right: Span) -> bool {
        // The flag of a side buffer makes a length that no stretch has.
        let end = left.start().wrapping_sub(self.start) as u64 + left.flagged_len() as u64;
        left.flagged_len() == right.flagged_len()
            && right.start().wrapping_sub(left.start()) == self.shift
            && end <= self.len as u64
    }
}

/// How many bytes two texts begin with alike, at most [`LONGEST`].
fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let (left, right) = (&left[..left.len().min(LONGEST)], &right[..right.len().min(LONGEST)]);
    let chunks = left.as_chunks::<CHUNK>().0.iter().zip(right.as_chunks::<CHUNK>().0);
    let mut same = chunks.take_while(|(left, right)| left == right).count() * CHUNK;
    let words = left[same..].as_chunks::<WORD>().0.iter().zip(right[same..].as_chunks::<WORD>().0);
    for (left, right) in words {
        let differing = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if differing != 0 {
            return same + (differing.trailing_zeros() / u8::BITS) as usize;
        }
        same += WORD;
    }
    same + left[same..].iter().zip(&right[same..]).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_prefix_ends_at_the_first_byte_that_differs() {
        for len in 0..100 {
            let left = vec![b'a'; len];
            assert_eq!(common_prefix(&left, &left), len);
            assert_eq!(common_prefix(&left, &[b'a'; 100]), len);
            for at in 0..len {
                let mut right = left.clone();
                right[at] = b'b';
                assert_eq!(common_prefix(&left, &right), at, "{len}");
            }
        }
        assert_eq!(common_prefix(&[7; 5000], &[7; 5000]), LONGEST);
    }

    #[test]
    fn only_spans_at_the_distance_of_the_stretch_and_inside_it_are_covered() {
        let span = |start, len| Span::new(start, len, false);
        // Given a stretch of 6 bytes: 2..8 on the left, 0..6 on the right.
        let stretch = Stretch::from(("xxabcabcy", 2), ("abcabcz", 0));

        assert!(stretch.covers(span(2, 6), span(0, 6)));
        assert!(stretch.covers(span(5, 3), span(3, 3)));
        assert!(stretch.covers(span(8, 0), span(6, 0)));
        // Before it, beyond it, at another distance, of another length, in a side buffer.
        assert!(!stretch.covers(span(1, 2), span(u32::MAX, 2)));
        assert!(!stretch.covers(span(5, 4), span(3, 4)));
        assert!(!stretch.covers(span(2, 3), span(3, 3)));
        assert!(!stretch.covers(span(2, 3), span(0, 2)));
        assert!(!stretch.covers(Span::new(2, 3, true), Span::new(0, 3, true)));
        assert!(!Stretch::default().covers(span(0, 1), span(0, 1)));
    }
}
