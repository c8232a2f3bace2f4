//! Conversions of numbers: exact, or an error exactly where the target cannot hold the value.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use dynacdc_record::{Number, NumberError, NumberRef};
use proptest::prelude::*;

use crate::texts::decimal;

/// Decimals of integers of any size and around the bounds of every type, and of fractions, some of which are whole.
fn text() -> impl Strategy<Value = String> {
    let bound = (0..=127u32, -2..=2i128, any::<bool>()).prop_map(|(bits, delta, negative)| {
        let value = (1i128 << bits.min(126)).saturating_add(delta);
        if negative { -value } else { value }.to_string()
    });
    prop_oneof![
        bound.clone(),
        bound.prop_map(|whole| format!("{whole}.00")),
        "-?[0-9]{1,12}[.][0-9]{1,3}0{0,3}",
        "-?[1-4][0-9]{0,2}E3[0-9]",
        "-?[1-9][0-9]{0,20}E-?[0-9]",
        decimal().prop_map(|decimal| decimal.plain()),
        decimal().prop_map(|decimal| decimal.scientific()),
    ]
    .prop_filter("a number", |text| Number::parse(text).is_ok())
}

fn whole(model: &BigDecimal) -> Option<BigInt> {
    model.is_integer().then(|| model.with_scale(0).into_bigint_and_scale().0)
}

