//! JSON tokens, read from the bytes of an event.

use super::{DecodeErrorKind as Kind, Fault, Parsed, string, utf8::Aside};
use crate::tape::Span;
use std::ops::Range;

/// How deep JSON that is skipped may be nested. Attribute values have their own, lower bound.
const MAX_SKIPPED: u32 = 128;

/// A cursor over the text of an event.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    aside: &'a Aside,
    at: usize,
}

/// A string token: where its characters are, and whether there are escapes among them.
///
/// It is as small as a result may be to come back in registers, which every string of an event does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    start: u32,
    len_and_escaped: u32,
}

impl Token {
    const ESCAPED: u32 = 1 << 31;

    /// Positions are below 2 GiB: a longer event is refused before it is read.
    #[inline]
    fn new(start: usize, end: usize, escaped: bool) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let escaped = if escaped { Self::ESCAPED } else { 0 };
        Self { start: narrow(start), len_and_escaped: narrow(end - start) | escaped }
    }

    pub(super) const fn is_escaped(self) -> bool {
        self.len_and_escaped & Self::ESCAPED != 0
    }

    pub(super) const fn start(self) -> usize {
        self.start as usize
    }

    pub(super) const fn range(self) -> Range<usize> {
        let start = self.start();
        start..start + (self.len_and_escaped & !Self::ESCAPED) as usize
    }

    /// The span of a token without escapes.
    pub(super) const fn span(self) -> Span {
        Span::new(self.start, self.len_and_escaped & !Self::ESCAPED, false)
    }
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str, aside: &'a Aside) -> Self {
        Self { text, aside, at: 0 }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Where the next token starts.
    pub(super) fn next_at(&mut self) -> usize {
        self.peek();
        self.at
    }

    pub(super) const fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Like [`Self::slice`], where nobody asks whether it is text.
    #[inline]
    pub(super) fn bytes(&self, range: Range<usize>) -> &'a [u8] {
        self.text.as_bytes().get(range).unwrap_or_default()
    }

    pub(super) fn original(&self, start: usize, end: usize) -> Box<[u8]> {
        self.aside.original(self.text, start, end)
    }

    #[cold]
    pub(super) fn fail<T>(&self, kind: Kind) -> Parsed<T> {
        let kind = match self.aside.first_in(self.text, self.at, self.at + 1) {
            Some(_) => Kind::Utf8,
            None if self.at >= self.text.len() => Kind::End,
            None => kind,
        };
        // An escape at the end of the text leaves the cursor behind it.
        Err(Fault::at(self.at.min(self.text.len()), kind))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if *byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Goes over `byte` if it comes next.
    #[inline(always)]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    #[inline(always)]
    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Parsed<()> {
        if self.take(byte) { Ok(()) } else { self.fail(Kind::Expected(what)) }
    }

    /// Goes over `bytes` if they come next, without white space.
    #[inline]
    pub(super) fn take_exactly<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        let is = self.text.as_bytes().get(self.at..).and_then(<[u8]>::first_chunk::<N>) == Some(bytes);
        self.at += if is { N } else { 0 };
        is
    }

    /// The next four bytes, white space or not.
    #[inline(always)]
    pub(super) fn ahead(&self) -> Option<&[u8; 4]> {
        self.text.as_bytes().get(self.at..).and_then(<[u8]>::first_chunk)
    }

    /// After an element: true if another follows, false if `close` ended it.
    #[inline(always)]
    pub(super) fn another(&mut self, close: u8, what: &'static str) -> Parsed<bool> {
        if self.take(b',') {
            return Ok(true);
        }
        self.expect(close, what)?;
        Ok(false)
    }

    /// A string. Escapes in it are found, not checked: that is done where they are taken out.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Parsed<Token> {
        self.expect(b'"', "a string")?;
        self.body()
    }

    /// The rest of a string after its opening quote.
    #[inline(always)]
    pub(super) fn body(&mut self) -> Parsed<Token> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let end = string::next_special(bytes, start);
        if bytes.get(end) == Some(&b'"') && self.aside.is_empty() {
            self.at = end + 1;
            return Ok(Token::new(start, end, false));
        }
        self.odd_body(start, end)
    }

    #[inline(never)]
    fn odd_body(&mut self, start: usize, end: usize) -> Parsed<Token> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        self.at = end;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                _ => return self.fail(Kind::ControlCharacter),
            }
            self.at = string::next_special(bytes, self.at);
        }
        let end = self.at;
        self.at += 1;
        match self.aside.first_in(self.text, start, end) {
            Some(at) => Err(Fault::at(at, Kind::Utf8)),
            None => Ok(Token::new(start, end, escaped)),
        }
    }

    #[inline(always)]
    pub(super) fn eight(&self, at: usize) -> Option<u64> {
        self.text.as_bytes().get(at..).and_then(<[u8]>::first_chunk::<8>).map(|chunk| u64::from_le_bytes(*chunk))
    }

    /// The key of a member and the colon behind it.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Parsed<Token> {
        let key = self.string()?;
        self.expect(b':', "a colon")?;
        Ok(key)
    }

    /// Goes over `null` if it comes next.
    pub(super) fn take_null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.take_exactly(b"null")
    }

    pub(super) fn boolean(&mut self) -> Parsed<bool> {
        match self.peek() {
            Some(b't') if self.take_exactly(b"true") => Ok(true),
            Some(b'f') if self.take_exactly(b"false") => Ok(false),
            _ => self.fail(Kind::Expected("true or false")),
        }
    }

    /// The text of a number.
    pub(super) fn number(&mut self) -> Parsed<&'a str> {
        self.peek();
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let leading_zero = self.byte() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || leading_zero && whole > 1 {
            self.at = start;
            return self.fail(Kind::Expected("a number"));
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.fail(Kind::Expected("a digit"));
            }
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return self.fail(Kind::Expected("a digit"));
            }
        }
        Ok(self.slice(start..self.at))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Goes over any JSON value and checks it.
    pub(super) fn skip(&mut self) -> Parsed<()> {
        // One bit per open map (1) or list (0), the innermost last.
        let (mut open, mut depth) = (0_u128, 0_u32);
        loop {
            match self.peek() {
                Some(b'{' | b'[') if depth == MAX_SKIPPED => return self.fail(Kind::TooDeep(MAX_SKIPPED as usize)),
                Some(bracket @ (b'{' | b'[')) => {
                    let is_map = bracket == b'{';
                    self.at += 1;
                    if !self.take(if is_map { b'}' } else { b']' }) {
                        (open, depth) = (open << 1 | u128::from(is_map), depth + 1);
                        if is_map {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.skip_string()?,
                Some(b't' | b'f') => drop(self.boolean()?),
                Some(b'n') if self.take_exactly(b"null") => {}
                _ => drop(self.number()?),
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let is_map = open & 1 == 1;
                if self.another(if is_map { b'}' } else { b']' }, "a comma or the end")? {
                    if is_map {
                        self.skip_key()?;
                    }
                    break;
                }
                (open, depth) = (open >> 1, depth - 1);
            }
        }
    }

    fn skip_key(&mut self) -> Parsed<()> {
        self.skip_string()?;
        self.expect(b':', "a colon")
    }

    fn skip_string(&mut self) -> Parsed<()> {
        let token = self.string()?;
        if token.is_escaped() { string::unescape(self.text, token, &mut String::new()) } else { Ok(()) }
    }

    /// Goes over something that need not be right, as long as its brackets and quotes close: a malformed record.
    pub(super) fn skip_loosely(&mut self) -> Parsed<()> {
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return self.fail(Kind::End),
                Some(b'"') => {
                    self.at += 1;
                    while bytes.get(self.at).is_some_and(|byte| *byte != b'"') {
                        self.at += if self.byte() == Some(b'\\') { 2 } else { 1 };
                    }
                    if self.at >= bytes.len() {
                        return self.fail(Kind::End);
                    }
                    self.at += 1;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b'}' | b']' | b',') if depth == 0 => return self.fail(Kind::Expected("a value")),
                Some(_) => {
                    while self.byte().is_some_and(|byte| !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',')) {
                        self.at += 1;
                    }
                    if depth > 0 {
                        self.at += usize::from(self.byte() == Some(b','));
                    } else {
                        self.at = bytes[..self.at].trim_ascii_end().len();
                    }
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}
