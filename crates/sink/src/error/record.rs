//! The classes of what goes wrong in reading a record.

use super::SinkError;
use dynacdc_record::{ChangeError, EventName, MissingImage, ReadError, StreamViewType};

impl From<MissingImage> for SinkError {
    /// Fatal where the view type of the stream lacks the image or is not known: every record would fail alike, and
    /// parking them all would empty the stream into the dead letters. Poison where this record alone is to blame: an
    /// `INSERT` has no old image and a `REMOVE` no new one, and a record may lack what its view type promises.
    fn from(missing: MissingImage) -> Self {
        let is_old = missing.image == "OldImage";
        let never = match missing.event_name {
            EventName::Insert => is_old,
            EventName::Remove => !is_old,
            EventName::Modify => false,
        };
        let has = if is_old { StreamViewType::has_old_image } else { StreamViewType::has_new_image };
        let promised = missing.view_type.is_some_and(has);
        let context = format!("the record has no {}", missing.image);
        let error = if never || promised { Self::poison(context) } else { Self::fatal(context) };
        error.with_source(missing)
    }
}

impl From<ReadError> for SinkError {
    /// Poison: the item does not have the form that the sink reads.
    fn from(unread: ReadError) -> Self {
        Self::poison("the image does not read as the asked type").with_source(unread)
    }
}

impl From<ChangeError> for SinkError {
    /// A missing image as from [`MissingImage`]; Poison, with the way to the attribute, for an image that does not read.
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Missing(missing) => missing.into(),
            ChangeError::Read { image, source } => {
                let path = source.path();
                let place = if path.is_root() { String::new() } else { format!(" at `{path}`") };
                Self::poison(format!("{image} does not read as the asked type{place}")).with_source(source)
            }
            other => Self::poison("the record does not read as the asked type").with_source(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use dynacdc_record::{ChangeRecord, Item, ItemError, SequenceNumber, item};

    type Fallible = Result<(), Box<dyn std::error::Error>>;

    fn record(name: EventName, view: Option<StreamViewType>) -> Result<ChangeRecord, ItemError> {
        let sequence = SequenceNumber::parse("100").map_err(|_| ItemError::NotAKey)?;
        let record = ChangeRecord::builder(name, item! { "pk" => "A" }, sequence);
        match view {
            Some(view) => record.view_type(view),
            None => record,
        }
        .build()
    }

    fn class<T>(result: Result<T, MissingImage>) -> Option<Class> {
        result.err().map(|missing| SinkError::from(missing).class())
    }

    #[test]
    fn a_view_type_without_the_image_is_fatal_and_a_record_without_it_is_poison() -> Fallible {
        use EventName::{Insert, Modify, Remove};
        use StreamViewType::{KeysOnly, NewAndOldImages, NewImage, OldImage};

        let new = |name, view| Ok::<_, ItemError>(class(record(name, view)?.require_new_image()));
        let old = |name, view| Ok::<_, ItemError>(class(record(name, view)?.require_old_image()));

        for view in [Some(KeysOnly), Some(OldImage), None] {
            assert_eq!(new(Modify, view)?, Some(Class::Fatal), "{view:?}");
            assert_eq!(new(Remove, view)?, Some(Class::Poison), "{view:?}");
        }
        for view in [Some(KeysOnly), Some(NewImage), None] {
            assert_eq!(old(Modify, view)?, Some(Class::Fatal), "{view:?}");
            assert_eq!(old(Insert, view)?, Some(Class::Poison), "{view:?}");
        }
        assert_eq!(new(Insert, Some(NewAndOldImages))?, Some(Class::Poison));
        assert_eq!(old(Remove, Some(NewAndOldImages))?, Some(Class::Poison));
        Ok(())
    }

    #[test]
    fn what_does_not_read_is_poison_and_names_the_attribute_without_its_value() -> Fallible {
        let images: [Item; 2] = [item! { "pk" => "A", "total" => "secret" }, item! { "pk" => "A" }];
        let [wrong, absent] = images.map(|image| -> Result<SinkError, Box<dyn std::error::Error>> {
            let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "A" }, SequenceNumber::parse("100")?);
            let record = record.new_image(image).build()?;
            record.change::<Order>().err().map(SinkError::from).ok_or_else(|| "it reads".into())
        });
        let (wrong, absent) = (wrong?, absent?);

        assert_eq!((wrong.class(), absent.class()), (Class::Poison, Class::Poison));
        assert_eq!(wrong.to_string(), "NewImage does not read as the asked type at `total`");
        assert!(format!("{absent:#}").contains("`total` is missing"), "{absent:#}");
        assert!(!format!("{wrong:?}").contains("secret"), "{wrong:?}");
        Ok(())
    }

    #[derive(serde::Deserialize)]
    struct Order {
        #[expect(dead_code, reason = "it is only read into")]
        total: u32,
    }
}
