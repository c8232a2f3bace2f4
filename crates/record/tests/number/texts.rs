//! Decimals as digits and exponent, written in every notation, and what the model says about them.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, Zero};
use dynacdc_record::NumberError;
use proptest::prelude::*;

/// d.ddd x 10^`top`, the point after the first digit.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    pub(crate) negative: bool,
    pub(crate) digits: String,
    pub(crate) top: i32,
}

impl Decimal {
    /// Exponent of the last digit.
    fn exponent(&self) -> i32 {
        self.top + 1 - i32::try_from(self.digits.len()).unwrap()
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    pub(crate) fn model(&self) -> BigDecimal {
        let digits: BigInt = format!("{}{}", self.sign(), self.digits).parse().unwrap();
        BigDecimal::new(digits, -i64::from(self.exponent()))
    }

    pub(crate) fn plain(&self) -> String {
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap());
        let (sign, digits) = (self.sign(), &self.digits);
        if self.exponent() >= 0 {
            format!("{sign}{digits}{}", zeros(self.exponent()))
        } else if self.top >= 0 {
            let (whole, fraction) = digits.split_at(usize::try_from(self.top + 1).unwrap());
            format!("{sign}{whole}.{fraction}")
        } else {
            format!("{sign}0.{}{digits}", zeros(-self.top - 1))
        }
    }

    pub(crate) fn scientific(&self) -> String {
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{}{first}{point}{rest}E{:+}", self.sign(), self.top)
    }

    /// Texts of the same value.
    pub(crate) fn notations(&self) -> Vec<String> {
        let unsigned = Self { negative: false, ..self.clone() };
        let sign = if self.negative { "-" } else { "+" };
        let point = if self.exponent() < 0 { "" } else { "." };
        vec![
            self.plain(),
            self.scientific(),
            format!("{}{}e{}", self.sign(), self.digits, self.exponent()),
            format!("{sign}000{}{point}000", unsigned.plain()),
            format!("{}.{}E{}", self.sign(), self.digits, self.top + 1),
        ]
    }
}

fn digits() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,38}",
        "[1-9][0-9]{37}",
        "[1-9][0-9]{0,6}",
        "[1-9]0{0,37}",
        "9{1,38}",
        "[19]0{0,20}[0-9]{0,3}0{0,14}",
    ]
}

/// Any number of DynamoDB, with the edges of the range more often than they deserve.
pub(crate) fn decimal() -> impl Strategy<Value = Decimal> {
    let top = prop_oneof![-130..=125, -45..=45, -130..=-125, 120..=125];
    (any::<bool>(), digits(), top).prop_map(|(negative, digits, top)| {
        // The digits start with the one that `top` stands for, or are all zeros.
        let significant = digits.trim_start_matches('0');
        let digits = if significant.is_empty() { digits } else { significant.to_owned() };
        Decimal { negative, digits, top }
    })
}

/// Two numbers that lie so close that sums often fit, sometimes cancel, and sometimes just do not fit.
pub(crate) fn neighbours() -> impl Strategy<Value = (Decimal, Decimal)> {
    let far = (decimal(), decimal(), -39..=39i32).prop_map(|(a, b, shift)| {
        let top = i32::clamp(a.top + shift, -130, 125);
        (a, Decimal { top, ..b })
    });
    let close = (decimal(), any::<bool>(), 0..38usize, "[0-9]").prop_map(|(a, negative, at, digit)| {
        let mut digits = a.digits.clone();
        let at = at % digits.len();
        if at > 0 {
            digits.replace_range(at..=at, &digit);
        }
        (a.clone(), Decimal { negative, digits, ..a })
    });
    prop_oneof![2 => far, 1 => close]
}

/// Why DynamoDB refuses a value, if it does. Too many digits comes before a bad range.
pub(crate) fn refusal(value: &BigDecimal) -> Option<NumberError> {
    if value.is_zero() {
        return None;
    }
    let (digits, scale) = value.normalized().into_bigint_and_scale();
    let count = i64::try_from(digits.magnitude().to_string().len()).unwrap();
    if count > 38 {
        return Some(NumberError::TooManyDigits);
    }
    let top = count - scale - 1;
    (!(-130..=125).contains(&top)).then_some(NumberError::OutOfRange)
}
