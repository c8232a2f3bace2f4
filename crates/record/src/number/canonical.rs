//! The one text of a value: what `Number` prints when it has no text of its own.
//!
//! Built on the stack, because parsing a number in scientific notation compares with it.

use super::exact::Exact;

/// Longest text in plain notation, sign and point included: 38 digits always fit unless they need zeros beside them.
const PLAIN: usize = 40;
/// Sign, digit, point, 37 digits, and an exponent such as `E-130` make 45.
const CAPACITY: usize = 48;
/// What one 64-bit division chain handles at a time.
const CHUNK: u128 = 10_000_000_000_000_000_000;
const CHUNK_DIGITS: usize = 19;

/// The canonical text of a value.
pub(super) struct CanonicalText {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl CanonicalText {
    pub(super) fn of(value: Exact) -> Self {
        let mut text = Self { bytes: [0; CAPACITY], len: 0 };
        if value.is_zero() {
            text.push(b"0");
            return text;
        }
        let value = value.stripped();
        let mut buffer = [0; 2 * CHUNK_DIGITS];
        let digits = write_digits(value.coefficient(), &mut buffer);
        if value.is_negative() {
            text.push(b"-");
        }
        let exponent = usize::from(value.exponent().unsigned_abs());
        let room = PLAIN - text.len;
        if value.exponent() >= 0 {
            if digits.len() + exponent <= room {
                text.push(digits);
                text.push_zeros(exponent);
                return text;
            }
        } else if let Some(whole) = digits.len().checked_sub(exponent).filter(|whole| *whole > 0) {
            // At most 38 digits, a sign and a point.
            text.push(&digits[..whole]);
            text.push(b".");
            text.push(&digits[whole..]);
            return text;
        } else if 2 + exponent <= room {
            text.push(b"0.");
            text.push_zeros(exponent - digits.len());
            text.push(digits);
            return text;
        }
        text.push_scientific(digits, value.exponent());
        text
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    fn push_scientific(&mut self, digits: &[u8], exponent: i16) {
        let (first, rest) = digits.split_at(1);
        self.push(first);
        if !rest.is_empty() {
            self.push(b".");
            self.push(rest);
        }
        let top = i32::from(exponent) + rest.iter().fold(0, |count, _| count + 1);
        self.push(if top < 0 { b"E-" } else { b"E+" });
        let mut buffer = [0; 2 * CHUNK_DIGITS];
        self.push(write_digits(top.unsigned_abs().into(), &mut buffer));
    }

    fn push(&mut self, part: &[u8]) {
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }

    fn push_zeros(&mut self, count: usize) {
        self.bytes[self.len..self.len + count].fill(b'0');
        self.len += count;
    }
}

/// Whether a text of the value is its canonical one. Plain notation, which is what comes from DynamoDB, is told by its
/// looks: working out the canonical text costs several times what parsing does.
pub(super) fn is_canonical(value: Exact, text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.iter().any(|byte| matches!(byte, b'e' | b'E' | b'+')) {
        return CanonicalText::of(value).as_str() == text;
    }
    let whole = match digits {
        // Zero has no sign.
        [b'0'] => return digits.len() == text.len(),
        [b'0', b'.', ..] | [b'1'..=b'9', ..] => digits.iter().take_while(|byte| **byte != b'.').count(),
        _ => return false,
    };
    let no_idle_zeros = whole == digits.len() || matches!(digits, [.., b'1'..=b'9']);
    text.len() <= PLAIN && no_idle_zeros
}

/// Digits of a value from 1 to 10^38 - 1, right-aligned in the buffer, without leading zeros.
fn write_digits(value: u128, buffer: &mut [u8; 2 * CHUNK_DIGITS]) -> &[u8] {
    let (high, low) = buffer.split_at_mut(CHUNK_DIGITS);
    for (part, mut chunk) in [(high, (value / CHUNK % CHUNK) as u64), (low, (value % CHUNK) as u64)] {
        for slot in part.iter_mut().rev() {
            *slot = b'0' + (chunk % 10) as u8;
            chunk /= 10;
        }
    }
    let zeros = buffer.iter().take_while(|digit| **digit == b'0').count();
    &buffer[zeros..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse::parse;
    use super::*;

    proptest! {
        #[test]
        fn a_text_is_canonical_if_the_value_prints_so(
            text in prop_oneof![
                "[-+]?[0-9]{0,3}[.]?[0-9]{0,3}",
                "-?(0|[1-9][0-9]{0,18})([.][0-9]{0,19})?",
                "-?[1-9][0-9]{0,5}0{30,45}",
                "-?0?[.]0{0,45}[1-9]{0,4}0?",
                "-?[0-9]([.][0-9]{1,3})?[eE][-+]?[0-9]{1,3}",
            ],
        ) {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(is_canonical(value, &text), CanonicalText::of(value).as_str() == text, "{}", text);
            }
        }

        #[test]
        fn canonical_text_is_canonical(coefficient in 0..10u128.pow(38), exponent in -130..=88i32, negative in any::<bool>()) {
            if let Ok(value) = Exact::new(negative, coefficient, exponent) {
                prop_assert!(is_canonical(value, CanonicalText::of(value).as_str()));
            }
        }
    }
}
