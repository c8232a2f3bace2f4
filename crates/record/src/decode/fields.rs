//! The fields of one record.

use super::{DecodeErrorKind as Kind, Fault, Parsed, Under, scan::Token, string, time, value::Reader};
use crate::{
    EventName, SequenceNumber, StreamViewType, key,
    record::{Created, Entry, Identity, Origin},
    tape::{Run, Span},
};

/// What has been read of a record.
#[derive(Debug, Default)]
struct Draft {
    event_id: Option<Span>,
    event_name: Option<EventName>,
    event_version: Option<Span>,
    event_source: Option<Span>,
    region: Option<Span>,
    source_arn: Option<Span>,
    identity: Option<Identity>,
    change: Option<Change>,
    seen: Option<Seen>,
}

/// The `dynamodb` part.
#[derive(Debug, Default)]
struct Change {
    created: Option<Created>,
    keys: Option<Run>,
    new_image: Option<Run>,
    old_image: Option<Run>,
    sequence: Option<Span>,
    size_bytes: Option<u64>,
    view_type: Option<StreamViewType>,
}

/// What our own encoder adds where a record is seen otherwise than it was received.
#[derive(Debug, Default)]
struct Seen {
    part: u8,
    origin: Option<Box<Entry>>,
}

/// A record, and where it is a view, the record as received.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) entry: Entry,
    pub(super) origin: Option<Box<Entry>>,
}

/// The member that holds what a view adds. AWS and others pass over members that they do not know.
pub(crate) const VIEW_MEMBER: &str = "dynacdc";

