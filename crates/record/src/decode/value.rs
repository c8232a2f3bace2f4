//! Attribute values: `{"S":"text"}`, maps of them, lists, sets.

use super::{DecodeErrorKind as Kind, Fault, Parsed, Under, scan::Scanner, scan::Token, string};
use crate::{
    item::MAX_DEPTH,
    number,
    tape::{Name, Node, Payload, Run, Span, Tag, TapeBuilder, fingerprint},
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
        if token.is_escaped() {
            let text = self.scan.text();
            return self.tape.side(token.range().len(), |side| string::unescape(text, token, side));
        }
        Ok(token.span())
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
                let token = self.scan.string()?;
                let end = self.scan.at() - 1;
                let span = self.span(token)?;
                let text =
                    if span.in_side() { self.tape.side_str(span).as_bytes() } else { self.scan.bytes(span.range()) };
                let name = Name::new(span, fingerprint(text));
                if text.len() > Node::MAX_NAME {
                    return Err(Fault::at(token.start() - 1, Kind::TooLarge));
                }
                if let Err(fault) = self.member(end, name, depth) {
                    return Err(fault).under(self.str(span));
                }
                if !self.scan.another(b'}', "a comma or the end of the map")? {
                    break;
                }
            }
        }
        let text = self.scan.text();
        Ok(self.tape.close_map_over(mark, text)?)
    }

    /// What follows the name of an attribute, whose closing quote is at `end`.
    #[inline(always)]
    fn member(&mut self, end: usize, name: Name, depth: usize) -> Parsed<()> {
        const S: u64 = u64::from_le_bytes(*b"\":{\"S\":\"");
        const N: u64 = u64::from_le_bytes(*b"\":{\"N\":\"");
        let tag = match self.scan.eight(end) {
            Some(S) => {
                self.scan.go_to(end + 8);
                let token = self.scan.body()?;
                self.text_of(token, name)?;
                TypeTag::S
            }
            Some(N) => {
                self.scan.go_to(end + 8);
                let token = self.scan.body()?;
                self.number_of(token, name)?;
                TypeTag::N
            }
            _ => {
                self.scan.expect(b':', "a colon")?;
                return self.value(name, depth);
            }
        };
        if self.scan.take(b'}') { Ok(()) } else { self.value_again(tag, name, depth) }
    }

    /// Puts one attribute value with its type tag on the tape. `depth` counts the maps and lists around it.
    ///
    /// The value goes onto the tape where it is read: handed up as a result, it would pass through memory at every
    /// level, which cost a third of the time of decoding.
    fn value(&mut self, name: Name, depth: usize) -> Parsed<()> {
        self.scan.expect(b'{', "an attribute value")?;
        let tag = self.type_tag()?;
        self.tagged(tag, name, depth)?;
        if self.scan.take(b'}') { Ok(()) } else { self.value_again(tag, name, depth) }
    }

    /// More members of a value: the same type tag once more is a duplicate, of which the last counts.
    #[cold]
    fn value_again(&mut self, tag: TypeTag, name: Name, depth: usize) -> Parsed<()> {
        while self.scan.another(b'}', "a comma or the end of the value")? {
            let at = self.scan.next_at();
            if self.type_tag()? != tag {
                return Err(Fault::at(at, Kind::TwoTypes));
            }
            self.tape.pop();
            self.tagged(tag, name, depth)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn type_tag(&mut self) -> Parsed<TypeTag> {
        // Written without white space or escapes, as AWS does, a tag of one letter is four bytes.
        // Compared as one number: the pattern of four bytes compiles to a branch for each.
        const S: u32 = u32::from_le_bytes(*br#""S":"#);
        const N: u32 = u32::from_le_bytes(*br#""N":"#);
        const B: u32 = u32::from_le_bytes(*br#""B":"#);
        const L: u32 = u32::from_le_bytes(*br#""L":"#);
        const M: u32 = u32::from_le_bytes(*br#""M":"#);
        let tag = match self.scan.ahead().map(|next| u32::from_le_bytes(*next)) {
            Some(S) => TypeTag::S,
            Some(N) => TypeTag::N,
            Some(B) => TypeTag::B,
            Some(L) => TypeTag::L,
            Some(M) => TypeTag::M,
            _ => return self.any_type_tag(),
        };
        self.scan.go_to(self.scan.at() + 4);
        Ok(tag)
    }

    #[inline(never)]
    fn any_type_tag(&mut self) -> Parsed<TypeTag> {
        let at = self.scan.next_at();
        if self.scan.take(b'}') {
            return Err(Fault::at(at, Kind::NoType));
        }
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

    #[inline(always)]
    fn tagged(&mut self, tag: TypeTag, name: Name, depth: usize) -> Parsed<()> {
        match tag {
            TypeTag::S => self.text(name),
            TypeTag::N => self.number(name),
            other => self.rarer(other, name, depth),
        }
    }

    fn rarer(&mut self, tag: TypeTag, name: Name, depth: usize) -> Parsed<()> {
        let start = self.scan.next_at();
        if depth >= MAX_DEPTH && matches!(tag, TypeTag::L | TypeTag::M) {
            return Err(Fault::at(start, Kind::TooDeep(MAX_DEPTH)));
        }
        let payload = match tag {
            TypeTag::S => return self.text(name),
            TypeTag::N => return self.number(name),
            TypeTag::B => return self.binary(name),
            TypeTag::Bool if self.scan.boolean()? => Payload::plain(Tag::True),
            TypeTag::Bool => Payload::plain(Tag::False),
            TypeTag::Null if self.scan.boolean()? => Payload::plain(Tag::Null),
            TypeTag::Null => return Err(Fault::at(start, Kind::NOT_NULL)),
            TypeTag::Ss => self.set(start, Tag::Ss, Self::text)?,
            TypeTag::Ns => self.set(start, Tag::Ns, Self::number)?,
            TypeTag::Bs => self.set(start, Tag::Bs, Self::binary)?,
            TypeTag::L => self.elements(Tag::L, |reader, name| reader.value(name, depth + 1))?,
            TypeTag::M => Payload::run(Tag::M, self.attributes(depth + 1)?),
        };
        self.tape.push(Node::new(name, payload));
        Ok(())
    }

    #[inline(always)]
    fn text(&mut self, name: Name) -> Parsed<()> {
        let token = self.scan.string()?;
        self.text_of(token, name)
    }

    #[inline(always)]
    fn text_of(&mut self, token: Token, name: Name) -> Parsed<()> {
        let span = self.span(token)?;
        self.tape.push(Node::new(name, Payload::span(Tag::S, span)));
        Ok(())
    }

    #[inline(always)]
    fn number(&mut self, name: Name) -> Parsed<()> {
        let token = self.scan.string()?;
        self.number_of(token, name)
    }

    #[inline(always)]
    fn number_of(&mut self, token: Token, name: Name) -> Parsed<()> {
        let span = self.span(token)?;
        let text = if span.in_side() { self.tape.side_str(span).as_bytes() } else { self.scan.bytes(span.range()) };
        if let Err(error) = number::validate(text) {
            return Err(Fault::at(token.start(), Kind::Number(error)));
        }
        self.tape.push(Node::new(name, Payload::span(Tag::N, span)));
        Ok(())
    }

    fn binary(&mut self, name: Name) -> Parsed<()> {
        let token = self.scan.string()?;
        let plain;
        let base64 = if token.is_escaped() {
            let mut text = String::new();
            string::unescape(self.scan.text(), token, &mut text)?;
            plain = text;
            plain.as_bytes()
        } else {
            self.scan.bytes(token.range())
        };
        let bad = |_| Fault::at(token.start(), Kind::Base64);
        let most = base64.len() / 4 * 3 + 3;
        let span = self.tape.binary(most, |bytes| STANDARD.decode_vec(base64, bytes).map_err(bad))?;
        self.tape.push(Node::new(name, Payload::span(Tag::B, span)));
        Ok(())
    }

    fn set(&mut self, start: usize, tag: Tag, element: impl Fn(&mut Self, Name) -> Parsed<()>) -> Parsed<Payload> {
        let payload = self.elements(tag, element)?;
        if payload.len == 0 { Err(Fault::at(start, Kind::EmptySet)) } else { Ok(payload) }
    }

    fn elements(&mut self, tag: Tag, element: impl Fn(&mut Self, Name) -> Parsed<()>) -> Parsed<Payload> {
        self.scan.expect(b'[', "a list")?;
        let mark = self.tape.open();
        if !self.scan.take(b']') {
            loop {
                let index = self.tape.len_since(mark);
                element(self, Name::NONE).under(index)?;
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
