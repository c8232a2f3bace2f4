//! Text to exact value.
//!
//! Digits are found and read eight at a time in one `u64`. Most texts of an image have no exponent and at most 38 digits,
//! and then no limit can be broken: `validate` and `parse` return before they look at any. The few others are cut into
//! parts first.

use super::NumberError;
use super::exact::{Exact, MAX_DIGITS};

/// 10^0 to 10^7, for the digits beside full words.
const SHORT_POW10: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// Whether the text is a number that DynamoDB holds, without working out its value.
///
/// # Errors
///
/// As [`Number::parse`](super::Number::parse).
pub(crate) fn validate(text: &[u8]) -> Result<(), NumberError> {
    let body = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digit_run(body);
    let digits = match body.get(whole) {
        None => whole,
        Some(b'.') => {
            let fraction = &body[whole + 1..];
            if digit_run(fraction) == fraction.len() { body.len() - 1 } else { 0 }
        }
        Some(_) => 0,
    };
    if (1..=MAX_DIGITS).contains(&digits) { Ok(()) } else { parse(text).map(drop) }
}

#[inline]
pub(super) fn parse(text: &[u8]) -> Result<Exact, NumberError> {
    match short(text) {
        Some(value) => Ok(value),
        None => Parts::split(text)?.value(),
    }
}

/// The value of a text of at most 38 digits without `+` and exponent; `None` for every other one, good or bad.
#[inline]
fn short(text: &[u8]) -> Option<Exact> {
    let (negative, body) = match text {
        [b'-', body @ ..] => (true, body),
        body => (false, body),
    };
    if body.len() > MAX_DIGITS + 1 {
        return None;
    }
    let mut coefficient = 0;
    let rest = read_run(body, &mut coefficient);
    let (digits, scale) = match rest {
        [] => (body.len(), 0),
        [b'.', fraction @ ..] if read_run(fraction, &mut coefficient).is_empty() => (body.len() - 1, fraction.len()),
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most 39 digits of a fraction")]
    let exponent = -(scale as i16);
    (1..=MAX_DIGITS).contains(&digits).then(|| Exact::from_small(negative, coefficient, exponent))
}

/// A text that follows the grammar, cut into its parts.
struct Parts<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Parts<'a> {
    #[cold]
    fn split(text: &'a [u8]) -> Result<Self, NumberError> {
        let (negative, body) = match text {
            [b'-', body @ ..] => (true, body),
            [b'+', body @ ..] => (false, body),
            [] => return Err(NumberError::Empty),
            body => (false, body),
        };
        let (whole, mut rest) = body.split_at(digit_run(body));
        let mut fraction = &body[..0];
        if let [b'.', tail @ ..] = rest {
            (fraction, rest) = tail.split_at(digit_run(tail));
        }
        let unexpected = |rest: &[u8]| NumberError::Syntax { at: text.len() - rest.len() };
        if whole.is_empty() && fraction.is_empty() {
            return Err(unexpected(rest));
        }
        let mut exponent = 0;
        if let [b'e' | b'E', tail @ ..] = rest {
            let (down, tail) = match tail {
                [b'-', tail @ ..] => (true, tail),
                [b'+', tail @ ..] => (false, tail),
                tail => (false, tail),
            };
            let digits;
            (digits, rest) = tail.split_at(digit_run(tail));
            if digits.is_empty() {
                return Err(unexpected(rest));
            }
            // Saturation is far outside the range, and no text is long enough to come back from there.
            let size =
                digits.iter().fold(0i64, |size, digit| size.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
            exponent = if down { -size } else { size };
        }
        if rest.is_empty() { Ok(Self { negative, whole, fraction, exponent }) } else { Err(unexpected(rest)) }
    }

    /// The value of any text, most of whose digits may be insignificant zeros.
    fn value(self) -> Result<Exact, NumberError> {
        let mut exponent = self.exponent;
        let mut whole = without_leading_zeros(self.whole);
        let mut fraction = without_trailing_zeros(self.fraction);
        exponent = exponent.saturating_sub_unsigned(fraction.len() as u64);
        if whole.is_empty() {
            fraction = without_leading_zeros(fraction);
        } else if fraction.is_empty() {
            let digits = without_trailing_zeros(whole);
            exponent = exponent.saturating_add_unsigned((whole.len() - digits.len()) as u64);
            whole = digits;
        }
        if whole.is_empty() && fraction.is_empty() {
            return Ok(Exact::ZERO);
        }
        if whole.len() + fraction.len() > MAX_DIGITS {
            return Err(NumberError::TooManyDigits);
        }
        let mut coefficient = 0;
        read_run(whole, &mut coefficient);
        read_run(fraction, &mut coefficient);
        let exponent = i32::try_from(exponent).map_err(|_| NumberError::OutOfRange)?;
        Exact::new(self.negative, coefficient, exponent)
    }
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
}

fn without_trailing_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    &digits[..digits.len() - zeros]
}

/// How many digits the text starts with.
fn digit_run(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>()
        && non_digits(u64::from_le_bytes(*eight)) == 0
    {
        rest = tail;
    }
    text.len() - rest.len() + digits_in(load(rest))
}

/// Appends the digits that the text starts with to the value, which wraps beyond 38 of them, and returns what follows.
#[inline]
fn read_run<'a>(text: &'a [u8], value: &mut u128) -> &'a [u8] {
    let mut rest = text;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>()
        && let word = u64::from_le_bytes(*eight)
        && non_digits(word) == 0
    {
        *value = value.wrapping_mul(100_000_000).wrapping_add(read_eight(word).into());
        rest = tail;
    }
    let word = load(rest);
    let run = digits_in(word);
    if run > 0 {
        // What follows the run is shifted out, and zeros come in before it.
        let digits = read_eight(word << (64 - 8 * run));
        *value = value.wrapping_mul(SHORT_POW10[run].into()).wrapping_add(digits.into());
    }
    &rest[run..]
}

