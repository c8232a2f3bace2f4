//! Decoding Lambda event JSON: one pass over the bytes, straight into the tape.
//!
//! A record that cannot be decoded must not spoil its neighbours, so each one is read on its own: on a fault what it
//! left on the tape is taken back, the cursor goes to its end by brackets and quotes alone, and the next one is read.
//! Deserializing into structures first lost on speed by a factor of ten, since it allocates per attribute, and on
//! tolerance, since one bad record fails the whole event.

mod decoded;
mod error;
mod fields;
mod malformed;
mod salvage;
mod scan;
mod string;
mod time;
mod utf8;
mod value;

pub use decoded::Decoded;
pub use error::{DecodeError, DecodeErrorKind};
pub use malformed::Malformed;

pub(crate) use error::{Fault, Parsed, Under};
pub(crate) use fields::VIEW_MEMBER;

use crate::{
    ChangeRecord, StreamArn,
    record::{Entry, Event, Origin},
    tape::{Level, TapeBuilder},
};
use DecodeErrorKind as Kind;
use scan::Scanner;
use utf8::Aside;
use value::Reader;

/// Decodes the JSON that Lambda hands to a function: `{"Records":[...]}`.
///
/// The bytes are taken over, not copied: pass a `Vec<u8>` or `String`. Members that are not known are passed over, of
/// members that occur twice the last counts. `ApproximateCreationDateTime` is read as seconds, which is what this
/// format holds; the records of Kinesis Data Streams for DynamoDB hold milliseconds and are another format.
///
/// # Errors
/// A record that cannot be decoded is no error but a [`Malformed`] in its place. An error is only what leaves no
/// records to speak of: text that is no JSON object with a list `Records`, JSON beside that list which is nested deeper
/// than 128 levels, or more than 2 GiB of it all.
///
/// ```
/// use dynacdc_record::{EventName, decode_event};
///
/// let event = decode_event(r#"{"Records": [{
///     "eventID": "1",
///     "eventName": "INSERT",
///     "dynamodb": {
///         "Keys": {"pk": {"S": "ORDER#1"}},
///         "NewImage": {"pk": {"S": "ORDER#1"}, "total": {"N": "19.90"}},
///         "SequenceNumber": "4421584500000000017450439091"
///     }
/// }]}"#)?;
/// let order = &event.records()[0];
/// assert_eq!(order.event_name(), EventName::Insert);
/// assert_eq!(order.require_new_image()?.get("total").unwrap().as_number().unwrap().as_str(), "19.90");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn decode_event(event: impl Into<Vec<u8>>) -> Result<Decoded, DecodeError> {
    let (text, aside) = to_text(event.into())?;
    let mut decoder = Decoder::new(&text, &aside);
    decoder.event().map_err(|fault| fault.into_error(None))?;
    Ok(decoder.finish().over(text))
}

/// Decodes one record: an element of `Records`, as [`ChangeRecord::to_json`] writes it.
///
/// # Errors
/// [`DecodeError`] if the text is no record; its offset counts from the start of `record`.
pub fn decode_record(record: impl Into<Vec<u8>>) -> Result<ChangeRecord, DecodeError> {
    let (text, aside) = to_text(record.into())?;
    let mut decoder = Decoder::new(&text, &aside);
    decoder.single().map_err(|fault| fault.into_error(None))?;
    let mut records = decoder.finish().over(text).into_parts().0;
    records.pop().ok_or_else(|| Fault::at(0, Kind::End).into_error(None))
}

fn to_text(bytes: Vec<u8>) -> Result<(String, Aside), DecodeError> {
    if bytes.len() > i32::MAX as usize {
        return Err(Fault::at(0, Kind::TooLarge).into_error(None));
    }
    Ok(utf8::to_text(bytes))
}

/// An event on its way.
#[derive(Debug)]
struct Decoder<'a> {
    reader: Reader<'a>,
    read: Read,
    /// Where the first record starts.
    first: usize,
}

/// What has been read of an event, beside its tape.
#[derive(Debug, Default)]
struct Read {
    tape: TapeBuilder,
    entries: Vec<Entry>,
    /// How many of the entries are records of the event; the others are origins of views.
    received: usize,
    malformed: Vec<Malformed>,
    arns: Vec<StreamArn>,
}

impl Read {
    /// The records over the text that they were read from.
    fn over(self, text: String) -> Decoded {
        let event = Event { tape: self.tape.finish_over(text), entries: self.entries, arns: self.arns };
        Decoded::new(ChangeRecord::all(event), self.malformed)
    }
}

