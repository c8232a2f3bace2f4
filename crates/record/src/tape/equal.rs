//! Equality by meaning, decided on nodes: the one that comparing values and taking differences share.

use super::{Node, Partners, Run, Span, Tag, Tape};
use crate::NumberRef;
use std::collections::BTreeSet;

/// Up to this many elements, looking each one up in the other set is cheaper than sorting both, and takes no memory.
const PAIRWISE: usize = 32;

/// Compares values of two tapes, which are mostly the same one: that of a record.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a> {
    pub(crate) left: &'a Tape,
    pub(crate) right: &'a Tape,
}

impl<'a> Comparison<'a> {
    pub(crate) const fn of(left: &'a Tape, right: &'a Tape) -> Self {
        Self { left, right }
    }

    /// Whether a value on the left and one on the right mean the same.
    #[inline]
    pub(crate) fn same(self, left: &Node, right: &Node) -> bool {
        match (left.tag(), right.tag()) {
            (Tag::S, Tag::S) => self.same_text(left.span(), right.span()),
            (Tag::N, Tag::N) => self.same_text(left.span(), right.span()) || self.same_number(left, right),
            (Tag::B, Tag::B) => self.left.bytes(left.span()) == self.right.bytes(right.span()),
            (Tag::True, Tag::True) | (Tag::False, Tag::False) | (Tag::Null, Tag::Null) => true,
            (Tag::Ss, Tag::Ss) | (Tag::Ns, Tag::Ns) | (Tag::Bs, Tag::Bs) => self.same_set(left.run(), right.run()),
            (Tag::L, Tag::L) => self.same_list(left.run(), right.run()),
            (Tag::M, Tag::M) => self.same_map(left.run(), right.run()),
            _ => false,
        }
    }

    /// Whether two attributes have the same name.
    #[inline]
    pub(crate) fn same_name(self, left: &Node, right: &Node) -> bool {
        left.name_key() == right.name_key() && self.same_text(left.name(), right.name())
    }

    /// Whether two attributes are strings or numbers that are written alike: if not, they may still be equal.
    ///
    /// Name and value are compared at once, with what stands between them, which is how most attributes of an image
    /// find their equals.
    #[inline]
    pub(crate) fn is_copy(self, left: &Node, right: &Node) -> bool {
        left.is_alike(right)
            && left.written().zip(right.written()).is_some_and(|(left, right)| {
                self.left.text.as_bytes().get(left) == self.right.text.as_bytes().get(right)
            })
    }

    #[inline]
    fn same_text(self, left: Span, right: Span) -> bool {
        self.left.text(left) == self.right.text(right)
    }

    /// Whether two numbers whose texts differ have one value.
    #[inline(never)]
    fn same_number(self, left: &Node, right: &Node) -> bool {
        let (left, right) = (self.left.number(left), self.right.number(right));
        !have_one_shape(left.as_str().as_bytes(), right.as_str().as_bytes()) && left == right
    }

    pub(crate) fn same_map(self, left: Run, right: Run) -> bool {
        let mut partners = Partners::among(self.left, left);
        // Names are unique in a map, so equal sizes and a partner for each attribute are enough.
        left.len == right.len
            && self.right.nodes(right).iter().all(|node| {
                let guess = partners.guess(node);
                if guess.is_some_and(|guess| self.is_copy(guess, node)) {
                    return true;
                }
                partners.find(self, guess, node).is_some_and(|partner| self.same(partner, node))
            })
    }

    pub(crate) fn same_list(self, left: Run, right: Run) -> bool {
        left.len == right.len && self.same_each(self.left.nodes(left), self.right.nodes(right))
    }

    fn same_each(self, left: &[Node], right: &[Node]) -> bool {
        left.iter().zip(right).all(|(left, right)| self.same(left, right))
    }

    pub(crate) fn same_set(self, left: Run, right: Run) -> bool {
        let (left, right) = (self.left.nodes(left), self.right.nodes(right));
        if left.len() == right.len() && self.same_each(left, right) {
            return true;
        }
        // An event may list an element twice, so counts tell nothing: each set must hold the other.
        if left.len().max(right.len()) <= PAIRWISE {
            return self.holds(left, right) && self.other_way().holds(right, left);
        }
        if left.first().is_some_and(|node| node.tag() == Tag::N) {
            sorted(left, |node| self.left.number(node)) == sorted(right, |node| self.right.number(node))
        } else {
            sorted(left, |node| self.left.content(node)) == sorted(right, |node| self.right.content(node))
        }
    }

    /// Whether every element on the right is one on the left.
    fn holds(self, left: &[Node], right: &[Node]) -> bool {
        right.iter().all(|right| left.iter().any(|left| self.same(left, right)))
    }

    /// With left and right exchanged.
    pub(crate) const fn other_way(self) -> Self {
        Self::of(self.right, self.left)
    }
}

impl Tape {
    fn number(&self, node: &Node) -> NumberRef<'_> {
        NumberRef::trusted(self.str(node.span()))
    }

    /// The bytes of a string, number or binary value.
    fn content(&self, node: &Node) -> &[u8] {
        if node.tag() == Tag::B { self.bytes(node.span()) } else { self.text(node.span()) }
    }
}

/// Whether two texts of numbers have no exponent, and sign and point at the same places: then other digits are another
/// value. It is how most numbers change, and cheaper to see than two values are to work out.
fn have_one_shape(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            left.is_ascii_digit() && right.is_ascii_digit() || left == right && !matches!(left, b'e' | b'E')
        })
}

fn sorted<'n, T: Ord>(set: &'n [Node], element: impl Fn(&'n Node) -> T) -> BTreeSet<T> {
    set.iter().map(element).collect()
}
