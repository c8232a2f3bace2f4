use serde::Deserialize;
use thiserror::Error;

use super::{ReadError, from_image};
use crate::{ChangeRecord, EventName, Image, MissingImage};

/// What happened to an item, with its images as values of a type of the caller.
///
/// Made by [`ChangeRecord::change`]; `T` may borrow from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change<T> {
    /// The item was not there before.
    Insert {
        /// The item after the change.
        new: T,
    },
    /// The item was there before and is there after.
    Modify {
        /// The item before the change.
        old: T,
        /// The item after the change.
        new: T,
    },
    /// The item is gone.
    Remove {
        /// The item before the change.
        old: T,
    },
}

impl<T> Change<T> {
    /// The item after the change; none for a removal.
    #[expect(clippy::new_ret_no_self, reason = "it is the new image, and makes nothing")]
    pub const fn new(&self) -> Option<&T> {
        match self {
            Self::Insert { new } | Self::Modify { new, .. } => Some(new),
            Self::Remove { .. } => None,
        }
    }

    /// The item before the change; none for an insert.
    pub const fn old(&self) -> Option<&T> {
        match self {
            Self::Modify { old, .. } | Self::Remove { old } => Some(old),
            Self::Insert { .. } => None,
        }
    }

    /// The item before and after the change, by value.
    pub fn into_images(self) -> (Option<T>, Option<T>) {
        match self {
            Self::Insert { new } => (None, Some(new)),
            Self::Modify { old, new } => (Some(old), Some(new)),
            Self::Remove { old } => (Some(old), None),
        }
    }

    /// The same change of another type. `f` is called on the old image first.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Change<U> {
        match self {
            Self::Insert { new } => Change::Insert { new: f(new) },
            Self::Modify { old, new } => {
                let old = f(old);
                Change::Modify { old, new: f(new) }
            }
            Self::Remove { old } => Change::Remove { old: f(old) },
        }
    }

    /// The same change by reference.
    pub const fn as_ref(&self) -> Change<&T> {
        match self {
            Self::Insert { new } => Change::Insert { new },
            Self::Modify { old, new } => Change::Modify { old, new },
            Self::Remove { old } => Change::Remove { old },
        }
    }
}

/// Why a record does not read as a [`Change`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The record lacks an image that its event name calls for: the view type of the stream has none.
    #[error(transparent)]
    Missing(#[from] MissingImage),
    /// An image is not of the asked type; the source says which attribute.
    #[error("{image} does not read as the asked type")]
    Read {
        /// `OldImage` or `NewImage`.
        image: &'static str,
        /// What is wrong with it.
        source: ReadError,
    },
}

impl ChangeRecord {
    /// The change with its images as values of `T`.
    ///
    /// The record counts as it is seen: [`entering`](Self::entering) makes a `MODIFY` an [`Change::Insert`]. Strings and
    /// bytes of `T` may borrow from the record. The rules of reading are those of [`from_image`].
    ///
    /// ```
    /// use dynacdc_record::{Change, ChangeRecord, EventName, SequenceNumber, item};
    /// use serde::Deserialize;
    ///
    /// #[derive(Debug, PartialEq, Deserialize)]
    /// struct Order<'a> {
    ///     pk: &'a str,
    ///     total: u32,
    /// }
    ///
    /// let record = ChangeRecord::builder(EventName::Modify, item! { "pk" => "A" }, SequenceNumber::parse("100")?)
    ///     .old_image(item! { "pk" => "A", "total" => 5 })
    ///     .new_image(item! { "pk" => "A", "total" => 7 })
    ///     .build()?;
    /// match record.change::<Order>()? {
    ///     Change::Modify { old, new } => assert_eq!((old.total, new.total), (5, 7)),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where the view type lacks an image that the event name calls for (a `MODIFY` needs
    /// both), [`ChangeError::Read`] where an image is not of the type.
    pub fn change<'de, T: Deserialize<'de>>(&'de self) -> Result<Change<T>, ChangeError> {
        let old = || read("OldImage", self.require_old_image()?);
        let new = || read("NewImage", self.require_new_image()?);
        Ok(match self.event_name() {
            EventName::Insert => Change::Insert { new: new()? },
            EventName::Modify => Change::Modify { old: old()?, new: new()? },
            EventName::Remove => Change::Remove { old: old()? },
        })
    }
}

fn read<'de, T: Deserialize<'de>>(name: &'static str, image: Image<'de>) -> Result<T, ChangeError> {
    from_image(image).map_err(|source| ChangeError::Read { image: name, source })
}
