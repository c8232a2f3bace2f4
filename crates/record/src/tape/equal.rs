//! Equality by meaning, decided on nodes: the one that comparing values and taking differences share.

use super::{Node, Partners, Run, Span, Tag, Tape, stretch::Stretch};
use crate::NumberRef;
use std::{cell::Cell, collections::BTreeSet};

/// Up to this many elements, looking each one up in the other set is cheaper than sorting both, and takes no memory.
const PAIRWISE: usize = 32;

/// Compares values of two tapes, which are mostly the same one: that of a record.
pub(crate) struct Comparison<'a> {
    pub(crate) left: &'a Tape,
    pub(crate) right: &'a Tape,
    stretch: Cell<Stretch>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn of(left: &'a Tape, right: &'a Tape) -> Self {
        Self { left, right, stretch: Cell::default() }
    }

    /// Whether a value on the left and one on the right mean the same.
    #[inline]
    pub(crate) fn same(&self, left: &Node, right: &Node) -> bool {
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
    pub(crate) fn same_name(&self, left: &Node, right: &Node) -> bool {
        left.name_key() == right.name_key() && self.same_text(left.name(), right.name())
    }

    /// Whether two attributes are known to be equal without looking at any text. If not, they still may be.
    #[inline]
    pub(crate) fn is_copy(&self, left: &Node, right: &Node) -> bool {
        let stretch = self.stretch.get();
        left.is_alike(right)
            && stretch.covers(left.name(), right.name())
            && stretch.covers(left.span(), right.span())
    }

    #[inline]
    fn same_text(&self, left: Span, right: Span) -> bool {
        self.stretch.get().covers(left, right) || left.len() == right.len() && self.read_text(left, right)
    }

    #[inline(never)]
    fn read_text(&self, left: Span, right: Span) -> bool {
        if !left.in_side() && !right.in_side() {
            let stretch = Stretch::from((&self.left.text, left.start()), (&self.right.text, right.start()));
            self.stretch.set(stretch);
            if stretch.covers(left, right) {
                return true;
            }
            if !stretch.is_longest() {
                return false;
            }
        }
        self.left.text(left) == self.right.text(right)
    }

    #[inline(never)]
    fn same_number(&self, left: &Node, right: &Node) -> bool {
        self.left.number(left) == self.right.number(right)
    }

    pub(crate) fn same_map(&self, left: Run, right: Run) -> bool {
        let mut partners = Partners::among(self.left, left);
        // Names are unique in a map, so equal sizes and a partner for each attribute are enough.
        left.len == right.len
            && self.right.nodes(right).iter().all(|node| {
                partners.skip_copy(self, node)
                    || partners.find(self, node).is_some_and(|partner| self.same(partner, node))
            })
    }

    pub(crate) fn same_list(&self, left: Run, right: Run) -> bool {
        left.len == right.len && self.same_each(self.left.nodes(left), self.right.nodes(right))
    }

    fn same_each(&self, left: &[Node], right: &[Node]) -> bool {
        left.iter().zip(right).all(|(left, right)| self.same(left, right))
    }

    pub(crate) fn same_set(&self, left: Run, right: Run) -> bool {
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
    fn holds(&self, left: &[Node], right: &[Node]) -> bool {
        right.iter().all(|right| left.iter().any(|left| self.same(left, right)))
    }

    /// With left and right exchanged.
    pub(crate) fn other_way(&self) -> Self {
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

fn sorted<'n, T: Ord>(set: &'n [Node], element: impl Fn(&'n Node) -> T) -> BTreeSet<T> {
    set.iter().map(element).collect()
}
