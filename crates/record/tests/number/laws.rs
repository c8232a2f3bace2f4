//! Value, order, hash, text and sums.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use bigdecimal::{BigDecimal, Zero};
use dynacdc_record::{Number, NumberError, NumberRef};
use proptest::prelude::*;

use crate::texts::{Decimal, decimal, neighbours, refusal};

fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn hash(value: impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

/// What the model reads from the canonical text.
fn model_of(number: &Number) -> BigDecimal {
    number.canonical().as_str().parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_text_is_kept_and_its_value_is_the_models(decimal in decimal()) {
        for text in decimal.notations() {
            let number = number(&text);
            prop_assert_eq!(number.as_str(), text.as_str());
            prop_assert_eq!(number.to_string(), text.as_str());
            prop_assert_eq!(format!("{number:?}"), format!("Number({text})"));
            prop_assert_eq!(model_of(&number), decimal.model());

            let borrowed = NumberRef::parse(&text).unwrap();
            prop_assert_eq!(borrowed.as_str(), text.as_str());
            prop_assert_eq!(borrowed.to_number().to_string(), text.as_str());
            prop_assert_eq!(model_of(&borrowed.exact()), decimal.model());
        }
    }

    #[test]
    fn notations_of_one_value_are_one_number(decimal in decimal()) {
        let canonical = number(&decimal.scientific()).canonical();
        for text in decimal.notations() {
            let other = number(&text);
            let borrowed = NumberRef::parse(&text).unwrap();
            prop_assert_eq!(&other, &canonical);
            prop_assert_eq!(borrowed, canonical.clone());
            prop_assert_eq!(canonical.clone(), borrowed);
            prop_assert!(other.cmp(&canonical).is_eq());
            prop_assert_eq!(hash(&other), hash(&canonical));
            prop_assert_eq!(hash(borrowed), hash(&canonical));
        }
    }

    #[test]
    fn canonical_text_is_plain_up_to_40_characters(decimal in decimal()) {
        let canonical = number(&decimal.scientific()).canonical();
        let text = canonical.to_string();
        prop_assert_eq!(&number(&text), &canonical);
        prop_assert_eq!(NumberRef::parse(&text).unwrap().exact().to_string(), text.as_str());
        let plain = decimal.model().normalized().to_plain_string();
        if plain.len() <= 40 {
            prop_assert_eq!(text, plain);
        } else {
            let (mantissa, exponent) = text.split_once('E').unwrap();
            let digits = mantissa.trim_start_matches('-');
            prop_assert!(digits.len() == 1 || digits.as_bytes()[1] == b'.' && digits.len() > 2, "{}", text);
            prop_assert!(digits.len() == 1 || !digits.ends_with('0'), "{}", text);
            prop_assert!(exponent.starts_with(['+', '-']), "{}", text);
            prop_assert!(serde_json::from_str::<serde_json::Number>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn order_and_equality_are_the_models((a, b) in prop_oneof![neighbours(), (decimal(), decimal())]) {
        let expected = a.model().cmp(&b.model());
        for (a, b) in a.notations().into_iter().zip(b.notations().into_iter().rev()) {
            let (owned, borrowed) = (number(&a), NumberRef::parse(&a).unwrap());
            prop_assert_eq!(owned.cmp(&number(&b)), expected);
            prop_assert_eq!(borrowed.cmp(&NumberRef::parse(&b).unwrap()), expected);
            prop_assert_eq!(owned == number(&b), expected.is_eq());
            prop_assert_eq!(borrowed == number(&b), expected.is_eq());
        }
    }

    #[test]
    fn sums_are_exact_or_refused_as_the_model_says((a, b) in prop_oneof![neighbours(), (decimal(), decimal())]) {
        for (left, right) in a.notations().into_iter().zip(b.notations().into_iter().rev()) {
            let (left, right) = (number(&left), number(&right));
            let results = [
                (left.checked_add(&right), a.model() + b.model()),
                (right.checked_add(&left), a.model() + b.model()),
                (left.checked_sub(&right), a.model() - b.model()),
                (right.checked_sub(&left), b.model() - a.model()),
            ];
            for (result, model) in results {
                match (result, refusal(&model)) {
                    (Ok(sum), None) => {
                        prop_assert_eq!(model_of(&sum), model.clone());
                        prop_assert_eq!(sum.is_zero(), model.is_zero());
                    }
                    (Err(error), Some(expected)) => prop_assert_eq!(error, expected),
                    (result, expected) => prop_assert!(false, "{:?}, but {:?}", result, expected),
                }
            }
        }
    }

    #[test]
    fn a_running_sum_follows_the_model(parts in prop::collection::vec(neighbours(), 1..12)) {
        let mut sum = Number::ZERO;
        let mut model = BigDecimal::zero();
        for (part, _) in &parts {
            let next = &model + part.model();
            match sum.checked_add(&NumberRef::parse(&part.plain()).unwrap().exact()) {
                Ok(total) => (sum, model) = (total, next),
                Err(error) => prop_assert_eq!(Some(error), refusal(&next)),
            }
            prop_assert_eq!(model_of(&sum), model.clone());
            prop_assert_eq!(hash(&sum), hash(number(&sum.to_string())));
        }
    }

    #[test]
    fn sign_and_wholeness_are_the_models(decimal in decimal()) {
        let model = decimal.model();
        for text in decimal.notations() {
            let number = number(&text);
            prop_assert_eq!(number.is_zero(), model.is_zero());
            prop_assert_eq!(number.is_negative(), model < BigDecimal::zero());
            prop_assert_eq!(number.is_integer(), model.is_integer());
            prop_assert_eq!(model_of(&number.abs()), model.abs());
            prop_assert_eq!(model_of(&-&number), -&model);
            prop_assert!(number.checked_sub(&number).unwrap().is_zero());
        }
    }

    #[test]
    fn too_many_digits_are_refused(
        digits in "[1-9][0-9]{37,60}[1-9]",
        top in -130..=125,
        negative in any::<bool>(),
    ) {
        for text in (Decimal { negative, digits, top }).notations() {
            prop_assert_eq!(Number::parse(&text), Err(NumberError::TooManyDigits));
            prop_assert_eq!(NumberRef::parse(&text), Err(NumberError::TooManyDigits));
        }
    }

    #[test]
    fn magnitudes_outside_the_range_are_refused(decimal in decimal(), beyond in prop_oneof![1..4, 1..300]) {
        prop_assume!(!decimal.model().is_zero());
        for top in [125 + beyond, -130 - beyond] {
            for text in (Decimal { top, ..decimal.clone() }).notations() {
                prop_assert_eq!(Number::parse(&text), Err(NumberError::OutOfRange));
                prop_assert_eq!(NumberRef::parse(&text), Err(NumberError::OutOfRange));
            }
        }
    }
}

#[test]
fn sums_at_the_edges() {
    let sum = |a, b| number(a).checked_add(&number(b)).map(|sum| sum.to_string());
    let nines = "99999999999999999999999999999999999999";
    for (a, b, expected) in [
        ("1E37", "-0.5", "9999999999999999999999999999999999999.5"),
        ("1E38", "-1", nines),
        ("5E37", "5E37", "100000000000000000000000000000000000000"),
        (nines, "1", "100000000000000000000000000000000000000"),
        ("1.0000000000000000000000000000000000000", "1E37", "10000000000000000000000000000000000001"),
        ("1E125", "8E125", "9E+125"),
        ("1E125", "1E88", "1.0000000000000000000000000000000000001E+125"),
        ("1E-130", "1E-130", "2E-130"),
        ("3.0E-130", "-2E-130", "1E-130"),
        ("1.5E-130", "-1.5E-130", "0"),
        ("-7", "0E-99", "-7"),
    ] {
        assert_eq!(sum(a, b).as_deref(), Ok(expected), "{a} + {b}");
        assert_eq!(sum(b, a).as_deref(), Ok(expected), "{b} + {a}");
    }
    for (a, b, expected) in [
        ("1E37", "0.1", NumberError::TooManyDigits),
        (nines, "2", NumberError::TooManyDigits),
        ("1E125", "1E-130", NumberError::TooManyDigits),
        ("-1E125", "1E87", NumberError::OutOfRange),
        ("9E125", "1E125", NumberError::OutOfRange),
        ("1.5E-130", "-1E-130", NumberError::OutOfRange),
    ] {
        // 1E125 - 1E87 is 38 nines and fits.
        let expected = if b == "1E87" { Ok(format!("-9.{}E+124", &nines[1..])) } else { Err(expected) };
        assert_eq!(sum(a, b), expected, "{a} + {b}");
        assert_eq!(sum(b, a), expected, "{b} + {a}");
    }
}

#[test]
fn formatting_pads_as_a_number_and_never_cuts() {
    assert_eq!(format!("[{:8}]", number("-1.50")), "[   -1.50]");
    assert_eq!(format!("[{:<8}]", number("-1.50")), "[-1.50   ]");
    assert_eq!(format!("[{:.1}]", number("12.55")), "[12.55]");
    assert_eq!(format!("[{:.1}]", NumberRef::parse("12.55").unwrap()), "[12.55]");
    assert_eq!(Number::default().to_string(), "0");
    assert_eq!(number("-0.00").canonical().to_string(), "0");
}

#[test]
fn errors_do_not_repeat_the_value() {
    for text in ["73x", "73E999", &"73".repeat(20)] {
        let message = Number::parse(text).unwrap_err().to_string();
        assert!(!message.contains("73"), "{message}");
    }
}