/// The first eight bytes, the first one lowest; a shorter text is followed by zero bytes, which are no digits.
#[inline]
fn load(text: &[u8]) -> u64 {
    if let Some(eight) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*eight);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        // Where both overlap they hold the same bytes.
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (text.len() - 4));
    }
    text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// How many digits a loaded word starts with.
fn digits_in(word: u64) -> usize {
    (non_digits(word).trailing_zeros() / 8) as usize
}

/// The top bit of each byte that is no ASCII digit.
fn non_digits(word: u64) -> u64 {
    const LOW_BITS: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    // Digits become 0 to 9; adding 0x76 carries 10 and more into the top bit, and never beyond it.
    let values = word ^ 0x3030_3030_3030_3030;
    (((values & LOW_BITS) + 0x7676_7676_7676_7676) | values) & !LOW_BITS
}

/// The value of eight digits whose first one is in the lowest byte: neighbours are joined to pairs, fours, and eight.
fn read_eight(word: u64) -> u64 {
    let ones = word & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (ones * 10 + (ones >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::exact::POW10;
    use super::*;

    fn parts(text: &str) -> Result<(bool, u128, i16), NumberError> {
        parse(text.as_bytes()).map(|value| (value.is_negative(), value.coefficient(), value.exponent()))
    }

    #[test]
    fn eight_digits_are_read_at_once() {
        for (text, value) in [(b"00000000", 0), (b"12345678", 12_345_678), (b"99999999", 99_999_999)] {
            assert_eq!(read_eight(u64::from_le_bytes(*text)), value);
        }
    }

    #[test]
    fn the_end_of_a_run_is_found_for_every_byte_at_every_place() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut text = [b'7'; 20];
                text[at] = byte;
                let expected = if byte.is_ascii_digit() { 20 } else { at };
                assert_eq!(digit_run(&text), expected, "byte {byte} at {at}");
            }
        }
    }

    #[test]
    fn written_digits_are_kept_until_they_do_not_fit() {
        assert_eq!(parts("-1.50"), Ok((true, 150, -2)));
        assert_eq!(parts("007"), Ok((false, 7, 0)));
        assert_eq!(parts("1.50E+3"), Ok((false, 15, 2)));
        assert_eq!(parts(&format!("1{}", "0".repeat(125))), Ok((false, 1, 125)));
        assert_eq!(parts(&format!("0.{}1", "0".repeat(129))), Ok((false, 1, -130)));
        assert_eq!(parts(&format!("9.{}", "9".repeat(37))), Ok((false, POW10[38] - 1, -37)));
    }

    #[test]
    fn zero_is_one_value() {
        for text in ["0", "-0", "+0", "0.000", ".0", "0.", "0E5", "-0E-999", "0e99999999999999999999999"] {
            assert_eq!(parts(text), Ok((false, 0, 0)), "{text}");
        }
    }

    #[test]
    fn a_bad_text_says_where() {
        assert_eq!(parts(""), Err(NumberError::Empty));
        let cases = [
            ("-", 1),
            ("+", 1),
            (".", 1),
            ("-.", 2),
            ("abc", 0),
            ("1a", 1),
            ("1.2.3", 3),
            ("--1", 1),
            ("1E", 2),
            ("1E+", 3),
            ("1E5.", 3),
            (" 1", 0),
            ("1 ", 1),
            ("E5", 0),
            ("12345678901,5", 11),
            ("NaN", 0),
            ("1_0", 1),
            ("\u{661}", 0),
        ];
        for (text, at) in cases {
            assert_eq!(parts(text), Err(NumberError::Syntax { at }), "{text:?}");
            assert_eq!(validate(text.as_bytes()), Err(NumberError::Syntax { at }), "{text:?}");
        }
    }

    #[test]
    fn limits_are_those_of_the_service() {
        let digits = |count| "3".repeat(count);
        assert!(parts(&digits(38)).is_ok());
        assert_eq!(parts(&digits(39)), Err(NumberError::TooManyDigits));
        assert_eq!(parts(&format!("{}.3", digits(38))), Err(NumberError::TooManyDigits));
        assert!(parts(&format!("000{}.000", digits(38))).is_ok());
        assert!(parts("9.9999999999999999999999999999999999999E+125").is_ok());
        assert!(parts("1E-130").is_ok());
        // 38 digits whose first one stands for 10^125, and 10^126.
        assert!(parts(&format!("{}E88", digits(38))).is_ok());
        assert_eq!(parts(&format!("{}E89", digits(38))), Err(NumberError::OutOfRange));
        for text in ["1E126", "10E125", "9E-131", "0.1E-130", "1E99999999999999999999", "1E-99999999999999999999"] {
            assert_eq!(parts(text), Err(NumberError::OutOfRange), "{text}");
        }
    }

    proptest! {
        #[test]
        fn validation_and_parsing_agree(text in "[-+]?[0-9]{0,45}[.]?[0-9]{0,45}([eE][-+]?[0-9]{0,4})?[ x]?") {
            prop_assert_eq!(validate(text.as_bytes()), parse(text.as_bytes()).map(drop));
        }

        #[test]
        fn validation_and_parsing_agree_on_any_bytes(text in proptest::collection::vec(any::<u8>(), 0..24)) {
            prop_assert_eq!(validate(&text), parse(&text).map(drop));
        }
    }
}
