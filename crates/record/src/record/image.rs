use super::{ChangeRecord, Hidden};
use crate::{EventName, Image, StreamViewType};

/// A handler needs an image that the record does not carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{event_name} record has no {image}; the stream's view type is {}, it must be {needed}", view_type_name(*.view_type))]
#[non_exhaustive]
pub struct MissingImage {
    /// `NewImage` or `OldImage`.
    pub image: &'static str,
    /// The event name of the record: an `INSERT` has no old image and a `REMOVE` no new one under any view type.
    pub event_name: EventName,
    /// The view type that the record names.
    pub view_type: Option<StreamViewType>,
    /// The view types that carry the image.
    pub needed: &'static str,
}

fn view_type_name(view_type: Option<StreamViewType>) -> &'static str {
    view_type.map_or("not known", StreamViewType::as_str)
}

impl ChangeRecord {
    /// The item after the change. None in a `REMOVE`, and where the view type has no new images.
    pub fn new_image(&self) -> Option<Image<'_>> {
        if self.hidden == Hidden::New {
            return None;
        }
        self.entry().new_image.map(|run| Image::new(&self.event.tape, run))
    }

    /// The item before the change. None in an `INSERT`, and where the view type has no old images.
    pub fn old_image(&self) -> Option<Image<'_>> {
        if self.hidden == Hidden::Old {
            return None;
        }
        self.entry().old_image.map(|run| Image::new(&self.event.tape, run))
    }

    /// The item after the change.
    ///
    /// # Errors
    /// [`MissingImage`] where there is none: the view type lacks it, or the record is a `REMOVE`.
    pub fn require_new_image(&self) -> Result<Image<'_>, MissingImage> {
        self.new_image().ok_or_else(|| self.missing("NewImage", "NEW_IMAGE or NEW_AND_OLD_IMAGES"))
    }

    /// The item before the change.
    ///
    /// # Errors
    /// [`MissingImage`] where there is none: the view type lacks it, or the record is an `INSERT`.
    pub fn require_old_image(&self) -> Result<Image<'_>, MissingImage> {
        self.old_image().ok_or_else(|| self.missing("OldImage", "OLD_IMAGE or NEW_AND_OLD_IMAGES"))
    }

    fn missing(&self, image: &'static str, needed: &'static str) -> MissingImage {
        MissingImage { image, event_name: self.event_name(), view_type: self.view_type(), needed }
    }
}
