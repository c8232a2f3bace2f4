//! Records of the Streams API.

use super::{error::fault, raw, value::Attributes};
use crate::{
    ChangeRecord, DecodeErrorKind as Kind, Decoded, Item, ItemKey, Malformed, SequenceNumber, StreamArn,
    decode::{Fault, Parsed, Under},
    key,
    record::{Created, Entry, Event, Identity},
    tape::{Run, Span, TapeBuilder},
};
use aws_sdk_dynamodbstreams::types::{Identity as SdkIdentity, Record, StreamRecord};

/// Decodes a page of records, as `GetRecords` of the Streams API gives them.
///
/// These records do not say which stream they are of, so the caller does. For one change the record is equal to the
/// one that [`decode_event`](crate::decode_event) gives, and the same things are refused. Attributes of an image come
/// in the order of their names.
///
/// An image without attributes counts as absent: an item has at least its key, so what stands in an empty image is no
/// item, and some servers and serializers write one where there is none.
///
/// A record that cannot be decoded is a [`Malformed`] in its place. Its error has the offset 0, since there is no
/// text, and [`Malformed::raw`] is the record rendered as the element of a Lambda event, the ARN of the stream
/// included: [`decode_record`](crate::decode_record) refuses that text for the same reason, and takes it once the
/// fault is mended. A value of a type that the SDK does not know is rendered with the type tag `UNKNOWN`, since the
/// SDK keeps nothing of it, and so is one inside more than 128 maps and lists.
pub fn decode_stream_records(records: Vec<Record>, stream: &StreamArn) -> Decoded {
    let mut tape = TapeBuilder::default();
    let (mut entries, mut malformed) = (Vec::new(), Vec::new());
    // An ARN of at most a kilobyte fits into an empty tape.
    let source_arn = tape.text(stream.as_str()).ok();
    for (position, record) in records.into_iter().enumerate() {
        let level = tape.level();
        match tape.stream_record(&record) {
            Ok(entry) => entries.push(Entry { source_arn, arn: Some(0), ..entry }),
            Err(fault) => {
                tape.take_back(level);
                malformed.push(put_aside(record, stream, position, *fault));
            }
        }
    }
    let event = Event { tape: tape.finish(), entries, arns: vec![stream.clone()] };
    Decoded::new(ChangeRecord::all(event), malformed)
}

#[cold]
fn put_aside(record: Record, stream: &StreamArn, position: usize, fault: Fault) -> Malformed {
    let raw = raw::record(&record, stream).into_bytes().into();
    let change = record.dynamodb;
    let sequence = change.as_ref().and_then(|change| change.sequence_number.as_deref());
    Malformed {
        position,
        sequence_number: sequence.and_then(|text| SequenceNumber::parse(text).ok()),
        event_id: record.event_id,
        key: change
            .and_then(|change| change.keys)
            .and_then(|keys| Item::try_from(keys).ok())
            .and_then(|keys| ItemKey::try_from(&keys).ok()),
        raw,
        error: fault.into_error(Some(position)),
    }
}

impl TapeBuilder {
    /// Copies a record in, all but the ARN.
    fn stream_record(&mut self, record: &Record) -> Parsed<Entry> {
        let Some(change) = &record.dynamodb else { return fault(Kind::Missing("dynamodb")) };
        let event_id = self.given(record.event_id.as_deref(), "eventID")?;
        let event_name = match record.event_name.as_ref().map(|name| name.as_str().parse()) {
            Some(Ok(name)) => name,
            Some(Err(_)) => return fault(Kind::EventName).under("eventName"),
            None => return fault(Kind::Missing("eventName")),
        };
        let entry = Entry {
            event_id,
            event_version: self.optional(record.event_version.as_deref())?,
            event_source: self.optional(record.event_source.as_deref())?,
            region: self.optional(record.aws_region.as_deref())?,
            identity: self.identity(record.user_identity.as_ref())?,
            ..Entry::new(event_name)
        };
        self.change(change, entry)
    }

    fn change(&mut self, change: &StreamRecord, entry: Entry) -> Parsed<Entry> {
        let sequence = change.sequence_number.as_deref();
        if sequence.is_some_and(|text| SequenceNumber::parse(text).is_err()) {
            return fault(Kind::SequenceNumber).under("SequenceNumber").under("dynamodb");
        }
        Ok(Entry {
            created: created(change).under("ApproximateCreationDateTime").under("dynamodb")?,
            keys: self.keys(change.keys.as_ref())?,
            new_image: self.image(change.new_image.as_ref()).under("NewImage").under("dynamodb")?,
            old_image: self.image(change.old_image.as_ref()).under("OldImage").under("dynamodb")?,
            sequence: self.given(sequence, "dynamodb.SequenceNumber")?,
            size_bytes: size_bytes(change).under("SizeBytes").under("dynamodb")?,
            view_type: match change.stream_view_type.as_ref().map(|view| view.as_str().parse()) {
                Some(Err(_)) => return fault(Kind::ViewType).under("StreamViewType").under("dynamodb"),
                view_type => view_type.and_then(Result::ok),
            },
            ..entry
        })
    }

    fn optional(&mut self, text: Option<&str>) -> Parsed<Option<Span>> {
        Ok(text.map(|text| self.text(text)).transpose()?)
    }

    fn given(&mut self, text: Option<&str>, field: &'static str) -> Parsed<Span> {
        self.optional(text)?.map_or_else(|| fault(Kind::Missing(field)), Ok)
    }

    fn identity(&mut self, identity: Option<&SdkIdentity>) -> Parsed<Option<Identity>> {
        let Some(SdkIdentity { r#type: kind, principal_id, .. }) = identity else { return Ok(None) };
        let (kind, principal) = (self.optional(kind.as_deref())?, self.optional(principal_id.as_deref())?);
        let identity = Identity { kind: kind.unwrap_or_default(), principal: principal.unwrap_or_default() };
        Ok((kind.is_some() || principal.is_some()).then_some(identity))
    }

    fn keys(&mut self, keys: Option<&Attributes>) -> Parsed<Run> {
        let Some(keys) = keys else { return fault(Kind::Missing("dynamodb.Keys")) };
        let run = self.attributes_of(keys, 0).under("Keys").under("dynamodb")?;
        if key::could_be(self.nodes(run)) { Ok(run) } else { fault(Kind::Keys).under("Keys").under("dynamodb") }
    }

    fn image(&mut self, image: Option<&Attributes>) -> Parsed<Option<Run>> {
        image.filter(|image| !image.is_empty()).map(|image| self.attributes_of(image, 0)).transpose()
    }
}

fn created(change: &StreamRecord) -> Parsed<Option<Created>> {
    let Some(at) = &change.approximate_creation_date_time else { return Ok(None) };
    Created::new(at.secs(), at.subsec_nanos()).map_or_else(|| fault(Kind::CreationTime), |created| Ok(Some(created)))
}

fn size_bytes(change: &StreamRecord) -> Parsed<Option<u64>> {
    let Some(size) = change.size_bytes else { return Ok(None) };
    u64::try_from(size).map(Some).or_else(|_| fault(Kind::WholeNumber))
}
