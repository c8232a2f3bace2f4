use super::{ChangeRecord, Created, Entry, Event, Identity};
use crate::{EventName, Item, ItemError, SequenceNumber, StreamArn, StreamViewType, tape::TapeBuilder};
use std::{fmt, sync::Arc};

impl ChangeRecord {
    /// Builds a record from parts: for tests, generators and sources of other formats.
    ///
    /// ```
    /// use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
    ///
    /// let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "A" }, SequenceNumber::parse("100")?)
    ///     .new_image(item! { "pk" => "A", "total" => 5 })
    ///     .build()?;
    /// assert_eq!(record.key().to_string(), "pk:S:A");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(event_name: EventName, keys: Item, sequence: SequenceNumber) -> RecordBuilder {
        RecordBuilder {
            event_name,
            keys,
            sequence,
            event_id: None,
            event_version: None,
            event_source: None,
            region: None,
            stream_arn: None,
            identity: None,
            created: None,
            size_bytes: None,
            view_type: None,
            new_image: None,
            old_image: None,
        }
    }
}

/// Builds a [`ChangeRecord`]; made by [`ChangeRecord::builder`].
#[derive(Clone)]
#[must_use]
pub struct RecordBuilder {
    event_name: EventName,
    keys: Item,
    sequence: SequenceNumber,
    event_id: Option<String>,
    event_version: Option<String>,
    event_source: Option<String>,
    region: Option<String>,
    stream_arn: Option<StreamArn>,
    identity: Option<(String, String)>,
    created: Option<(i64, u32)>,
    size_bytes: Option<u64>,
    view_type: Option<StreamViewType>,
    new_image: Option<Item>,
    old_image: Option<Item>,
}

impl RecordBuilder {
    /// The id of the event; the text of the sequence number unless given.
    pub fn event_id(mut self, id: impl Into<String>) -> Self {
        self.event_id = Some(id.into());
        self
    }

    /// The version of the record format.
    pub fn event_version(mut self, version: impl Into<String>) -> Self {
        self.event_version = Some(version.into());
        self
    }

    /// The service that the record came from.
    pub fn event_source(mut self, source: impl Into<String>) -> Self {
        self.event_source = Some(source.into());
        self
    }

    /// The Region where the record was made.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The stream that the record came from.
    pub fn stream_arn(mut self, arn: StreamArn) -> Self {
        self.stream_arn = Some(arn);
        self
    }

    /// Who made the change: type and principal.
    pub fn user_identity(mut self, kind: impl Into<String>, principal_id: impl Into<String>) -> Self {
        self.identity = Some((kind.into(), principal_id.into()));
        self
    }

    /// When the change was made, in seconds and nanoseconds since 1970, UTC.
    pub fn created_epoch(mut self, seconds: i64, nanos: u32) -> Self {
        self.created = Some((seconds, nanos));
        self
    }

    /// When the change was made.
    #[cfg(feature = "chrono")]
    pub fn created_at(self, at: chrono::DateTime<chrono::Utc>) -> Self {
        self.created_epoch(at.timestamp(), at.timestamp_subsec_nanos())
    }

    /// The size of the record in bytes, as DynamoDB counts it.
    pub fn size_bytes(mut self, size: u64) -> Self {
        self.size_bytes = Some(size);
        self
    }

    /// Which images the stream carries.
    pub fn view_type(mut self, view_type: StreamViewType) -> Self {
        self.view_type = Some(view_type);
        self
    }

    /// The item after the change.
    pub fn new_image(mut self, item: Item) -> Self {
        self.new_image = Some(item);
        self
    }

    /// The item before the change.
    pub fn old_image(mut self, item: Item) -> Self {
        self.old_image = Some(item);
        self
    }

    /// The record.
    ///
    /// # Errors
    /// [`ItemError`] if the key is no key, an image is nothing that DynamoDB could hold, or the creation time is not
    /// within 9,999 years of 1970.
    pub fn build(self) -> Result<ChangeRecord, ItemError> {
        let mut tape = TapeBuilder::default();
        let keys = tape.key(&self.keys)?;
        let new_image = self.new_image.map(|item| tape.item(&item)).transpose()?;
        let old_image = self.old_image.map(|item| tape.item(&item)).transpose()?;
        let created = match self.created {
            Some((seconds, nanos)) => Some(Created::new(seconds, nanos).ok_or(ItemError::CreationTime)?),
            None => None,
        };
        let mut put = |text: Option<&str>| text.map(|text| tape.text(text)).transpose();
        let identity = match &self.identity {
            Some((kind, principal)) => put(Some(kind))?.zip(put(Some(principal))?),
            None => None,
        };
        let entry = Entry {
            event_id: put(Some(self.event_id.as_deref().unwrap_or(self.sequence.as_str())))?.unwrap_or_default(),
            event_version: put(self.event_version.as_deref())?,
            event_source: put(self.event_source.as_deref())?,
            region: put(self.region.as_deref())?,
            source_arn: put(self.stream_arn.as_ref().map(StreamArn::as_str))?,
            arn: self.stream_arn.as_ref().map(|_| 0),
            identity: identity.map(|(kind, principal)| Identity { kind, principal }),
            created,
            sequence: put(Some(self.sequence.as_str()))?.unwrap_or_default(),
            size_bytes: self.size_bytes,
            view_type: self.view_type,
            keys,
            new_image,
            old_image,
            ..Entry::new(self.event_name)
        };
        let event = Event { tape: tape.finish(), entries: vec![entry], arns: self.stream_arn.into_iter().collect() };
        Ok(ChangeRecord::new(Arc::new(event), 0, 0))
    }
}

impl fmt::Debug for RecordBuilder {
    /// Names the record without showing its item, as the `Debug` form of the record does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordBuilder")
            .field("event_name", &self.event_name)
            .field("event_id", &self.event_id)
            .field("sequence_number", &self.sequence)
            .finish_non_exhaustive()
    }
}
