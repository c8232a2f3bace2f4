//! What changed between two images.

mod difference;
mod found;
mod walk;

pub use difference::{Difference, ValueChange};

use crate::{ChangeRecord, EventName, Image, MissingImage, Segment, tape::Tape};
use found::{Found, Place, Step};
use std::fmt;
use walk::Walk;

/// The differences between two images, as [`diff`] finds them.
///
/// The values are borrowed from the images, not from here. A path is made when its difference is read: a diff that is
/// only counted, or asked what it [touches](Self::touches), makes none.
#[derive(Clone)]
pub struct Diff<'a> {
    old: &'a Tape,
    new: &'a Tape,
    found: Vec<Found<'a>>,
    /// The maps and lists that something was found in, each after the one around it.
    places: Vec<Place<'a>>,
}

/// What must be done to `old` so that it means the same as `new`.
///
/// - An attribute that only one of them has is added or removed. Absent, null and empty are three things.
/// - Values of different types are a [`TypeChanged`](ValueChange::TypeChanged). Inside two maps or two lists the
///   differences are those of their parts. Other values of one type are [`Changed`](ValueChange::Changed) unless they mean the
///   same: numbers compare by value (`1.50` is `1.5`), sets as sets, strings and binary values byte by byte.
/// - Lists are compared index by index, and what the longer one has at its end is added or removed. An element put
///   in at the front is therefore a change of every index behind it, which is what an update expression would have
///   to write, and what a reader of `lines[2]` sees. Finding moves as text comparisons do lost: it has several right
///   answers, so that two programs could record one change differently, and it takes quadratic time.
///
/// In a map the differences come in the order of the new image, removed attributes last; in a list by index. To have one
/// order whatever that of the event is, sort by [path](Difference::path).
///
/// Nothing is allocated when nothing changed, except in two cases that no stream is known to send: a set of more
/// than 32 elements or a map of more than 255 attributes that comes in another order.
///
/// ```
/// use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, ValueChange, item};
///
/// let record = ChangeRecord::builder(EventName::Modify, item! { "pk" => "A" }, SequenceNumber::parse("100")?)
///     .old_image(item! { "pk" => "A", "status" => "pending", "total" => 5 })
///     .new_image(item! { "pk" => "A", "status" => "shipped", "total" => 5 })
///     .build()?;
/// let lines: Vec<String> = record
///     .diff()?
///     .iter()
///     .map(|difference| {
///         let [old, new] = [difference.old_value(), difference.new_value()].map(|value| value.and_then(|value| value.as_str()));
///         format!("{}: {} -> {}", difference.path(), old.unwrap_or("nothing"), new.unwrap_or("nothing"))
///     })
///     .collect();
/// assert_eq!(lines, ["status: pending -> shipped"]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn diff<'a>(old: Image<'a>, new: Image<'a>) -> Diff<'a> {
    Walk::over(old, new)
}

impl ChangeRecord {
    /// What the change did to the item, as this record shows it: in an `INSERT` every attribute is added, in a
    /// `REMOVE` every attribute is removed, and a `MODIFY` is the [`diff`] of its images.
    ///
    /// # Errors
    /// [`MissingImage`] where an image is not there that the event name implies: the new one of an `INSERT`, the old
    /// one of a `REMOVE`, both of a `MODIFY`. The view type `NEW_AND_OLD_IMAGES` has them all.
    pub fn diff(&self) -> Result<Diff<'_>, MissingImage> {
        Ok(match self.event_name() {
            EventName::Insert => {
                let new = self.require_new_image()?;
                diff(new.emptied(), new)
            }
            EventName::Modify => diff(self.require_old_image()?, self.require_new_image()?),
            EventName::Remove => {
                let old = self.require_old_image()?;
                diff(old, old.emptied())
            }
        })
    }
}

impl<'a> Diff<'a> {
    /// Whether the images mean the same.
    pub const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Number of differences.
    pub const fn len(&self) -> usize {
        self.found.len()
    }

    /// The differences; their order is told at [`diff`].
    pub fn iter(&self) -> DiffIter<'_, 'a> {
        DiffIter { diff: self, found: self.found.iter() }
    }

    /// Whether the attribute of this name, or something inside it, differs. Allocates nothing.
    pub fn touches(&self, name: &str) -> bool {
        self.found.iter().any(|found| matches!(self.steps(found).last(), Some(Step::Name(first)) if first == name))
    }

    /// The steps to a difference, from the inside out.
    fn steps<'d>(&'d self, found: &Found<'a>) -> impl Iterator<Item = Step<'a>> + use<'d, 'a> {
        let mut around = found.place;
        let outer = std::iter::from_fn(move || {
            let place = self.places.get(around? as usize)?;
            around = place.around;
            Some(place.step)
        });
        std::iter::once(found.step).chain(outer)
    }

    fn difference(&self, found: &Found<'a>) -> Difference<'a> {
        let mut segments: Vec<Segment> = self.steps(found).map(Segment::from).collect();
        segments.reverse();
        Difference { path: segments.into_iter().collect(), change: found.nodes.values(self.old, self.new) }
    }
}

impl<'d, 'a> IntoIterator for &'d Diff<'a> {
    type Item = Difference<'a>;
    type IntoIter = DiffIter<'d, 'a>;

    fn into_iter(self) -> DiffIter<'d, 'a> {
        self.iter()
    }
}

impl fmt::Debug for Diff<'_> {
    /// Shows paths and types, not values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Iterator over the differences of a [`Diff`].
#[derive(Clone)]
pub struct DiffIter<'d, 'a> {
    diff: &'d Diff<'a>,
    found: std::slice::Iter<'d, Found<'a>>,
}

impl<'a> Iterator for DiffIter<'_, 'a> {
    type Item = Difference<'a>;

    fn next(&mut self) -> Option<Difference<'a>> {
        self.found.next().map(|found| self.diff.difference(found))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.found.size_hint()
    }
}

impl ExactSizeIterator for DiffIter<'_, '_> {}

impl fmt::Debug for DiffIter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
