//! Numbers for those who do not say what they want: serde's buffer, `rust_decimal::Decimal`, values of other formats.
//!
//! A float would be the usual answer and is the one that loses digits. An integer that fits is exact for everyone. For
//! the others a text is handed out, and only one that `rust_decimal` reads exactly: its `Deserialize` rounds a longer
//! one without a word.

use std::borrow::Cow;

use serde::de::Visitor;

use crate::NumberRef;
use crate::typed::{ReadError, ReadErrorKind};

/// Digits and places that a decimal of 96 bits always holds.
const DECIMAL_DIGITS: usize = 28;

pub(super) fn visit<'de, V: Visitor<'de>>(number: NumberRef<'de>, visitor: V) -> Result<V::Value, ReadError> {
    if let Ok(integer) = u64::try_from(number) {
        return visitor.visit_u64(integer);
    }
    if let Ok(integer) = i64::try_from(number) {
        return visitor.visit_i64(integer);
    }
    if let Ok(integer) = i128::try_from(number) {
        return visitor.visit_i128(integer);
    }
    if let Ok(integer) = u128::try_from(number) {
        return visitor.visit_u128(integer);
    }
    match decimal_text(number) {
        Some(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
        Some(Cow::Owned(text)) => visitor.visit_str(&text),
        None => Err(ReadErrorKind::Untyped.into()),
    }
}

/// The text as it was written where it is short and plain, so that `1.50` keeps its places; otherwise the canonical one.
fn decimal_text(number: NumberRef<'_>) -> Option<Cow<'_, str>> {
    let written = number.as_str();
    if fits(written) {
        return Some(Cow::Borrowed(written));
    }
    let canonical = number.exact().as_str().into_owned();
    fits(&canonical).then_some(Cow::Owned(canonical))
}

/// Whether it is digits, a point and digits, with few enough of them.
fn fits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let Some((whole, fraction)) = digits.split_once('.') else {
        return false;
    };
    let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = whole.trim_start_matches('0').len() + fraction.len();
    plain(whole) && plain(fraction) && significant <= DECIMAL_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NumberError;

    #[test]
    fn a_text_is_handed_out_only_where_a_decimal_holds_it() -> Result<(), NumberError> {
        let longest = format!("1.{}", "3".repeat(27));
        let too_long = format!("1.{}", "3".repeat(28));
        let many_zeros = format!("1.5{}", "0".repeat(40));
        let cases = [
            ("1.50", Some("1.50")),
            ("-0.1", Some("-0.1")),
            ("15E-1", Some("1.5")),
            (".5", Some("0.5")),
            ("1E-28", Some("0.0000000000000000000000000001")),
            ("1E-29", None),
            (longest.as_str(), Some(longest.as_str())),
            (too_long.as_str(), None),
            (many_zeros.as_str(), Some("1.5")),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal_text(NumberRef::parse(text)?).as_deref(), expected, "{text}");
        }
        Ok(())
    }
}
