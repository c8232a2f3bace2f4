//! Decimal types of other crates: the exact value or an error.

use crate::{n, read};
use dynacdc_record::{Number, as_number, item, lossy_f64, to_item};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Deserialize)]
struct Plain {
    price: Decimal,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct With {
    #[serde(with = "as_number")]
    price: Decimal,
    #[serde(with = "as_number::option", default)]
    discount: Option<Decimal>,
}

fn any_number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,18})[.][0-9]{1,19}",
        "-?[1-9][0-9]{0,37}",
        "-?0[.]0{0,40}[1-9][0-9]{0,10}",
        "-?[1-9][.][0-9]{1,37}E-?[0-9]{1,2}",
        "[.][0-9]{1,38}",
    ]
}

proptest! {
    #[test]
    fn the_deserialize_of_decimal_gives_the_value_or_an_error(text in any_number()) {
        if let Ok(plain) = read::<Plain>(item! { "price" => n(&text) }) {
            prop_assert_eq!(Number::from(plain.price), Number::parse(&text).unwrap());
        }
    }

    #[test]
    fn a_decimal_of_28_digits_and_places_is_always_read(mantissa in -9_999_999_999_999_999_999_999_999_999_i128..=9_999_999_999_999_999_999_999_999_999, scale in 0u32..=28) {
        let decimal = Decimal::from_i128_with_scale(mantissa, scale);
        // Beyond 64 bits a whole number is an integer that `Decimal` does not take from serde.
        let whole = decimal.fract().is_zero() && i64::try_from(decimal.trunc().mantissa() / 10i128.pow(decimal.trunc().scale())).is_err();
        prop_assume!(!whole);

        let plain = read::<Plain>(item! { "price" => Number::from(decimal) });

        prop_assert_eq!(plain, Ok(Plain { price: decimal }));
    }

    #[test]
    fn as_number_reads_what_has_an_exact_decimal_and_nothing_else(text in any_number()) {
        let exact = Decimal::try_from(&Number::parse(&text).unwrap()).ok();

        let read = read::<With>(item! { "price" => n(&text), "discount" => n(&text) }).ok();

        prop_assert_eq!(read, exact.map(|price| With { price, discount: Some(price) }));
    }

    #[test]
    fn as_number_writes_n(mantissa in any::<i64>(), scale in 0u32..=28) {
        let price = Decimal::new(mantissa, scale);

        let written = to_item(&With { price, discount: None }).unwrap();

        prop_assert_eq!(written.get("price"), Some(&Number::from(price).into()));
        prop_assert_eq!(read::<With>(written), Ok(With { price, discount: None }));
    }

    #[test]
    fn a_float_is_written_so_that_it_reads_as_the_same(value in any::<f32>().prop_map(f64::from)) {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Float {
            #[serde(with = "lossy_f64")]
            value: f64,
            #[serde(with = "lossy_f64::option")]
            other: Option<f64>,
        }
        let float = Float { value: value + 0.0, other: Some(value + 0.0) };

        prop_assert_eq!(read::<Float>(to_item(&float).unwrap()), Ok(float));
    }
}

#[test]
fn places_are_kept_where_they_fit() {
    assert_eq!(read::<Plain>(item! { "price" => n("1.50") }).unwrap().price.to_string(), "1.50");
    assert_eq!(read::<With>(item! { "price" => n("1.50") }).unwrap().price.to_string(), "1.50");
}

#[test]
fn what_a_decimal_would_round_is_an_error() {
    for text in ["0.12345678901234567890123456789", "1E-29", "1E-38"] {
        let error = read::<Plain>(item! { "price" => n(text) }).unwrap_err();
        assert!(error.to_string().contains("`Number`"), "{error}");
    }
    let error = read::<With>(item! { "price" => n("1E-29") }).unwrap_err();
    assert_eq!(error.to_string(), "price: the number has no exact form as rust_decimal::Decimal");
}

#[test]
fn a_decimal_without_the_module_is_written_as_a_string_as_documented() {
    #[derive(Serialize)]
    struct Line {
        price: Decimal,
    }

    let written = to_item(&Line { price: Decimal::new(150, 2) }).unwrap();

    assert_eq!(written, item! { "price" => "1.50" });
}

#[cfg(feature = "bigdecimal")]
mod big {
    use super::*;
    use bigdecimal::BigDecimal;

    proptest! {
        #[test]
        fn bigdecimal_takes_every_number_through_as_number(text in any_number()) {
            #[derive(Debug, PartialEq, Serialize, Deserialize)]
            struct Big {
                #[serde(with = "as_number")]
                price: BigDecimal,
            }

            let big: Big = read(item! { "price" => n(&text) }).unwrap();

            prop_assert_eq!(&big.price, &BigDecimal::from(&Number::parse(&text).unwrap()));
            prop_assert_eq!(to_item(&big).unwrap(), item! { "price" => n(&text) });
        }
    }
}
