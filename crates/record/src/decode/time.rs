//! Creation times.

use crate::record::Created;

/// Reads seconds since 1970 in decimal notation, such as `1428537600`, `1637948167.023251` or `1.480642020E9`.
///
/// Digits are read as digits: through a double, microseconds of today come out wrong. What is finer than a nanosecond
/// is cut off. The unit is never guessed from the size of the number.
pub(super) fn seconds(text: &str) -> Option<Created> {
    // What AWS sends is ten digits.
    if text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Created { seconds: text.parse().ok()?, nanos: 0 });
    }
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| (-40..=40).contains(e))?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    // Digit i stands for 10^(place - i) nanoseconds.
    let place = i32::try_from(whole.len()).ok()?.checked_add(exponent + 8)?;
    let mut nanos = 0_i128;
    for (i, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
        let power = place - i32::try_from(i).ok()?;
        if digit != 0 && power >= 0 {
            let unit = 10_i128.checked_pow(u32::try_from(power).ok()?)?;
            nanos = nanos.checked_add(digit.checked_mul(unit)?)?;
        }
    }
    let nanos = if negative { -nanos } else { nanos };
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let nanos = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    Created::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notations_that_occur_are_exact() {
        for (text, wanted) in [
            ("1428537600", (1_428_537_600, 0)),
            ("1428537600.0", (1_428_537_600, 0)),
            ("1637948167.023251", (1_637_948_167, 23_251_000)),
            ("1.480642020E9", (1_480_642_020, 0)),
            ("1480642020123e-3", (1_480_642_020, 123_000_000)),
            ("1.5e0", (1, 500_000_000)),
            ("0", (0, 0)),
            ("-0.5", (-1, 500_000_000)),
            ("1.0000000019", (1, 1)),
        ] {
            let created = seconds(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((created.seconds, created.nanos), wanted, "{text}");
        }
    }

    #[test]
    fn milliseconds_are_not_taken_for_seconds() {
        assert_eq!(seconds("1649809356015"), None);
    }

    #[test]
    fn what_is_no_number_of_seconds_is_none() {
        for text in ["", ".", "1.", ".5", "1e", "1e99", "one", "1e+", "+1", "1.5.2", "--1"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
