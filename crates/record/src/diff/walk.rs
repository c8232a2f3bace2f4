use super::{
    Diff,
    found::{Found, Nodes, Place, Step},
};
use crate::{
    Image,
    tape::{Comparison, Node, Partners, Run, Tag},
};
use std::cell::Cell;

/// Differences to make room for at once. Most changes are of fewer attributes, and growing costs more than the room.
const EXPECTED: usize = 8;

/// Goes through two images side by side and takes memory at the first difference, not before.
pub(super) struct Walk<'a> {
    /// Old image on the left, new one on the right.
    comparison: Comparison<'a>,
    diff: Diff<'a>,
}

/// The maps and lists around where the walk is, linked on the stack from the inside out.
struct Trail<'t, 'a> {
    around: Option<&'t Self>,
    step: Option<Step<'a>>,
    /// Its position among the places of the diff, once something was found in it.
    place: Cell<Option<u32>>,
}

impl<'a> Walk<'a> {
    pub(super) fn over(old: Image<'a>, new: Image<'a>) -> Diff<'a> {
        let mut walk = Self {
            comparison: Comparison::of(old.tape(), new.tape()),
            diff: Diff { old: old.tape(), new: new.tape(), found: Vec::new(), places: Vec::new() },
        };
        let image = Trail { around: None, step: None, place: Cell::new(None) };
        walk.maps(old.run(), new.run(), &image);
        walk.diff
    }

    fn maps(&mut self, old: Run, new: Run, trail: &Trail<'_, 'a>) {
        let comparison = self.comparison;
        let Comparison { left, right } = comparison;
        let mut partners = Partners::among(left, old);
        let mut kept = 0;
        let mut nodes = right.nodes(new).iter().peekable();
        while let Some(node) = nodes.next() {
            let guess = partners.guess(node);
            if guess.is_some_and(|guess| {
                comparison.is_copy(guess, node)
                    || !node.is_leaf()
                        && comparison.is_same_json((guess, partners.following()), (node, nodes.peek().copied()))
            }) {
                kept += 1;
                continue;
            }
            match partners.find(comparison, guess, node) {
                Some(was) => {
                    kept += 1;
                    self.values(was, node, trail, || Step::Name(right.name(node)));
                }
                None => self.note(trail, Step::Name(right.name(node)), Nodes::Added(node)),
            }
        }
        // Names are unique in a map, so as many partners as there were attributes are all of them.
        if kept < old.len {
            let other_way = self.comparison.other_way();
            let mut partners = Partners::among(right, new);
            for node in left.nodes(old) {
                let guess = partners.guess(node);
                if partners.find(other_way, guess, node).is_none() {
                    self.note(trail, Step::Name(left.name(node)), Nodes::Removed(node));
                }
            }
        }
    }

    fn lists(&mut self, old: Run, new: Run, trail: &Trail<'_, 'a>) {
        let (old, new) = (self.comparison.left.nodes(old), self.comparison.right.nodes(new));
        for (i, (was, is)) in old.iter().zip(new).enumerate() {
            if !self.comparison.are_same_json((was, old.get(i + 1)), (is, new.get(i + 1))) {
                self.values(was, is, trail, || Step::Index(i));
            }
        }
        for (i, node) in new.iter().enumerate().skip(old.len()) {
            self.note(trail, Step::Index(i), Nodes::Added(node));
        }
        for (i, node) in old.iter().enumerate().skip(new.len()) {
            self.note(trail, Step::Index(i), Nodes::Removed(node));
        }
    }

    #[inline]
    fn values(&mut self, old: &'a Node, new: &'a Node, trail: &Trail<'_, 'a>, step: impl Fn() -> Step<'a>) {
        let inside = || Trail { around: Some(trail), step: Some(step()), place: Cell::new(None) };
        match (old.tag(), new.tag()) {
            (Tag::M, Tag::M) => self.maps(old.run(), new.run(), &inside()),
            (Tag::L, Tag::L) => self.lists(old.run(), new.run(), &inside()),
            _ if self.comparison.same(old, new) => {}
            _ => self.note(trail, step(), Nodes::Changed(old, new)),
        }
    }

    #[cold]
    fn note(&mut self, trail: &Trail<'_, 'a>, step: Step<'a>, nodes: Nodes<'a>) {
        let place = self.place(trail);
        if self.diff.found.is_empty() {
            self.diff.found.reserve(EXPECTED);
        }
        self.diff.found.push(Found { place, step, nodes });
    }

    fn place(&mut self, trail: &Trail<'_, 'a>) -> Option<u32> {
        if trail.place.get().is_none()
            && let Some(step) = trail.step
        {
            let around = trail.around.and_then(|around| self.place(around));
            // There are no more places than nodes, whose number fits.
            trail.place.set(u32::try_from(self.diff.places.len()).ok());
            self.diff.places.push(Place { around, step });
        }
        trail.place.get()
    }
}
