//! The text form of an item key: `pk:S:ORDER%231|sk:N:5`.
//!
//! Ids in other systems are made from it, so it must differ for different keys whatever their values hold, and must
//! not change between releases. Escaping keeps it one to one; a hash would be shorter but could not be read back.

use super::{ItemKey, KeyValue};
use crate::Number;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    fmt::{self, Write},
    str::FromStr,
};

impl fmt::Display for ItemKey {
    /// Per attribute, in the order of the names: name, type and value with `:` between, and `|` between attributes.
    ///
    /// In names and strings every ASCII character other than letters, digits and `-._~#@$+=,;!*'()/ ` is written as `%`
    /// and two hex digits. Numbers stand in canonical notation, bytes in unpadded URL-safe base64.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            if i > 0 {
                f.write_char('|')?;
            }
            escape(name, f)?;
            match value {
                KeyValue::S(text) => {
                    f.write_str(":S:")?;
                    escape(text, f)?;
                }
                KeyValue::N(number) => write!(f, ":N:{}", number.canonical())?,
                KeyValue::B(bytes) => write!(f, ":B:{}", URL_SAFE_NO_PAD.encode(bytes))?,
            }
        }
        Ok(())
    }
}

const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '-' | '.' | '_' | '~' | '#' | '@' | '$' | '+' | '=' | ',' | ';' | '!' | '*' | '\'' | '(' | ')' | '/' | ' '
        )
}

fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    text.chars().try_for_each(|c| {
        if !c.is_ascii() || is_plain(c) { f.write_char(c) } else { write!(f, "%{:02X}", u32::from(c)) }
    })
}

/// The text is not the text form of an item key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an item key: {reason}")]
#[non_exhaustive]
pub struct ItemKeyError {
    /// What is wrong.
    pub reason: &'static str,
}

impl FromStr for ItemKey {
    type Err = ItemKeyError;

    /// Reads the text form back. Text that [`Display`](fmt::Display) would not have written is refused.
    fn from_str(text: &str) -> Result<Self, ItemKeyError> {
        let fail = |reason| ItemKeyError { reason };
        let parts: Box<[_]> = text
            .split('|')
            .map(|part| read(part).ok_or_else(|| fail("an attribute is not well formed")))
            .collect::<Result<_, _>>()?;
        if parts.len() > 2 {
            return Err(fail("more than two attributes"));
        }
        if parts.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(fail("the attributes are not in the order of their names"));
        }
        let key = Self { parts };
        if key.to_string() == text { Ok(key) } else { Err(fail("not in canonical form")) }
    }
}

fn read(part: &str) -> Option<(Box<str>, KeyValue)> {
    let mut fields = part.split(':');
    let (name, kind, value) = (fields.next()?, fields.next()?, fields.next()?);
    let value = match kind {
        "S" => KeyValue::S(unescape(value)?),
        "N" => KeyValue::N(Number::parse(value).ok()?),
        "B" => KeyValue::B(URL_SAFE_NO_PAD.decode(value).ok()?.into()),
        _ => return None,
    };
    fields.next().is_none().then_some((unescape(name)?, value))
}

fn unescape(text: &str) -> Option<Box<str>> {
    let mut pieces = text.split('%');
    let mut plain = pieces.next()?.to_owned();
    for piece in pieces {
        let code = u8::from_str_radix(piece.get(..2)?, 16).ok().filter(u8::is_ascii)?;
        plain.push(char::from(code));
        plain.push_str(piece.get(2..)?);
    }
    Some(plain.into())
}
