//! A typed handler: it keeps how many orders there are of each status, and what they come to.
//!
//! It counts what it is given, so a record that came twice would count twice. Here none does; how totals stay right when
//! records do come twice is the business of the aggregation example.

use dynacdc_examples::{Cell, DIM, Scene, Table, paint};
use dynacdc_record::{Item, Number, NumberError};
use dynacdc_sink::{Sink, SinkError, typed};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// In the order of an order's life.
const STATUSES: [&str; 5] = ["pending", "paid", "shipped", "delivered", "returned"];

/// What the handler reads of an item. Carts, payments and profiles have no status.
#[derive(Debug, Deserialize)]
struct Entry {
    status: Option<String>,
    total: Option<Number>,
}

/// Orders of one status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sum {
    orders: usize,
    total: Number,
}

impl Sum {
    /// Counted from the items themselves, by another way than the handler's.
    pub(crate) fn of<'a>(status: &str, items: impl IntoIterator<Item = &'a Item>) -> Result<Self, NumberError> {
        let is_of_status = |item: &&Item| item.get("status").and_then(|value| value.as_str()) == Some(status);
        let orders: Vec<&Item> = items.into_iter().filter(is_of_status).collect();
        let totals = orders.iter().filter_map(|order| order.get("total")?.as_number());
        let total = totals.cloned().try_fold(Number::ZERO, |sum, total| sum.checked_add(&total))?;
        Ok(Self { orders: orders.len(), total })
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, total {}", self.orders, euros(&self.total))
    }
}

/// An exact amount with two places at least: DynamoDB drops the zeros at the end of a number.
fn euros(amount: &Number) -> String {
    let text = amount.canonical().to_string();
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    match places {
        0 => text + ".00",
        1 => text + "0",
        _ => text,
    }
}

/// Orders by status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "orders")]
pub(crate) struct Statuses {
    by_status: BTreeMap<String, Sum>,
}

impl Statuses {
    /// Each status that an order can have, in the order of its life.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, Sum)> {
        STATUSES.iter().map(|status| (*status, self.by_status.get(*status).cloned().unwrap_or_default()))
    }

    fn add(&mut self, entry: &Entry) -> Result<(), NumberError> {
        let Some(status) = &entry.status else { return Ok(()) };
        let sum = self.by_status.entry(status.clone()).or_default();
        sum.total = sum.total.checked_add(entry.total.as_ref().unwrap_or(&Number::ZERO))?;
        sum.orders += 1;
        Ok(())
    }

    fn take(&mut self, entry: &Entry) -> Result<(), NumberError> {
        let Some(status) = &entry.status else { return Ok(()) };
        let sum = self.by_status.entry(status.clone()).or_default();
        sum.total = sum.total.checked_sub(entry.total.as_ref().unwrap_or(&Number::ZERO))?;
        sum.orders = sum.orders.saturating_sub(1);
        Ok(())
    }
}

impl Scene for Statuses {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(["status", "orders", "total in EUR"]);
        for (status, sum) in self.iter() {
            let numbers = [sum.orders.to_string(), euros(&sum.total)].map(Cell::number);
            table.row(std::iter::once(Cell::from(status)).chain(numbers));
        }
        writeln!(out, "\n   {}", paint(DIM, "What the typed handler has counted from the records alone:"))?;
        table.lines().iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

/// The counts that the handler and the example share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Mutex<Statuses>>);

impl Counter {
    pub(crate) fn now(&self) -> Statuses {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces what counted before by what counts now.
    fn change(&self, old: Option<&Entry>, new: Option<&Entry>) -> Result<(), SinkError> {
        let mut statuses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        old.map_or(Ok(()), |old| statuses.take(old))
            .and_then(|()| new.map_or(Ok(()), |new| statuses.add(new)))
            .map_err(|error| SinkError::poison("the total of a status is no number").with_source(error))
    }

    /// The sink.
    pub(crate) fn handler(&self) -> impl Sink + use<> {
        let (on_insert, on_modify, on_remove) = (self.clone(), self.clone(), self.clone());
        typed::<Entry>("orders by status")
            .on_insert(move |new, _record| {
                let changed = on_insert.change(None, Some(&new));
                async { changed }
            })
            .on_modify(move |old, new, _record| {
                let changed = on_modify.change(Some(&old), Some(&new));
                async { changed }
            })
            .on_remove(move |old, _record| {
                let changed = on_remove.change(Some(&old), None);
                async { changed }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::item;

    fn entry(status: &str, total: &str) -> Entry {
        Entry { status: Some(status.to_owned()), total: Some(Number::parse(total).unwrap()) }
    }

    #[test]
    fn an_order_counts_where_it_is_now() {
        let counter = Counter::default();
        let (pending, paid) = (entry("pending", "0.10"), entry("paid", "0.10"));

        counter.change(None, Some(&pending)).unwrap();
        counter.change(None, Some(&entry("pending", "0.20"))).unwrap();
        counter.change(Some(&pending), Some(&paid)).unwrap();
        counter.change(None, Some(&Entry { status: None, total: None })).unwrap();

        let texts: Vec<String> = counter.now().iter().take(3).map(|(status, sum)| format!("{status} {sum}")).collect();
        assert_eq!(texts, ["pending 1, total 0.20", "paid 1, total 0.10", "shipped 0, total 0.00"]);
    }

    #[test]
    fn a_recount_sees_one_status_alone() {
        let order = |status: &str, total: u32| item! { "status" => status, "total" => total };
        let items = [order("paid", 1), order("paid", 2), order("pending", 4), item! { "total" => 8 }];

        assert_eq!(Sum::of("paid", &items).unwrap().to_string(), "2, total 3.00");
        assert_eq!(Sum::of("shipped", &items).unwrap(), Sum::default());
    }
}
