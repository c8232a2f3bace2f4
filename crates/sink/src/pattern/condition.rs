use super::{case::Caseless, number};
use std::{borrow::Cow, net::IpAddr, ops::Bound};

/// A value at the end of a path through a record.
#[derive(Debug)]
pub(super) enum Scalar<'r> {
    Text(Cow<'r, str>),
    Bool(bool),
    /// A JSON number of the record, in decimal notation. The numbers of items are texts.
    Number(String),
}

/// What a field may be: one element of its array in the pattern. `exists: false` is none of them, since it accepts no
/// value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Text(String),
    /// A text that is an IP address accepts every other spelling of it.
    Address(IpAddr),
    /// Digits as they stand in the pattern.
    Number(String),
    Bool(bool),
    /// Nothing in a record is null: what is `null` there reads as absent, and the null of an item is `"NULL":true`.
    Null,
    Prefix(String),
    PrefixIgnoreCase(Caseless),
    Suffix(String),
    SuffixIgnoreCase(Caseless),
    EqualsIgnoreCase(Caseless),
    AnythingButTexts(Vec<String>),
    AnythingButNumbers(Vec<f64>),
    Numeric(Bound<f64>, Bound<f64>),
    Exists,
}

impl Condition {
    /// A string of the pattern.
    pub(super) fn text(text: String) -> Self {
        match address(&text) {
            Some(address) => Self::Address(address),
            None => Self::Text(text),
        }
    }

    pub(super) fn accepts(&self, value: &Scalar<'_>) -> bool {
        match (self, value) {
            (Self::Exists, _) => true,
            (Self::Bool(wanted), Scalar::Bool(value)) => wanted == value,
            // By text: `300` is not `300.0`.
            (Self::Number(wanted), Scalar::Number(value)) => wanted == value,
            (Self::Numeric(low, high), Scalar::Number(value)) => {
                number::exact(value).is_some_and(|value| std::ops::RangeBounds::contains(&(*low, *high), &value))
            }
            (Self::AnythingButNumbers(refused), Scalar::Number(value)) => {
                !number::exact(value).is_some_and(|value| refused.contains(&value))
            }
            (Self::AnythingButTexts(refused), Scalar::Text(value)) => refused.iter().all(|text| text != value),
            // A value of another kind is anything but these.
            (Self::AnythingButTexts(_) | Self::AnythingButNumbers(_), _) => true,
            (_, Scalar::Text(value)) => self.accepts_text(value),
            _ => false,
        }
    }

    fn accepts_text(&self, value: &str) -> bool {
        match self {
            Self::Text(wanted) => wanted == value,
            Self::Address(wanted) => address(value).as_ref() == Some(wanted),
            // Amazon's engine compares with the value in quotes, so a quote in the pattern can be the closing one.
            Self::Prefix(prefix) => value.starts_with(prefix) || prefix.strip_suffix('"') == Some(value),
            Self::PrefixIgnoreCase(prefix) => prefix.strip_from_start(value).is_some(),
            Self::Suffix(suffix) => value.ends_with(suffix) || suffix.strip_prefix('"') == Some(value),
            Self::SuffixIgnoreCase(suffix) => suffix.strip_from_end(value).is_some(),
            Self::EqualsIgnoreCase(wanted) => wanted.strip_from_start(value) == Some(""),
            _ => false,
        }
    }
}

/// The IP address that a text is, in the notations that Amazon's engine knows: no mixed one, and leading zeros are zeros.
fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':').then(|| text.parse().ok())?;
    }
    let parts: Vec<&str> = text.split('.').collect();
    let parts: [&str; 4] = parts.try_into().ok()?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 15 || !parts.into_iter().all(digits) {
        return None;
    }
    let [a, b, c, d] = parts.map(|part| part.parse::<u8>().ok());
    Some(IpAddr::from([a?, b?, c?, d?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_equal_in_every_notation() {
        assert_eq!(address("10.0.0.1"), address("010.0.0.001"));
        assert_eq!(address("2001:DB8::1"), address("2001:db8:0:0:0:0:0:1"));
        for text in
            ["10.0.0", "10.0.0.256", "10.0.0.1.2", "a:b", "10.0.0.-1", "", "::ffff:10.0.0.1", "0000000010.0.0.1"]
        {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
