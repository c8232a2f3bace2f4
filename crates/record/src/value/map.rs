use super::Value;
use crate::{
    Path, Segment,
    tape::{Comparison, Node, Run, Tape, fingerprint},
};
use std::fmt;

/// An item before or after a change: the attributes of `OldImage`, `NewImage` or `Keys`.
pub type Image<'a> = Map<'a>;

/// A map of attributes: a whole image, or a map inside it. Cheap to copy.
///
/// Attributes come in the order of the event, which has no meaning. Of an attribute that the event names twice, only
/// the last is there.
#[derive(Clone, Copy)]
pub struct Map<'a> {
    tape: &'a Tape,
    run: Run,
}

impl<'a> Map<'a> {
    pub(crate) const fn new(tape: &'a Tape, run: Run) -> Self {
        Self { tape, run }
    }

    /// Number of attributes.
    pub const fn len(&self) -> usize {
        self.run.len as usize
    }

    /// Whether it has no attribute.
    pub const fn is_empty(&self) -> bool {
        self.run.len == 0
    }

    /// The value of an attribute of this map. The name is taken as it is: a dot in it is part of the name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let key = fingerprint(name.as_bytes());
        let node = self.nodes().iter().find(|node| node.name_key() == key && self.tape.name(node) == name)?;
        Some(Value::of(self.tape, node))
    }

    /// Whether it has an attribute of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value at a path through maps and lists.
    pub fn at(&self, path: &Path) -> Option<Value<'a>> {
        path.segments().iter().try_fold(Value::M(*self), |value, segment| match (value, segment) {
            (Value::M(map), Segment::Name(name)) => map.get(name),
            (Value::L(list), Segment::Index(index)) => list.get(*index),
            _ => None,
        })
    }

    /// Names and values in the order of the event.
    pub fn iter(&self) -> MapIter<'a> {
        MapIter { tape: self.tape, nodes: self.nodes().iter() }
    }

    fn nodes(&self) -> &'a [Node] {
        self.tape.nodes(self.run)
    }

    pub(crate) const fn tape(&self) -> &'a Tape {
        self.tape
    }

    /// An image without attributes, where an item was not there before or is not there after.
    pub(crate) const fn emptied(&self) -> Self {
        Self { run: Run { start: 0, len: 0 }, ..*self }
    }

    pub(crate) const fn run(&self) -> Run {
        self.run
    }
}

impl<'a> IntoIterator for Map<'a> {
    type Item = (&'a str, Value<'a>);
    type IntoIter = MapIter<'a>;

    fn into_iter(self) -> MapIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Map<'a> {
    type Item = (&'a str, Value<'a>);
    type IntoIter = MapIter<'a>;

    fn into_iter(self) -> MapIter<'a> {
        self.iter()
    }
}

impl PartialEq for Map<'_> {
    fn eq(&self, other: &Self) -> bool {
        Comparison::of(self.tape, other.tape).same_map(self.run, other.run)
    }
}

impl Eq for Map<'_> {}

impl fmt::Debug for Map<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Iterator over the attributes of a [`Map`].
#[derive(Clone)]
pub struct MapIter<'a> {
    tape: &'a Tape,
    nodes: std::slice::Iter<'a, Node>,
}

impl<'a> Iterator for MapIter<'a> {
    type Item = (&'a str, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let node = self.nodes.next()?;
        Some((self.tape.name(node), Value::of(self.tape, node)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.nodes.size_hint()
    }
}

impl ExactSizeIterator for MapIter<'_> {}

impl fmt::Debug for MapIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
