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

    /// Whether two attributes are written alike in the JSON that they were decoded from, up to the attributes behind
    /// them. Maps and lists that did not change are found so, without a look inside.
    #[inline]
    pub(crate) fn is_same_json(self, left: (&Node, Option<&Node>), right: (&Node, Option<&Node>)) -> bool {
        left.0.has_name_of(right.0) && self.same_json(left.0, left.1, right.0, right.1)
    }

    /// The same for two maps in lists, up to the maps behind them.
    #[inline]
    pub(crate) fn are_same_json(self, left: (&Node, Option<&Node>), right: (&Node, Option<&Node>)) -> bool {
        let first = |tape: &'a Tape, node: &Node| match node.tag() {
            Tag::M => tape.nodes(node.run()).first(),
            _ => None,
        };
        let (is, was) = (first(self.right, right.0), first(self.left, left.0));
        let left_end = left.1.and_then(|next| first(self.left, next));
        let right_end = right.1.and_then(|next| first(self.right, next));
        left.0.run().len == right.0.run().len
            && was.zip(is).is_some_and(|(was, is)| self.same_json(was, left_end, is, right_end))
    }

    /// Whether the JSON from the name of one attribute to that of another is the same on both sides.
    #[inline]
    fn same_json(self, left: &Node, left_end: Option<&Node>, right: &Node, right_end: Option<&Node>) -> bool {
        let json = |tape: &'a Tape, node: &Node, end: Option<&Node>| {
            let range = node.written_until(end?)?;
            tape.is_json.then(|| tape.text.as_bytes().get(range)).flatten()
        };
        let left = json(self.left, left, left_end);
        left.is_some() && left == json(self.right, right, right_end)
    }

    #[inline]
    fn same_text(self, left: Span, right: Span) -> bool {
        self.left.text(left) == self.right.text(right)
    }

    /// Whether two numbers whose texts differ have one value.
    #[inline(never)]
    fn same_number(self, left: &Node, right: &Node) -> bool {
        let (left, right) = (self.left.number(left), self.right.number(right));
        !differ_plainly(left.as_str().as_bytes(), right.as_str().as_bytes()) && left == right
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

/// How a number is written that has no exponent, and digits on both sides of its point: where sign and point are.
#[derive(PartialEq, Eq)]
struct Shape {
    negative: bool,
    whole: usize,
    fraction: usize,
    /// The first of several whole digits is a zero.
    padded: bool,
}

impl Shape {
    fn of(text: &[u8]) -> Option<Self> {
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let fraction = digits.get(whole + 1..).unwrap_or_default();
        // `.5` and `5.` are numbers too, and are `0.5` and `5`.
        let is_plain = whole > 0
            && match digits.get(whole) {
                None => true,
                Some(b'.') => !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit),
                Some(_) => false,
            };
        is_plain.then_some(Self {
            negative: digits.len() < text.len(),
            whole,
            fraction: fraction.len(),
            padded: whole > 1 && digits.first() == Some(&b'0'),
        })
    }
}

/// Whether two texts of numbers that are not the same can be seen to be two values, as most changed numbers can. It is
/// cheaper than working the values out.
fn differ_plainly(left: &[u8], right: &[u8]) -> bool {
    let (Some(left), Some(right)) = (Shape::of(left), Shape::of(right)) else { return false };
    let same_point = left.negative == right.negative && left.fraction == right.fraction;
    same_point && (left.whole == right.whole || !left.padded && !right.padded)
}

fn sorted<'n, T: Ord>(set: &'n [Node], element: impl Fn(&'n Node) -> T) -> BTreeSet<T> {
    set.iter().map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NumberRef;
    use proptest::prelude::*;

    /// Few digits and many ways to write them, so that two texts often have one value.
    const TEXT: &str = "[-+]?0{0,2}[0-2]?([.][0-2]?0{0,2})?([eE][-+]?[0-1])?";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn numbers_that_differ_plainly_differ(left in TEXT, right in TEXT) {
            if let (Ok(a), Ok(b)) = (NumberRef::parse(&left), NumberRef::parse(&right))
                && left != right
                && differ_plainly(left.as_bytes(), right.as_bytes())
            {
                prop_assert_ne!(a, b);
            }
        }
    }
}
