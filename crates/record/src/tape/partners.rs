use super::{Comparison, Node, Run, Tape};
use std::collections::HashMap;

/// Names that are searched attribute by attribute before an index is worth its making: one that was put in or taken
/// out shifts its neighbours by one and costs one search.
const SCANS: usize = 2;

/// Finds for the attributes of one map those of the same name in another.
///
/// Both images of a record mostly have their attributes in one order, so the attribute behind the last one found is
/// looked at first. Where orders differ, an index over the fingerprints is made on the stack; only maps of more than
/// 255 attributes take memory for it.
pub(crate) struct Partners<'a> {
    tape: &'a Tape,
    nodes: &'a [Node],
    /// Where the next partner probably stands.
    next: usize,
    scans: usize,
    index: Index<'a>,
}

#[expect(clippy::large_enum_variant, reason = "a box would take memory where nothing changed")]
enum Index<'a> {
    None,
    /// For each fingerprint, 1 plus the position of the first attribute that has it.
    Prints([u8; 256]),
    Names(HashMap<&'a [u8], usize>),
}

impl<'a> Partners<'a> {
    /// Of the attributes of this map.
    pub(crate) fn among(tape: &'a Tape, map: Run) -> Self {
        Self { tape, nodes: tape.nodes(map), next: 0, scans: 0, index: Index::None }
    }

    /// Goes over the next attribute if it is known to be a copy of `node`.
    #[inline]
    pub(crate) fn skip_copy(&mut self, comparison: &Comparison<'_>, node: &Node) -> bool {
        let is = self.nodes.get(self.next).is_some_and(|next| comparison.is_copy(next, node));
        self.next += usize::from(is);
        is
    }

    /// The attribute with the name of `node`, which is one on the right of the comparison.
    #[inline]
    pub(crate) fn find(&mut self, comparison: &Comparison<'_>, node: &Node) -> Option<&'a Node> {
        let at = match self.nodes.get(self.next) {
            Some(next) if comparison.same_name(next, node) => self.next,
            _ => self.search(comparison, node)?,
        };
        self.next = at + 1;
        self.nodes.get(at)
    }

    #[inline(never)]
    fn search(&mut self, comparison: &Comparison<'_>, node: &Node) -> Option<usize> {
        let scan = |from| {
            let mut nodes = self.nodes.iter().enumerate().skip(from);
            nodes.find(|(_, left)| comparison.same_name(left, node)).map(|(at, _)| at)
        };
        if self.scans < SCANS {
            self.scans += 1;
            return scan(0);
        }
        if matches!(self.index, Index::None) {
            self.index = self.make_index();
        }
        match &self.index {
            Index::None => scan(0),
            Index::Prints(first) => scan(usize::from(first[usize::from(node.print())]).checked_sub(1)?),
            Index::Names(positions) => positions.get(comparison.right.text(node.name())).copied(),
        }
    }

    #[cold]
    fn make_index(&self) -> Index<'a> {
        if u8::try_from(self.nodes.len()).is_err() {
            let named = self.nodes.iter().enumerate().map(|(at, node)| (self.tape.text(node.name()), at));
            return Index::Names(named.collect());
        }
        let mut first = [0; 256];
        for (place, node) in (1..=u8::MAX).zip(self.nodes) {
            let slot = &mut first[usize::from(node.print())];
            *slot = if *slot == 0 { place } else { *slot };
        }
        Index::Prints(first)
    }
}
