//! Attribute values: `{"S":"text"}`, maps of them, lists, sets.

use super::{DecodeErrorKind as Kind, Fault, Parsed, Under, scan::Scanner, scan::Token, string};
use crate::{
    item::MAX_DEPTH,
    number,
    tape::{Node, Payload, Run, Span, Tag, TapeBuilder, fingerprint},
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A cursor and the tape that it fills.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) scan: Scanner<'a>,
    pub(super) tape: TapeBuilder,
}

impl<'a> Reader<'a> {
    /// The span of a string token, unescaped into the side buffer if it must be.
    #[inline]
    pub(super) fn span(&mut self, token: Token) -> Parsed<Span> {
        if token.escaped {
            let text = self.scan.text();
            return self.tape.side(|side| string::unescape(text, token, side));
        }
        // Positions fit: an event above 2 GiB is refused before it is read.
        match (u32::try_from(token.start), u32::try_from(token.end - token.start)) {
            (Ok(start), Ok(len)) => Ok(Span::new(start, len, false)),
            _ => Err(Fault::at(token.start, Kind::TooLarge)),
        }
    }

    pub(super) fn str(&self, span: Span) -> &str {
        if span.in_side() { self.tape.side_str(span) } else { self.scan.slice(span.range()) }
    }

    /// A map of attributes, with the braces.
    pub(super) fn attributes(&mut self, depth: usize) -> Parsed<Run> {
        self.scan.expect(b'{', "a map of attributes")?;
        let mark = self.tape.open();
        if !self.scan.take(b'}') {
            loop {
                let at = self.scan.next_at();
                let token = self.scan.key()?;
                let name = self.span(token)?;
                if name.len() as usize > Node::MAX_NAME {
                    return Err(Fault::at(at, Kind::TooLarge));
                }
                let payload = match self.value(depth) {
                    Ok(payload) => payload,
                    Err(fault) => return Err(fault).under(self.str(name)),
                };
                let print = fingerprint(self.str(name).as_bytes());
                self.tape.push(Node::named(name, print, payload));
                if !self.scan.another(b'}', "a comma or the end of the map")? {
                    break;
                }
            }
        }
        let text = self.scan.text();
        Ok(self.tape.close_map_over(mark, text)?)
    }

    /// One attribute value with its type tag. `depth` counts the maps and lists around it.
    fn value(&mut self, depth: usize) -> Parsed<Payload> {
        let start = self.scan.next_at();
        self.scan.expect(b'{', "an attribute value")?;
        if self.scan.take(b'}') {
            return Err(Fault::at(start, Kind::NoType));
        }
        let mut tag = self.type_tag()?;
        let mut payload = self.tagged(tag, depth)?;
        while self.scan.another(b'}', "a comma or the end of the value")? {
            let at = self.scan.next_at();
            let other = self.type_tag()?;
            if std::mem::replace(&mut tag, other) != other {
                return Err(Fault::at(at, Kind::TwoTypes));
            }
            payload = self.tagged(tag, depth)?;
        }
        Ok(payload)
    }

    #[inline]
    fn type_tag(&mut self) -> Parsed<TypeTag> {
        // Written without white space or escapes, as AWS does, a tag of one letter is four bytes.
        if let (Some(b'"'), Some(letter), Some(b'"'), Some(b':')) =
            (self.scan.ahead(0), self.scan.ahead(1), self.scan.ahead(2), self.scan.ahead(3))
        {
            let tag = match letter {
                b'S' => TypeTag::S,
                b'N' => TypeTag::N,
                b'B' => TypeTag::B,
                b'L' => TypeTag::L,
                b'M' => TypeTag::M,
                _ => return self.scan.fail(Kind::UnknownType),
            };
            self.scan.go_to(self.scan.at() + 4);
            return Ok(tag);
        }
        let at = self.scan.next_at();
        let token = self.scan.key()?;
        let span = self.span(token)?;
        match self.str(span) {
            "S" => Ok(TypeTag::S),
            "N" => Ok(TypeTag::N),
            "B" => Ok(TypeTag::B),
            "BOOL" => Ok(TypeTag::Bool),
            "NULL" => Ok(TypeTag::Null),
            "SS" => Ok(TypeTag::Ss),
            "NS" => Ok(TypeTag::Ns),
            "BS" => Ok(TypeTag::Bs),
            "L" => Ok(TypeTag::L),
            "M" => Ok(TypeTag::M),
            _ => Err(Fault::at(at, Kind::UnknownType)),
        }
    }