macro_rules! integers {
    ($($integer:ident)*) => {$(
        mod $integer {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(512))]

                #[test]
                fn holds_exactly_what_the_model_holds(text in text()) {
                    let model: BigDecimal = text.parse().unwrap();
                    let expected = whole(&model)
                        .and_then(|whole| $integer::try_from(whole).ok())
                        .ok_or(NumberError::Inexact { target: stringify!($integer) });
                    prop_assert_eq!($integer::try_from(&Number::parse(&text).unwrap()), expected);
                    prop_assert_eq!($integer::try_from(NumberRef::parse(&text).unwrap()), expected);
                }

                #[test]
                fn becomes_a_number_and_comes_back(integer in any::<$integer>(), shift in 0..=128u32) {
                    let integer = integer.checked_shr(shift).unwrap_or(integer);
                    #[allow(irrefutable_let_patterns, reason = "only the 128-bit types can fail")]
                    let Ok(number) = Number::try_from(integer) else {
                        prop_assert!(integer.to_string().trim_end_matches('0').trim_start_matches('-').len() > 38);
                        return Ok(());
                    };
                    prop_assert_eq!(number.to_string().parse::<BigDecimal>().unwrap(), BigDecimal::from(BigInt::from(integer)));
                    prop_assert_eq!($integer::try_from(&number), Ok(integer));
                }
            }

            #[test]
            fn bounds() {
                for bound in [$integer::MIN, $integer::MAX] {
                    if bound.to_string().trim_start_matches('-').len() <= 38 {
                        assert_eq!($integer::try_from(&Number::parse(&bound.to_string()).unwrap()), Ok(bound));
                    }
                }
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

#[test]
fn integers_of_128_bits_beyond_38_digits() {
    // Given 39 digits that end with a zero, and 39 that do not.
    let (fits, does_not) = (u128::MAX - 5, u128::MAX);
    // Then the first is a number of 38 significant digits, and the second is none.
    let number = Number::try_from(fits).unwrap();
    assert_eq!(number.to_string(), fits.to_string());
    assert_eq!(u128::try_from(&number), Ok(fits));
    assert_eq!(Number::try_from(does_not), Err(NumberError::TooManyDigits));
    assert_eq!(Number::try_from(i128::MIN), Err(NumberError::TooManyDigits));
    // And what is one digit above u128 is refused, not wrapped.
    assert!(u128::try_from(&Number::parse("3.5E38").unwrap()).is_err());
    assert!(u128::try_from(&Number::parse("1E39").unwrap()).is_err());
    assert!(i128::try_from(&Number::parse("-1.8E38").unwrap()).is_err());
    assert_eq!(i128::try_from(&Number::parse("-1.7E38").unwrap()), Ok(-17 * 10i128.pow(37)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn f64_is_the_nearest(decimal in decimal()) {
        // Rust's own parser rounds correctly; the model prints the value without our formatting.
        let nearest: f64 = decimal.model().to_plain_string().parse().unwrap();
        for text in decimal.notations() {
            let number = Number::parse(&text).unwrap();
            prop_assert_eq!(number.to_f64_lossy().to_bits(), (nearest + 0.0).to_bits());
            prop_assert_eq!(NumberRef::parse(&text).unwrap().to_f64_lossy().to_bits(), (nearest + 0.0).to_bits());
        }
    }
}

#[test]
fn f64_examples() {
    let lossy = |text| NumberRef::parse(text).unwrap().to_f64_lossy();
    assert_eq!(lossy("0.1"), 0.1);
    assert_eq!(lossy("-1E-130"), -1e-130);
    assert_eq!(lossy("9007199254740993"), 9_007_199_254_740_992.0);
    assert_eq!(lossy("9007199254740993.0000000000000000000001"), 9_007_199_254_740_994.0);
    assert!(lossy("-0").is_sign_positive());
}

#[cfg(feature = "rust_decimal")]
mod rust_decimal_conversions {
    use rust_decimal::Decimal;

    use super::*;

    /// The 96-bit mantissa and the scale of the normal form, where both fit.
    fn holds(model: &BigDecimal) -> bool {
        let (digits, scale) = model.normalized().into_bigint_and_scale();
        let zeros = u32::try_from(-scale).unwrap_or(0);
        let mantissa = digits * BigInt::from(10).pow(zeros);
        scale <= 28 && mantissa.magnitude().bits() <= 96
    }

    fn text() -> impl Strategy<Value = String> {
        let edge =
            (0..=3i128, -40..=40i32).prop_map(|(delta, exponent)| format!("{}E{exponent}", (1i128 << 96) - 2 + delta));
        let places = (1..=38usize, 0..=12usize, any::<bool>()).prop_map(|(places, zeros, negative)| {
            let sign = if negative { "-" } else { "" };
            format!("{sign}1.{:0>places$}{}", 7, "0".repeat(zeros))
        });
        prop_oneof![super::text(), edge, places].prop_filter("a number", |text| Number::parse(text).is_ok())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn exact_or_refused_as_the_model_says(text in text()) {
            let model: BigDecimal = text.parse().unwrap();
            let decimal = Decimal::try_from(&Number::parse(&text).unwrap());
            prop_assert_eq!(Decimal::try_from(NumberRef::parse(&text).unwrap()), decimal);
            match decimal {
                Ok(decimal) => {
                    prop_assert_eq!(BigDecimal::new(decimal.mantissa().into(), decimal.scale().into()), model);
                    prop_assert_eq!(Number::from(decimal), Number::parse(&text).unwrap());
                }
                Err(error) => {
                    prop_assert_eq!(error, NumberError::Inexact { target: "rust_decimal::Decimal" });
                    prop_assert!(!holds(&model), "{} fits", text);
                }
            }
        }

        #[test]
        fn every_decimal_is_a_number(mantissa in any::<i128>(), shift in 31..128u32, scale in 0..=28u32) {
            let decimal = Decimal::try_from_i128_with_scale(mantissa >> shift.max(32), scale).unwrap();
            let number = Number::from(decimal);
            prop_assert_eq!(number.to_string().parse::<BigDecimal>().unwrap(), BigDecimal::new(decimal.mantissa().into(), scale.into()));
            prop_assert_eq!(Decimal::try_from(&number), Ok(decimal));
        }
    }

    #[test]
    fn the_written_scale_is_kept() {
        let decimal = |text| Decimal::try_from(NumberRef::parse(text).unwrap()).unwrap().to_string();
        assert_eq!(decimal("1.50"), "1.50");
        assert_eq!(decimal("-0"), "0");
        assert_eq!(decimal("1.00000000000000000000000000000000"), "1");
        assert_eq!(Number::from(Decimal::MAX).to_string(), Decimal::MAX.to_string());
        assert_eq!(Number::from(Decimal::MIN).to_string(), Decimal::MIN.to_string());
    }
}

#[cfg(feature = "bigdecimal")]
mod bigdecimal_conversions {
    use bigdecimal::Zero;

    use super::*;
    use crate::texts::refusal;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn every_number_is_a_bigdecimal_and_comes_back(decimal in decimal()) {
            for text in decimal.notations() {
                let number = Number::parse(&text).unwrap();
                let big = BigDecimal::from(&number);
                prop_assert_eq!(&big, &decimal.model());
                prop_assert_eq!(&BigDecimal::from(NumberRef::parse(&text).unwrap()), &big);
                prop_assert_eq!(Number::try_from(&big), Ok(number.clone()));
                prop_assert_eq!(Number::try_from(big), Ok(number));
            }
        }

        #[test]
        fn a_bigdecimal_is_a_number_where_dynamodb_takes_it(
            digits in "-?[0-9]{1,42}0{0,5}",
            scale in -180..=180i64,
        ) {
            let big = BigDecimal::new(digits.parse().unwrap(), scale);
            let expected = refusal(&big);
            match Number::try_from(&big) {
                Ok(number) => {
                    prop_assert_eq!(expected, None);
                    prop_assert_eq!(number == Number::ZERO, big.is_zero());
                    prop_assert_eq!(BigDecimal::from(&number), big);
                }
                Err(error) => prop_assert_eq!(Some(error), expected),
            }
        }
    }
    #[test]
    fn extreme_scales_are_refused() {
        for scale in [i64::MIN, i64::MIN + 1, -1 << 40, 1 << 40, i64::MAX] {
            let of = |digits: i32| Number::try_from(BigDecimal::new(digits.into(), scale));
            assert_eq!(of(-10), Err(NumberError::OutOfRange), "{scale}");
            assert_eq!(of(0), Ok(Number::ZERO), "{scale}");
        }
    }
}
