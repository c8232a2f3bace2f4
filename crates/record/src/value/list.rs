use super::Value;
use crate::tape::{Comparison, Node, Run, Tape};
use std::fmt;

/// A list of values inside an image. Cheap to copy.
#[derive(Clone, Copy)]
pub struct List<'a> {
    tape: &'a Tape,
    run: Run,
}

impl<'a> List<'a> {
    pub(crate) const fn new(tape: &'a Tape, run: Run) -> Self {
        Self { tape, run }
    }

    /// Number of elements.
    pub const fn len(&self) -> usize {
        self.run.len as usize
    }

    /// Whether it has no element.
    pub const fn is_empty(&self) -> bool {
        self.run.len == 0
    }

    /// The element at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<Value<'a>> {
        self.tape.nodes(self.run).get(index).map(|node| Value::of(self.tape, node))
    }

    /// The elements in order.
    pub fn iter(&self) -> ListIter<'a> {
        ListIter { tape: self.tape, nodes: self.tape.nodes(self.run).iter() }
    }
}

impl<'a> IntoIterator for List<'a> {
    type Item = Value<'a>;
    type IntoIter = ListIter<'a>;

    fn into_iter(self) -> ListIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &List<'a> {
    type Item = Value<'a>;
    type IntoIter = ListIter<'a>;

    fn into_iter(self) -> ListIter<'a> {
        self.iter()
    }
}

impl PartialEq for List<'_> {
    fn eq(&self, other: &Self) -> bool {
        Comparison::of(self.tape, other.tape).same_list(self.run, other.run)
    }
}

impl Eq for List<'_> {}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Iterator over the elements of a [`List`].
#[derive(Clone)]
pub struct ListIter<'a> {
    tape: &'a Tape,
    nodes: std::slice::Iter<'a, Node>,
}

impl<'a> Iterator for ListIter<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        self.nodes.next().map(|node| Value::of(self.tape, node))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.nodes.size_hint()
    }
}

impl ExactSizeIterator for ListIter<'_> {}

impl fmt::Debug for ListIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
