//! The inside of JSON strings.

use super::{DecodeErrorKind as Kind, Fault, Parsed, scan::Token};

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// A mark in each byte of the word that is zero. Bytes above the lowest mark may be marked wrongly.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// The next quote, backslash or control character, or the end: eight bytes at a time.
#[inline]
pub(super) fn next_special(bytes: &[u8], mut at: usize) -> usize {
    const QUOTES: u64 = ONES * b'"' as u64;
    const BACKSLASHES: u64 = ONES * b'\\' as u64;
    const SPACES: u64 = ONES * b' ' as u64;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(SPACES) & !word & HIGH;
        let special = control | zero_bytes(word ^ QUOTES) | zero_bytes(word ^ BACKSLASHES);
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| *byte >= b' ' && !matches!(byte, b'"' | b'\\')) {
        at += 1;
    }
    at
}

/// Appends the plain form of a string with escapes.
pub(super) fn unescape(text: &str, token: Token, plain: &mut String) -> Parsed<()> {
    let raw = text.get(token.range()).unwrap_or_default();
    let mut rest = raw;
    loop {
        // Inside a token every special byte is a backslash.
        let at = next_special(rest.as_bytes(), 0);
        plain.push_str(&rest[..at]);
        if at == rest.len() {
            return Ok(());
        }
        let offset = token.start() + raw.len() - rest.len() + at;
        let (char, len) = escape(&rest[at..]).map_err(|kind| Fault::at(offset, kind))?;
        plain.push(char);
        rest = &rest[at + len..];
    }
}

/// The character that the escape at the start of `text` stands for, and the length of the escape.
fn escape(text: &str) -> Result<(char, usize), Kind> {
    let plain = match text.as_bytes().get(1) {
        Some(b'u') => return unicode(text),
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        _ => return Err(Kind::Escape),
    };
    Ok((plain, 2))
}

fn unicode(text: &str) -> Result<(char, usize), Kind> {
    let first = unit(text)?;
    if !(0xd800..0xe000).contains(&first) {
        return Ok((char::from_u32(first).ok_or(Kind::Escape)?, 6));
    }
    let second = text.get(6..).filter(|rest| rest.starts_with("\\u")).ok_or(Kind::LoneSurrogate).and_then(unit)?;
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return Err(Kind::LoneSurrogate);
    }
    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    Ok((char::from_u32(code).ok_or(Kind::LoneSurrogate)?, 12))
}

/// The value of `\uXXXX`.
fn unit(text: &str) -> Result<u32, Kind> {
    let digits =
        text.get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())).ok_or(Kind::Escape)?;
    u32::from_str_radix(digits, 16).map_err(|_| Kind::Escape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_special_byte_is_the_first_one(bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0_usize..40) {
            let at = at.min(bytes.len());
            let naive = bytes[at..].iter().position(|b| *b < b' ' || matches!(b, b'"' | b'\\')).map_or(bytes.len(), |i| at + i);

            prop_assert_eq!(next_special(&bytes, at), naive);
        }
    }
}
