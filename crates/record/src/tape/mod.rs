//! The flat index behind every image.
//!
//! One decoded event is one text buffer plus one vector of 16-byte nodes. The children of a map or list stand side by
//! side in that vector, so a map is a slice: iteration is a walk over an array, and lookup compares one integer per
//! attribute before it looks at any text. The alternative that lost is a tree of hash maps, which costs three
//! allocations per attribute; sorting the children by name lost too, since it costs more than all lookups of a
//! typical handler together.

mod build;
mod equal;
mod names;
mod node;
mod partners;

pub(crate) use build::{Level, TapeBuilder, TooLarge};
pub(crate) use equal::Comparison;
pub(crate) use node::{Name, Node, Payload, Run, Span, Tag, fingerprint};
pub(crate) use partners::Partners;

/// Text, side buffers and nodes of one event. Immutable once built.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    /// The input itself where there was one, otherwise the strings that were put in.
    text: String,
    /// Strings that had escapes, in their plain form.
    side: String,
    /// Binary values, decoded.
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    /// The text is the JSON of the event, in which the attributes of a map stand one behind the other.
    is_json: bool,
}

impl Tape {
    pub(crate) fn str(&self, span: Span) -> &str {
        let buffer = if span.in_side() { &self.side } else { &self.text };
        buffer.get(span.range()).unwrap_or_default()
    }

    /// The bytes of a string: what equality looks at, without finding out where its characters begin and end.
    #[inline]
    pub(crate) fn text(&self, span: Span) -> &[u8] {
        let buffer = if span.in_side() { &self.side } else { &self.text };
        buffer.as_bytes().get(span.range()).unwrap_or_default()
    }

    pub(crate) fn name(&self, node: &Node) -> &str {
        self.str(node.name())
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    pub(crate) fn nodes(&self, run: Run) -> &[Node] {
        self.nodes.get(run.range()).unwrap_or_default()
    }
}