    fn tagged(&mut self, tag: TypeTag, depth: usize) -> Parsed<Payload> {
        let start = self.scan.next_at();
        if depth >= MAX_DEPTH && matches!(tag, TypeTag::L | TypeTag::M) {
            return self.scan.fail(Kind::TooDeep(MAX_DEPTH));
        }
        match tag {
            TypeTag::S => self.text(),
            TypeTag::N => self.number(),
            TypeTag::B => self.binary(),
            TypeTag::Bool => Ok(Payload::plain(if self.scan.boolean()? { Tag::True } else { Tag::False })),
            TypeTag::Null if self.scan.boolean()? => Ok(Payload::plain(Tag::Null)),
            TypeTag::Null => Err(Fault::at(start, Kind::NOT_NULL)),
            TypeTag::Ss => self.set(start, Tag::Ss, Self::text),
            TypeTag::Ns => self.set(start, Tag::Ns, Self::number),
            TypeTag::Bs => self.set(start, Tag::Bs, Self::binary),
            TypeTag::L => self.list(depth + 1),
            TypeTag::M => Ok(Payload::run(Tag::M, self.attributes(depth + 1)?)),
        }
    }

    fn text(&mut self) -> Parsed<Payload> {
        let token = self.scan.string()?;
        Ok(Payload::span(Tag::S, self.span(token)?))
    }

    fn number(&mut self) -> Parsed<Payload> {
        let token = self.scan.string()?;
        let span = self.span(token)?;
        match number::validate(self.str(span).as_bytes()) {
            Ok(()) => Ok(Payload::span(Tag::N, span)),
            Err(error) => Err(Fault::at(token.start, Kind::Number(error))),
        }
    }

    fn binary(&mut self) -> Parsed<Payload> {
        let token = self.scan.string()?;
        let plain;
        let base64 = if token.escaped {
            let mut text = String::new();
            string::unescape(self.scan.text(), token, &mut text)?;
            plain = text;
            plain.as_str()
        } else {
            self.scan.slice(token.range())
        };
        let span = self
            .tape
            .binary(|bytes| STANDARD.decode_vec(base64, bytes).map_err(|_| Fault::at(token.start, Kind::Base64)))?;
        Ok(Payload::span(Tag::B, span))
    }

    fn set(&mut self, start: usize, tag: Tag, element: impl Fn(&mut Self) -> Parsed<Payload>) -> Parsed<Payload> {
        let payload = self.elements(tag, element)?;
        if payload.len == 0 { Err(Fault::at(start, Kind::EmptySet)) } else { Ok(payload) }
    }

    fn list(&mut self, depth: usize) -> Parsed<Payload> {
        self.elements(Tag::L, |reader| reader.value(depth))
    }

    fn elements(&mut self, tag: Tag, element: impl Fn(&mut Self) -> Parsed<Payload>) -> Parsed<Payload> {
        self.scan.expect(b'[', "a list")?;
        let mark = self.tape.open();
        if !self.scan.take(b']') {
            loop {
                let payload = element(self).under(self.tape.len_since(mark))?;
                self.tape.push(Node::element(payload));
                if !self.scan.another(b']', "a comma or the end of the list")? {
                    break;
                }
            }
        }
        Ok(self.tape.set(tag, mark)?)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TypeTag {
    S,
    N,
    B,
    Bool,
    Null,
    Ss,
    Ns,
    Bs,
    L,
    M,
}
