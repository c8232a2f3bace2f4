use super::{Comparison, Node, Run, Tape};
use std::collections::HashMap;

/// Finds for the attributes of one map those of the same name in another.
///
/// At first the partner is looked for behind the last one found, since both images of a record may have their
/// attributes in one order. Where that fails once, an index over the fingerprints is made on the stack; only a map of
/// more than 255 attributes takes memory for it.
pub(crate) struct Partners<'a> {
    tape: &'a Tape,
    nodes: &'a [Node],
    /// Where the next partner stands if the order is the same.
    next: usize,
    index: Index<'a>,
}

#[expect(clippy::large_enum_variant, reason = "a box would take memory where nothing changed")]
enum Index<'a> {
    None,
    /// For each fingerprint, the position of the first attribute that has it, or [`NOWHERE`].
    Prints([u8; 256]),
    Names(HashMap<&'a [u8], usize>),
}

const NOWHERE: u8 = u8::MAX;

impl<'a> Partners<'a> {
    /// Of the attributes of this map.
    pub(crate) fn among(tape: &'a Tape, map: Run) -> Self {
        Self { tape, nodes: tape.nodes(map), next: 0, index: Index::None }
    }

    /// The attribute that probably has the name of `node`.
    #[inline]
    pub(crate) fn guess(&mut self, node: &Node) -> Option<&'a Node> {
        let at = match &self.index {
            Index::Prints(first) => usize::from(first[usize::from(node.print())]),
            Index::None | Index::Names(_) => self.next,
        };
        self.next = at + 1;
        self.nodes.get(at)
    }

    /// The attribute behind the last one that was guessed or found.
    #[inline]
    pub(crate) fn following(&self) -> Option<&'a Node> {
        self.nodes.get(self.next)
    }

    /// The attribute with the name of `node`, which is one on the right of the comparison.
    #[inline]
    pub(crate) fn find(
        &mut self,
        comparison: Comparison<'_>,
        guess: Option<&'a Node>,
        node: &Node,
    ) -> Option<&'a Node> {
        match guess {
            Some(guess) if comparison.same_name(guess, node) => Some(guess),
            _ => self.search(comparison, node),
        }
    }

    #[inline(never)]
    fn search(&mut self, comparison: Comparison<'_>, node: &Node) -> Option<&'a Node> {
        if matches!(self.index, Index::None) {
            self.make_index();
        }
        let at = match &self.index {
            Index::Names(positions) => *positions.get(comparison.right.text(node.name()))?,
            Index::Prints(first) => {
                let first = usize::from(first[usize::from(node.print())]);
                let nodes = self.nodes.get(first..)?;
                first + nodes.iter().position(|left| comparison.same_name(left, node))?
            }
            Index::None => return None,
        };
        self.next = at + 1;
        self.nodes.get(at)
    }

    #[inline(never)]
    fn make_index(&mut self) {
        if self.nodes.len() > usize::from(NOWHERE) {
            let named = self.nodes.iter().enumerate().map(|(at, node)| (self.tape.text(node.name()), at));
            self.index = Index::Names(named.collect());
            return;
        }
        // Filled in its place: it is large enough for a copy to be seen in measurements.
        self.index = Index::Prints([NOWHERE; 256]);
        if let Index::Prints(first) = &mut self.index {
            // From the back, so that of several attributes with one fingerprint the first stays.
            for (at, node) in (0..NOWHERE).zip(self.nodes).rev() {
                first[usize::from(node.print())] = at;
            }
        }
    }
}
