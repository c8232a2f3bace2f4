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
pub(crate) struct Orders {
    orders: usize,
    total: Number,
}

impl Orders {
    pub(crate) fn text(&self) -> String {
        format!("{}, total {}", self.orders, euros(&self.total))
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
    by_status: BTreeMap<String, Orders>,
}

impl Statuses {
    /// Counted from the items themselves.
    pub(crate) fn of<'a>(items: impl IntoIterator<Item = &'a Item>) -> Result<Self, NumberError> {
        let mut statuses = Self::default();
        for item in items {
            let status = item.get("status").and_then(|value| value.as_str()).map(str::to_owned);
            let total = item.get("total").and_then(|value| value.as_number()).cloned();
            statuses.add(&Entry { status, total })?;
        }
        Ok(statuses)
    }

    /// What each status that an order has had comes to, in the order of an order's life.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, Orders)> {
        STATUSES.iter().map(|status| (*status, self.by_status.get(*status).cloned().unwrap_or_default()))
    }

    fn add(&mut self, entry: &Entry) -> Result<(), NumberError> {
        let Some(status) = &entry.status else { return Ok(()) };
        let orders = self.by_status.entry(status.clone()).or_default();
        orders.total = orders.total.checked_add(entry.total.as_ref().unwrap_or(&Number::ZERO))?;
        orders.orders += 1;
        Ok(())
    }

    fn take(&mut self, entry: &Entry) -> Result<(), NumberError> {
        let Some(status) = &entry.status else { return Ok(()) };
        let orders = self.by_status.entry(status.clone()).or_default();
        orders.total = orders.total.checked_sub(entry.total.as_ref().unwrap_or(&Number::ZERO))?;
        orders.orders = orders.orders.saturating_sub(1);
        Ok(())
    }
}

impl Scene for Statuses {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(["status", "orders", "total in EUR"]);
        for (status, orders) in self.iter() {
            let numbers = [orders.orders.to_string(), euros(&orders.total)].map(Cell::number);
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
