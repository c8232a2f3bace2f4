use dynacdc_record::{ChangeRecord, EventName, Image, MissingImage};

/// The item before and after a change; `None` is that there was no item, never that the stream does not tell.
///
/// # Errors
/// [`MissingImage`] where the stream does not tell.
pub(super) fn before_and_after(record: &ChangeRecord) -> Result<(Option<Image<'_>>, Option<Image<'_>>), MissingImage> {
    let before = match record.event_name() {
        EventName::Insert => None,
        EventName::Modify | EventName::Remove => Some(record.require_old_image()?),
    };
    let after = match record.event_name() {
        EventName::Insert | EventName::Modify => Some(record.require_new_image()?),
        EventName::Remove => None,
    };
    Ok((before, after))
}
