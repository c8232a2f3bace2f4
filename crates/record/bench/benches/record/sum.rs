//! The exact sum of 38-digit numbers as they stand in images, against `bigdecimal`.

use crate::{BUDGET, Fallible};
use bigdecimal::BigDecimal;
use dynacdc_record::{ChangeRecord, Number, NumberError, NumberRef, decode_event};
use dynacdc_record_bench::{Arrangement, Event, Race, Rounds, Size};
use std::str::FromStr;

pub(crate) fn race() -> Fallible<Race> {
    let event = decode_event(Event::of(Size::Medium, Arrangement::OfImage).json)?;
    let balance = |record| ChangeRecord::new_image(record)?.get("balance")?.as_number();
    let numbers: Vec<NumberRef<'_>> = event.records().iter().filter_map(balance).collect();
    let texts: Vec<&str> = numbers.iter().map(|number| number.as_str()).collect();
    if numbers.len() != event.len() || ours(&numbers)? != Number::parse(&peer(&texts)?.to_string())? {
        return Err("the sums are not the same".into());
    }
    let rounds = Rounds { records: texts.len(), bytes: 0, calls: 10, budget: BUDGET };
    Ok(rounds.run(|| (), |()| ours(&numbers), || (), |()| peer(&texts))?)
}

fn ours(numbers: &[NumberRef<'_>]) -> Result<Number, NumberError> {
    numbers.iter().try_fold(Number::ZERO, |sum, number| sum.checked_add(&number.exact()))
}

fn peer(texts: &[&str]) -> Result<BigDecimal, bigdecimal::ParseBigDecimalError> {
    let mut sum = BigDecimal::default();
    for text in texts {
        sum += BigDecimal::from_str(text)?;
    }
    Ok(sum)
}
