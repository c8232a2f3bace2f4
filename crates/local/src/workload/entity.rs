//! The items of the table.

use std::collections::BTreeSet;

use dynacdc_record::{AttributeValue, Item, Number, item};

use super::dice::Dice;
use super::order::{Lines, Order, Status};
use super::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE};

const NAMES: [&str; 8] = ["Ada", "Björn", "Chidi", "Dolores", "Émile", "Farah", "Grace", "Hồng"];
const INTERESTS: [&str; 6] = ["coffee", "tea", "baking", "bargains", "gifts", "repairs"];
const CAMPAIGNS: [&str; 3] = ["SPRING", "WELCOME5", "FRIENDS"];
const METHODS: [&str; 3] = ["card", "transfer", "voucher"];
const REASONS: [&str; 3] = ["broken", "too late", "changed mind"];

/// How long a cart lives, in seconds.
const CART_LIFE: u64 = 3_600;
/// How long a pending order waits for its payment, in seconds.
const HOLD: u64 = 86_400;

pub(super) fn key(customer: usize, entry: &str) -> Item {
    item! { PARTITION_KEY => format!("customer#{customer:04}"), SORT_KEY => entry }
}

pub(super) fn order_key(order: &Order, kind: &str) -> Item {
    key(order.customer, &format!("{kind}#{:08}", order.number))
}

/// Cents as an amount with two places.
pub(super) fn euros(cents: u64) -> Number {
    number(&format!("{}.{:02}", cents / 100, cents % 100))
}

/// Of digits with one point, 38 at most: there is nothing to refuse.
fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or(Number::ZERO)
}

fn strings(set: BTreeSet<String>) -> AttributeValue {
    AttributeValue::Ss(set)
}

fn with(mut key: Item, attributes: Item) -> Item {
    key.extend(attributes);
    key
}

pub(super) fn profile(customer: usize, newsletter: bool, now: u64, dice: &mut Dice) -> Item {
    let referrer = if customer > 0 && dice.one_in(2) {
        AttributeValue::from(format!("customer#{:04}", dice.index(customer)))
    } else {
        AttributeValue::Null
    };
    with(
        key(customer, "profile"),
        item! {
            "kind" => "customer",
            "name" => dice.pick(&NAMES),
            "email" => format!("customer{customer}@example.com"),
            "newsletter" => newsletter,
            "interests" => strings(dice.some(&INTERESTS)),
            "referrer" => referrer,
            "points" => Number::from(0_u64),
            "since" => Number::from(now),
            "preferences" => item! {
                "language" => dice.pick(&["de", "en", "fr"]),
                "contact" => item! { "phone" => dice.one_in(2), "post" => dice.one_in(3) },
            },
        },
    )
}

pub(super) fn cart(customer: usize, lines: &Lines, now: u64) -> Item {
    with(
        key(customer, "cart"),
        item! {
            "kind" => "cart",
            "lines" => lines.to_value(),
            "total" => euros(lines.cents()),
            "updated_at" => Number::from(now),
            TTL_ATTRIBUTE => Number::from(now + CART_LIFE),
        },
    )
}

pub(super) fn order(order: &Order, now: u64, dice: &mut Dice) -> Item {
    let mut item = with(
        order_key(order, "order"),
        item! {
            "kind" => "order",
            "status" => order.status.as_str(),
            "lines" => order.lines.to_value(),
            "total" => euros(order.lines.cents()),
            "currency" => "EUR",
            "placed_at" => Number::from(now),
            "hold_until" => Number::from(now + HOLD),
            "gift" => dice.one_in(5),
            "checksum" => dice.bytes(),
        },
    );
    if dice.one_in(3) {
        let coupon = if dice.one_in(4) { AttributeValue::Null } else { AttributeValue::from(dice.pick(&CAMPAIGNS)) };
        item.insert("coupon", coupon);
    }
    if dice.one_in(4) {
        item.insert("exchange_rate", number(&format!("1.{}", dice.digits(37))));
    }
    item
}

/// What shipping adds to an order.
pub(super) fn shipment(now: u64, dice: &mut Dice) -> Item {
    let parcels = 1 + dice.below(3);
    item! {
        "status" => Status::Shipped.as_str(),
        "shipped_at" => Number::from(now),
        "weights" => (0..parcels).map(|_| euros(1 + dice.below(3_000))).collect::<BTreeSet<_>>(),
        "labels" => (0..parcels).map(|_| dice.bytes()).collect::<BTreeSet<_>>(),
    }
}

pub(super) fn payment(order: &Order, now: u64, dice: &mut Dice) -> Item {
    with(
        order_key(order, "payment"),
        item! {
            "kind" => "payment",
            "amount" => euros(order.lines.cents()),
            // Less than a cent, so that only exact arithmetic gets the sums right.
            "fee" => number(&format!("0.00{}", dice.digits(38))),
            "method" => dice.pick(&METHODS),
            "captured" => true,
            "reference" => dice.bytes(),
            "paid_at" => Number::from(now),
        },
    )
}

pub(super) fn sent_back(order: &Order, now: u64, dice: &mut Dice) -> Item {
    let cents = if dice.one_in(2) { order.lines.cents() } else { order.lines.first_price() };
    with(
        order_key(order, "return"),
        item! {
            "kind" => "return",
            "refund" => euros(cents),
            "reason" => dice.pick(&REASONS),
            "returned_at" => Number::from(now),
        },
    )
}
