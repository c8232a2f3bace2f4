use dynacdc_record::{AttributeValue, Number, item};

use super::dice::Dice;
use super::entity::euros;

/// Number, name and price in cents.
const CATALOGUE: [(&str, &str, u64); 8] = [
    ("SKU-100", "espresso cup", 890),
    ("SKU-101", "tea pot", 3_450),
    ("SKU-102", "grinder", 12_999),
    ("SKU-103", "kettle", 7_905),
    ("SKU-104", "beans 1 kg", 2_199),
    ("SKU-105", "paper filters", 349),
    ("SKU-106", "café crème mug", 1_500),
    ("SKU-107", "descaler", 1),
];

/// What is in a cart or an order.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    lines: Vec<(&'static str, &'static str, u64, u64)>,
}

impl Lines {
    pub(super) fn roll(dice: &mut Dice) -> Self {
        let first = dice.index(CATALOGUE.len());
        let count = 1 + dice.index(4);
        let lines = CATALOGUE.iter().cycle().skip(first).take(count);
        Self { lines: lines.map(|(sku, title, price)| (*sku, *title, *price, 1 + dice.below(3))).collect() }
    }

    pub(super) fn cents(&self) -> u64 {
        self.lines.iter().map(|(_, _, price, quantity)| price * quantity).sum()
    }

    /// Price of one piece of the first line: what a customer who sends one piece back gets.
    pub(super) fn first_price(&self) -> u64 {
        self.lines.first().map_or(0, |(_, _, price, _)| *price)
    }

    pub(super) fn to_value(&self) -> AttributeValue {
        let line = |(sku, title, price, quantity): &(&str, &str, u64, u64)| {
            item! {
                "sku" => *sku,
                "title" => *title,
                "price" => euros(*price),
                "quantity" => Number::from(*quantity),
            }
        };
        AttributeValue::L(self.lines.iter().map(line).map(AttributeValue::M).collect())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Paid,
    Shipped,
    Delivered,
    Returned,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
        }
    }
}

/// An order that the generator may still write to.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) customer: usize,
    pub(super) number: u64,
    pub(super) status: Status,
    pub(super) lines: Lines,
}
