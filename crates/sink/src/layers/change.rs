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

/// The part numbers of a record that is split, the first of which it also has where it stays whole.
///
/// Twice its own number and the next one, so that the halves of halves differ too: a map may stand around a route. Numbers
/// of splits that are nested more than eight deep are the same.
pub(super) const fn halves(record: &ChangeRecord) -> [u8; 2] {
    let first = record.part().saturating_mul(2);
    [first, first.saturating_add(1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::{EventName, SequenceNumber, item};

    #[test]
    fn the_halves_of_halves_are_all_different_and_in_order() -> Result<(), Box<dyn std::error::Error>> {
        let record =
            ChangeRecord::builder(EventName::Remove, item! { "pk" => "A" }, SequenceNumber::parse("1")?).build()?;

        let parts: Vec<u8> =
            halves(&record).into_iter().flat_map(|part| halves(&record.clone().with_part(part))).collect();

        assert_eq!(parts, [0, 1, 2, 3]);
        Ok(())
    }
}