impl Reader<'_> {
    /// The record at the cursor, and the record as received before it where it is a view.
    pub(super) fn record(&mut self, may_be_view: bool) -> Parsed<Record> {
        let mut draft = Draft::default();
        let start = self.scan.next_at();
        self.members("a record", |reader, name| {
            match name {
                "eventID" => draft.event_id = reader.optional_text()?,
                "eventName" => draft.event_name = reader.event_name()?,
                "eventVersion" => draft.event_version = reader.optional_text()?,
                "eventSource" => draft.event_source = reader.optional_text()?,
                "awsRegion" => draft.region = reader.optional_text()?,
                "eventSourceARN" => draft.source_arn = reader.optional_text()?,
                "userIdentity" => draft.identity = reader.identity()?,
                "dynamodb" => draft.change = reader.change()?,
                VIEW_MEMBER if may_be_view => draft.seen = reader.seen()?,
                _ => reader.scan.skip()?,
            }
            Ok(())
        })?;
        entry(draft).map_err(|kind| Fault::at(start, kind))
    }

    /// Calls `read` at the value of each member of a map.
    pub(super) fn members(
        &mut self,
        what: &'static str,
        mut read: impl FnMut(&mut Self, &str) -> Parsed<()>,
    ) -> Parsed<()> {
        self.scan.expect(b'{', what)?;
        if self.scan.take(b'}') {
            return Ok(());
        }
        loop {
            let token = self.scan.key()?;
            let plain;
            let name = if token.is_escaped() {
                plain = self.plain(token)?;
                plain.as_str()
            } else {
                self.scan.slice(token.range())
            };
            read(self, name).under(name)?;
            if !self.scan.another(b'}', "a comma or the end of the map")? {
                return Ok(());
            }
        }
    }

    pub(super) fn plain(&self, token: Token) -> Parsed<String> {
        let mut plain = String::new();
        string::unescape(self.scan.text(), token, &mut plain)?;
        Ok(plain)
    }

    pub(super) fn optional_text(&mut self) -> Parsed<Option<Span>> {
        if self.scan.take_null() {
            return Ok(None);
        }
        let token = self.scan.string()?;
        self.span(token).map(Some)
    }

    /// A string that is read by `parse`; `kind` is the fault if it cannot be.
    fn parsed<T>(&mut self, kind: Kind, parse: impl FnOnce(&str) -> Option<T>) -> Parsed<Option<T>> {
        let at = self.scan.next_at();
        let Some(span) = self.optional_text()? else { return Ok(None) };
        parse(self.str(span)).map(Some).ok_or_else(|| Fault::at(at, kind))
    }

    fn event_name(&mut self) -> Parsed<Option<EventName>> {
        self.parsed(Kind::EventName, |text| text.parse().ok())
    }

    fn identity(&mut self) -> Parsed<Option<Identity>> {
        if self.scan.take_null() {
            return Ok(None);
        }
        let (mut kind, mut principal) = (None, None);
        self.members("an identity", |reader, name| {
            match name {
                // The second spelling is that of the Streams API.
                "type" | "Type" => kind = reader.optional_text()?,
                "principalId" | "PrincipalId" => principal = reader.optional_text()?,
                _ => reader.scan.skip()?,
            }
            Ok(())
        })?;
        let identity = Identity { kind: kind.unwrap_or_default(), principal: principal.unwrap_or_default() };
        Ok((kind.is_some() || principal.is_some()).then_some(identity))
    }

    fn change(&mut self) -> Parsed<Option<Change>> {
        if self.scan.take_null() {
            return Ok(None);
        }
        let mut change = Change::default();
        self.members("the change of an item", |reader, name| {
            match name {
                "ApproximateCreationDateTime" => change.created = reader.created()?,
                "Keys" => change.keys = reader.keys()?,
                "NewImage" => change.new_image = reader.image()?,
                "OldImage" => change.old_image = reader.image()?,
                "SequenceNumber" => change.sequence = reader.sequence()?,
                "SizeBytes" => change.size_bytes = reader.whole_number()?,
                "StreamViewType" => {
                    change.view_type = reader.parsed(Kind::ViewType, |text| text.parse::<StreamViewType>().ok())?;
                }
                _ => reader.scan.skip()?,
            }
            Ok(())
        })?;
        Ok(Some(change))
    }

    fn image(&mut self) -> Parsed<Option<Run>> {
        if self.scan.take_null() { Ok(None) } else { self.attributes(0).map(Some) }
    }

    pub(super) fn keys(&mut self) -> Parsed<Option<Run>> {
        let at = self.scan.next_at();
        let Some(run) = self.image()? else { return Ok(None) };
        if key::could_be(self.tape.nodes(run)) { Ok(Some(run)) } else { Err(Fault::at(at, Kind::Keys)) }
    }

    pub(super) fn sequence(&mut self) -> Parsed<Option<Span>> {
        let at = self.scan.next_at();
        let Some(span) = self.optional_text()? else { return Ok(None) };
        match SequenceNumber::parse(self.str(span)) {
            Ok(_) => Ok(Some(span)),
            Err(_) => Err(Fault::at(at, Kind::SequenceNumber)),
        }
    }

    fn created(&mut self) -> Parsed<Option<Created>> {
        // One page of the AWS documentation shows the number in quotes.
        if self.scan.peek() == Some(b'"') {
            return self.parsed(Kind::CreationTime, time::seconds);
        }
        if self.scan.take_null() {
            return Ok(None);
        }
        let at = self.scan.at();
        let text = self.scan.number()?;
        time::seconds(text).map(Some).ok_or_else(|| Fault::at(at, Kind::CreationTime))
    }

    fn whole_number(&mut self) -> Parsed<Option<u64>> {
        if self.scan.take_null() {
            return Ok(None);
        }
        let at = self.scan.at();
        self.scan.number()?.parse().map(Some).map_err(|_| Fault::at(at, Kind::WholeNumber))
    }

    fn seen(&mut self) -> Parsed<Option<Seen>> {
        if self.scan.take_null() {
            return Ok(None);
        }
        let mut seen = Seen::default();
        self.members("what a view adds", |reader, name| {
            match name {
                "part" => {
                    let at = reader.scan.next_at();
                    let part = reader.whole_number()?.unwrap_or(0);
                    seen.part = u8::try_from(part).map_err(|_| Fault::at(at, Kind::WholeNumber))?;
                }
                "origin" => seen.origin = Some(Box::new(reader.record(false)?.entry)),
                _ => reader.scan.skip()?,
            }
            Ok(())
        })?;
        Ok(Some(seen))
    }
}

fn entry(draft: Draft) -> Result<Record, Kind> {
    let change = draft.change.ok_or(Kind::Missing("dynamodb"))?;
    let seen = draft.seen.unwrap_or_default();
    let entry = Entry {
        event_id: draft.event_id.ok_or(Kind::Missing("eventID"))?,
        event_name: draft.event_name.ok_or(Kind::Missing("eventName"))?,
        event_version: draft.event_version,
        event_source: draft.event_source,
        region: draft.region,
        source_arn: draft.source_arn,
        arn: None,
        identity: draft.identity,
        created: change.created,
        sequence: change.sequence.ok_or(Kind::Missing("dynamodb.SequenceNumber"))?,
        size_bytes: change.size_bytes,
        view_type: change.view_type,
        keys: change.keys.ok_or(Kind::Missing("dynamodb.Keys"))?,
        new_image: change.new_image,
        old_image: change.old_image,
        part: seen.part,
        is_origin: false,
        origin: Origin::Itself,
    };
    Ok(Record { entry, origin: seen.origin })
}
