//! Differences as they are kept: nodes and links, from which paths and values are made when they are asked for.

use super::ValueChange;
use crate::{
    Segment, Value,
    tape::{Node, Tape},
};

/// A difference.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    /// What it lies in; none where that is the image itself.
    pub(super) place: Option<u32>,
    pub(super) step: Step<'a>,
    pub(super) nodes: Nodes<'a>,
}

/// A map or list inside an image.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// What it lies in itself.
    pub(super) around: Option<u32>,
    pub(super) step: Step<'a>,
}

/// A [`Segment`], borrowed.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl From<Step<'_>> for Segment {
    fn from(step: Step<'_>) -> Self {
        match step {
            Step::Name(name) => Self::from(name),
            Step::Index(index) => Self::from(index),
        }
    }
}

/// What is there before and after.
#[derive(Clone, Copy)]
pub(super) enum Nodes<'a> {
    Added(&'a Node),
    Removed(&'a Node),
    Changed(&'a Node, &'a Node),
}

impl<'a> Nodes<'a> {
    pub(super) fn values(self, old: &'a Tape, new: &'a Tape) -> ValueChange<'a> {
        let (old, new) = (|node| Value::of(old, node), |node| Value::of(new, node));
        match self {
            Self::Added(node) => ValueChange::Added { new: new(node) },
            Self::Removed(node) => ValueChange::Removed { old: old(node) },
            Self::Changed(was, is) if was.tag().is_type_of(is.tag()) => {
                ValueChange::Changed { old: old(was), new: new(is) }
            }
            Self::Changed(was, is) => ValueChange::TypeChanged { old: old(was), new: new(is) },
        }
    }
}
