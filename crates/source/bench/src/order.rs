use dynacdc_record::{AttributeValue, Item, item};
use serde::Deserialize;
use std::collections::HashMap;

const STATES: [&str; 5] = ["PLACED", "PAID", "PACKED", "SHIPPED", "DELIVERED"];
const CITIES: [&str; 4] = ["Zürich", "Berlin", "東京", "Lyon"];
const WORDS: [&str; 8] = ["amber", "paper", "fragile", "before", "noon", "blue", "handles", "please"];

/// An order of a shop, about 0.7 KB as DynamoDB counts it. Its numbers are whole, so that both sides read the same struct.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Order {
    /// The key.
    pub pk: String,
    /// Counts the changes of the order.
    pub version: u64,
    /// How far it is.
    pub status: String,
    /// Who ordered.
    pub customer_id: String,
    /// Where to write to.
    pub email: String,
    /// In cents.
    pub total: i64,
    /// In cents.
    pub tax: i64,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Whether it is paid.
    pub paid: bool,
    /// A voucher.
    pub coupon: Option<String>,
    /// What the customer wrote.
    pub note: String,
    /// Where it goes.
    pub address: Address,
    /// What was ordered.
    pub lines: Vec<Line>,
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// Postal code.
    pub zip: String,
}

/// One article of an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Line {
    /// The article.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// In cents.
    pub price: i64,
}

/// What a record says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The order before; none if it is new.
    pub old: Option<Order>,
    /// The order after.
    pub new: Order,
}

/// How many orders there are; each is changed again and again.
const ORDERS: usize = 1_000;

impl Order {
    /// The item of the `nth` write: the same on every call.
    pub fn item(nth: usize) -> Item {
        let mut dice = fastrand::Rng::with_seed(nth as u64);
        let digits =
            |dice: &mut fastrand::Rng, count: usize| -> String { (0..count).map(|_| dice.digit(10)).collect() };
        let words = |dice: &mut fastrand::Rng, count: usize| -> String {
            (0..count).map(|_| WORDS[dice.usize(..WORDS.len())]).collect::<Vec<_>>().join(" ")
        };
        let lines: Vec<AttributeValue> = (0..3)
            .map(|_| {
                item! {
                    "sku" => digits(&mut dice, 10),
                    "name" => words(&mut dice, 4),
                    "quantity" => dice.u32(1..20),
                    "price" => dice.i64(100..100_000),
                }
                .into()
            })
            .collect();
        item! {
            "pk" => format!("ORDER#{:08}", nth % ORDERS),
            "version" => nth as u64,
            "status" => STATES[dice.usize(..STATES.len())],
            "customer_id" => format!("CUSTOMER#{}", digits(&mut dice, 16)),
            "email" => format!("{}@example.com", digits(&mut dice, 12)),
            "total" => dice.i64(100..10_000_000),
            "tax" => dice.i64(0..1_000_000),
            "created_at" => 1_767_225_600_000_i64 + dice.i64(0..1_000_000_000),
            "paid" => dice.bool(),
            "note" => words(&mut dice, 12),
            "address" => item! {
                "street" => words(&mut dice, 2),
                "city" => CITIES[dice.usize(..CITIES.len())],
                "zip" => digits(&mut dice, 5),
            },
            "lines" => lines,
        }
    }

    /// The same, as the SDK has it.
    pub fn sdk_item(nth: usize) -> HashMap<String, aws_sdk_dynamodb::types::AttributeValue> {
        Self::item(nth).into()
    }
}
