//! The items: orders of a shop, in three sizes.

use crate::{
    Size,
    dice::Dice,
    item::{Item, Value},
};

const STATES: [&str; 5] = ["PLACED", "PAID", "PACKED", "SHIPPED", "DELIVERED"];

pub(crate) const KEY: [&str; 2] = ["pk", "sk"];

/// The item before the `number`th change.
pub(crate) fn old(size: Size, number: usize, dice: &mut Dice) -> Item {
    let mut item = Item::default();
    item.put("pk", Value::S(format!("ORDER#{}", dice.hex(20))));
    item.put("sk", Value::S(format!("V#{number:010}")));
    item.put("status", Value::S(dice.pick(&STATES).to_owned()));
    item.put("total", Value::N(dice.amount()));
    item.put("version", Value::N((1 + dice.below(99)).to_string()));
    item.put("paid", Value::Bool(dice.one_in(2)));
    if size == Size::Small {
        item.put("score", Value::N(dice.number()));
        item.put("note", Value::S(dice.text(60)));
        item.put("email", Value::S(format!("{}@example.com", dice.hex(12))));
    } else {
        order(number, dice, &mut item);
    }
    if size == Size::Large {
        item.put("lines", lines(60, dice));
        item.put("description", Value::S(dice.text(4_500)));
        item.put("document", Value::B(dice.bytes(4_000)));
        item.put("history", history(50, dice));
        item.put("properties", properties(90, dice));
    }
    item
}

fn order(number: usize, dice: &mut Dice, item: &mut Item) {
    item.put("customer_id", Value::S(format!("CUSTOMER#{}", dice.hex(16))));
    item.put("email", Value::S(format!("{}@example.com", dice.hex(12))));
    item.put("currency", Value::S(dice.pick(&["EUR", "USD", "JPY"]).to_owned()));
    item.put("note", Value::S(dice.text(420)));
    item.put("created_at", Value::S(format!("2024-05-{:02}T10:{:02}:07Z", 1 + dice.below(28), dice.below(60))));
    item.put("updated_at", Value::N(format!("17{}", dice.digits(11))));
    item.put("quantity", Value::N((1 + dice.below(500)).to_string()));
    item.put("tax", Value::N(dice.amount()));
    item.put("discount", Value::N(if dice.one_in(4) { format!("{}E-3", dice.digits(2)) } else { dice.amount() }));
    item.put("score", Value::N(dice.number()));
    item.put("balance", Value::N(balance(number, dice)));
    item.put("gift", Value::Bool(dice.one_in(5)));
    item.put("coupon", if dice.one_in(3) { Value::S(dice.hex(8)) } else { Value::Null });
    item.put("tags", Value::Ss((0..4).map(|i| format!("{}-{i}", dice.text(6).trim_end())).collect()));
    item.put("ratings", Value::Ns((0..5).map(|i| (10 * i + dice.below(10)).to_string()).collect()));
    item.put("digests", Value::Bs((0..2).map(|_| dice.bytes(16)).collect()));
    item.put("thumbnail", Value::B(dice.bytes(200)));
    let mut address = Item::default();
    address.put("street", Value::S(dice.text(20)));
    address.put("city", Value::S(dice.pick(&["Zürich", "Berlin", "東京", "Lyon"]).to_owned()));
    address.put("zip", Value::S(dice.digits(5)));
    address.put("latitude", Value::N(format!("{}.{}", dice.digits(2), dice.digits(6))));
    address.put("longitude", Value::N(format!("-{}.{}", dice.digits(2), dice.digits(6))));
    item.put("address", Value::M(address));
    item.put("lines", lines(4, dice));
}

/// 38 digits. The sum of many stays at 38: each second one takes away what the one before it brought, but for the lower
/// digits.
fn balance(number: usize, dice: &mut Dice) -> String {
    let sign = if number.is_multiple_of(2) { "" } else { "-" };
    let leading = 10_000_000 + (number / 2) * 7_919 % 70_000_000;
    format!("{sign}{leading}{}.{}", dice.digits(20), dice.digits(10))
}

fn lines(count: usize, dice: &mut Dice) -> Value {
    let line = |_| {
        let mut line = Item::default();
        line.put("sku", Value::S(dice.hex(10)));
        line.put("name", Value::S(dice.text(22)));
        line.put("quantity", Value::N((1 + dice.below(20)).to_string()));
        line.put("price", Value::N(dice.amount()));
        Value::M(line)
    };
    Value::L((0..count).map(line).collect())
}

fn history(count: usize, dice: &mut Dice) -> Value {
    let entry = |_| {
        let mut entry = Item::default();
        entry.put("at", Value::N(format!("17{}", dice.digits(8))));
        entry.put("from", Value::S(dice.pick(&STATES).to_owned()));
        entry.put("to", Value::S(dice.pick(&STATES).to_owned()));
        entry.put("by", Value::S(dice.text(14)));
        entry.put("automatic", Value::Bool(dice.one_in(2)));
        Value::M(entry)
    };
    Value::L((0..count).map(entry).collect())
}

fn properties(count: usize, dice: &mut Dice) -> Value {
    let mut properties = Item::default();
    for i in 0..count {
        let value = match dice.below(8) {
            0..=2 => Value::S(dice.text(30)),
            3 | 4 => Value::N(dice.number()),
            5 => Value::Ns((0..4).map(|i| format!("{i}{}", dice.digits(3))).collect()),
            6 => Value::B(dice.bytes(24)),
            _ => Value::Null,
        };
        properties.put(format!("property_{i}"), value);
    }
    Value::M(properties)
}

/// The item after the change: a few attributes have another value, and some items have one more.
pub(crate) fn changed(old: &Item, dice: &mut Dice) -> Item {
    let mut item = old.clone();
    item.put("status", Value::S(dice.pick(&STATES).to_owned()));
    item.put("total", Value::N(dice.amount()));
    item.put("version", Value::N((100 + dice.below(99)).to_string()));
    if let Some(updated_at) = item.get("updated_at") {
        *updated_at = Value::N(format!("17{}", dice.digits(11)));
    }
    if let Some(Value::L(lines)) = item.get("lines")
        && let Some(Value::M(line)) = lines.first_mut()
    {
        line.put("quantity", Value::N((30 + dice.below(20)).to_string()));
    }
    if dice.one_in(3) {
        item.put("shipped_at", Value::N(format!("17{}", dice.digits(8))));
    }
    item
}