impl<'a> Decoder<'a> {
    fn new(text: &'a str, aside: &'a Aside) -> Self {
        let reader = Reader { scan: Scanner::new(text, aside), tape: TapeBuilder::over(text.len()) };
        Self { reader, read: Read::default(), first: 0 }
    }

    fn finish(self) -> Read {
        Read { tape: self.reader.tape, ..self.read }
    }

    fn event(&mut self) -> Parsed<()> {
        let mut found = false;
        self.reader.scan.expect(b'{', "an event")?;
        if !self.reader.scan.take(b'}') {
            loop {
                let key = self.reader.scan.key()?;
                let span = self.reader.span(key)?;
                if self.reader.str(span) == "Records" {
                    found = true;
                    self.records().under("Records")?;
                } else {
                    self.reader.scan.skip()?;
                }
                if !self.reader.scan.another(b'}', "a comma or the end of the event")? {
                    break;
                }
            }
        }
        if !found {
            return Err(Fault::at(self.reader.scan.at(), Kind::Missing("Records")));
        }
        self.end()
    }

    fn single(&mut self) -> Parsed<()> {
        self.record()?;
        self.end()
    }

    fn end(&mut self) -> Parsed<()> {
        match self.reader.scan.peek() {
            None => Ok(()),
            Some(_) => self.reader.scan.fail(Kind::TextAfterEnd),
        }
    }

    fn records(&mut self) -> Parsed<()> {
        // Of two lists of this name the last counts, as for every member.
        self.read.entries.clear();
        self.read.received = 0;
        self.read.malformed.clear();
        self.reader.tape.take_back(Level::default());
        self.reader.scan.expect(b'[', "a list of records")?;
        if self.reader.scan.take(b']') {
            return Ok(());
        }
        self.first = self.reader.scan.at();
        loop {
            let (start, level) = (self.reader.scan.next_at(), self.reader.tape.level());
            self.reader.tape.read(start - self.first);
            if let Err(fault) = self.record() {
                self.reader.tape.take_back(level);
                self.reader.scan.go_to(start);
                self.reader.scan.skip_loosely()?;
                let end = self.reader.scan.at();
                self.put_aside(*fault, start, end);
                self.reader.tape.take_back(level);
                self.reader.scan.go_to(end);
            }
            if !self.reader.scan.another(b']', "a comma or the end of the list")? {
                return Ok(());
            }
        }
    }

    fn record(&mut self) -> Parsed<()> {
        let fields::Record { mut entry, origin } = self.reader.record(true)?;
        self.make_room();
        if let Some(mut origin) = origin {
            origin.arn = self.arn(&origin);
            origin.is_origin = true;
            entry.origin = Origin::Entry(u32::try_from(self.read.entries.len()).unwrap_or(u32::MAX));
            self.read.entries.push(*origin);
        } else {
            entry.arn = self.arn(&entry);
        }
        self.read.entries.push(entry);
        self.read.received += 1;
        Ok(())
    }

    /// The position of the record's ARN among those of the event.
    fn arn(&mut self, entry: &Entry) -> Option<u32> {
        let text = self.reader.str(entry.source_arn?);
        if self.read.arns.last().is_none_or(|last| last.as_str() != text) {
            self.read.arns.push(StreamArn::parse(text).ok()?);
        }
        u32::try_from(self.read.arns.len() - 1).ok()
    }

    /// Makes room for the records to come by the size of those before, so that the vector grows once or twice in all.
    fn make_room(&mut self) {
        let (entries, scan) = (&mut self.read.entries, &self.reader.scan);
        if entries.len() == entries.capacity() {
            let (read, left) = (scan.at() - self.first, scan.text().len() - scan.at());
            entries.reserve_exact((entries.len() + 1) * left / read.max(1) + 2);
        }
    }

    #[cold]
    fn put_aside(&mut self, fault: Fault, start: usize, end: usize) {
        let position = self.read.received + self.read.malformed.len();
        let raw = self.reader.scan.original(start, end);
        self.reader.scan.go_to(start);
        let salvaged = self.reader.salvage();
        self.read.malformed.push(Malformed {
            position,
            sequence_number: salvaged.sequence_number,
            event_id: salvaged.event_id,
            key: salvaged.key,
            raw,
            error: fault.into_error(Some(position)),
        });
    }
}
