//! Numbers that compare by value, as Amazon's engine compares them: as doubles, and only those that a double holds
//! without a digit being lost.

/// The double of a JSON number, if it stands for exactly this number.
pub(super) fn exact(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    // The sign of zero is none of the number's.
    (value.is_finite() && digits(text) == digits(&format!("{value:e}"))).then_some(value + 0.0)
}

/// Sign, digits without zeros at the ends, and the power of ten of the last one.
fn digits(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let kept = all.trim_end_matches('0');
    let dropped = i64::try_from(all.len() - kept.len()).ok()?;
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() {
        return Some((false, String::new(), 0));
    }
    let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    Some((negative, kept.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_double_holds_is_exact() {
        for (text, wanted) in [
            ("0", 0.0),
            ("-0.0", 0.0),
            ("300", 300.0),
            ("3.00e2", 300.0),
            ("0.1", 0.1),
            ("1637948167.023251", 1_637_948_167.023_251),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("-1e-300", -1e-300),
        ] {
            assert_eq!(exact(text), Some(wanted), "{text}");
            assert!(exact(text).is_some_and(|zero| !(zero == 0.0 && zero.is_sign_negative())), "{text}");
        }
    }

    #[test]
    fn what_a_double_rounds_is_not() {
        for text in ["9007199254740993", "0.12345678901234567890", "1e400", "1e99999999999999999999", "1e-400"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }
}
