//! What the workload promises, checked against a plain table in memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

use std::collections::{BTreeMap, BTreeSet};

use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE, Workload, Write};
use dynacdc_record::{AttributeValue, Item, Number};
use proptest::prelude::*;

type Table = BTreeMap<Item, Item>;

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(AttributeValue::as_str).unwrap_or_else(|| panic!("no {name}"))
}

fn number<'a>(item: &'a Item, name: &str) -> &'a Number {
    item.get(name).and_then(AttributeValue::as_number).unwrap_or_else(|| panic!("no {name}"))
}

fn replay(
    seed: u64,
    customers: usize,
    count: usize,
    mut see: impl FnMut(&Write, Option<&Item>, Option<&Item>, &Table),
) {
    let mut table = Table::new();
    for write in Workload::new(seed, customers).take(count) {
        let key = write.key();
        let before = table.get(&key).cloned();
        let after = write.apply_to(before.as_ref());
        see(&write, before.as_ref(), after.as_ref(), &table);
        match after {
            Some(item) => table.insert(key, item),
            None => table.remove(&key),
        };
    }
}

/// The item of the same customer and number under another kind.
fn sibling<'a>(table: &'a Table, item: &Item, kind: &str) -> Option<&'a Item> {
    let number = text(item, SORT_KEY).split_once('#').unwrap().1;
    let entry = format!("{kind}#{number}");
    table
        .values()
        .find(|other| text(other, SORT_KEY) == entry && text(other, PARTITION_KEY) == text(item, PARTITION_KEY))
}

/// Sum of quantity times price, in cents, by integer arithmetic of the test's own.
fn cents_of_lines(item: &Item) -> u64 {
    let Some(AttributeValue::L(lines)) = item.get("lines") else { panic!("no lines") };
    assert!(!lines.is_empty());
    let line = |line: &AttributeValue| {
        let AttributeValue::M(line) = line else { panic!("{line:?}") };
        cents(number(line, "price")) * u64::try_from(number(line, "quantity")).unwrap()
    };
    lines.iter().map(line).sum()
}

fn cents(amount: &Number) -> u64 {
    let text = amount.to_string();
    let (euros, cents) = text.split_once('.').unwrap();
    assert_eq!(cents.len(), 2, "{text}");
    euros.parse::<u64>().unwrap() * 100 + cents.parse::<u64>().unwrap()
}

fn check(write: &Write, before: Option<&Item>, after: Option<&Item>, table: &Table) {
    assert_ne!(before, after, "{write:?} changes nothing");
    assert_eq!(write.key().len(), 2);
    match write {
        Write::Put(item) if text(item, "kind") == "cart" => {}
        Write::Put(_) => assert!(before.is_none(), "{write:?} replaces an item"),
        Write::Update { .. } | Write::Delete { .. } => assert!(before.is_some(), "{write:?} finds nothing"),
    }
    let Some(item) = after else { return };
    match text(item, "kind") {
        "order" => check_order(before, item, table),
        "payment" => {
            let order = sibling(table, item, "order").unwrap();
            assert_eq!(text(order, "status"), "pending");
            assert_eq!(number(item, "amount"), number(order, "total"));
        }
        "return" => {
            let order = sibling(table, item, "order").unwrap();
            assert_eq!(text(order, "status"), "delivered");
            let refund = cents(number(item, "refund"));
            assert!(refund > 0 && refund <= cents_of_lines(order));
        }
        "cart" => {
            assert_eq!(cents(number(item, "total")), cents_of_lines(item));
            assert!(number(item, TTL_ATTRIBUTE) > number(item, "updated_at"));
        }
        "customer" => assert!(number(item, "points") >= &Number::ZERO),
        kind => panic!("unknown kind {kind}"),
    }
}

fn check_order(before: Option<&Item>, order: &Item, table: &Table) {
    assert_eq!(cents(number(order, "total")), cents_of_lines(order));
    let from = before.map(|before| text(before, "status"));
    let to = text(order, "status");
    let steps = ["pending", "paid", "shipped", "delivered", "returned"];
    let at = steps.iter().position(|step| *step == to).unwrap();
    assert_eq!(from, at.checked_sub(1).map(|at| steps[at]), "{from:?} to {to}");
    assert_eq!(order.contains("hold_until"), to == "pending");
    assert_eq!(sibling(table, order, "payment").is_some(), to != "pending");
    assert_eq!(sibling(table, order, "return").is_some(), to == "returned");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_write_keeps_the_rules(seed: u64, customers in 1_usize..60) {
        replay(seed, customers, 600, check);
    }

    #[test]
    fn a_seed_gives_the_same_writes(seed: u64, customers in 1_usize..60) {
        let writes = || Workload::new(seed, customers).take(300).collect::<Vec<_>>();
        prop_assert_eq!(writes(), writes());
    }

    #[test]
    fn time_goes_forward_by_a_minute_at_most(seed: u64) {
        let mut workload = Workload::seeded(seed);
        let mut last = workload.now();
        for _ in 0..300 {
            workload.next();
            let step = workload.now().duration_since(last).unwrap();
            prop_assert!(step.as_secs() <= 60);
            last = workload.now();
        }
    }
}

#[test]
fn seeds_differ() {
    let writes = |seed| Workload::seeded(seed).take(20).collect::<Vec<_>>();
    assert_ne!(writes(1), writes(2));
}

/// A change here changes what every seed means: say so in the change log.
#[test]
fn a_seed_means_the_same_for_ever() {
    let mut text = String::new();
    for write in Workload::seeded(42).take(500) {
        text += &match write {
            Write::Put(item) => format!("put {}\n", spell_item(&item)),
            Write::Update { key, set, remove } => {
                format!("update {} {} {remove:?}\n", spell_item(&key), spell_item(&set))
            }
            Write::Delete { key } => format!("delete {}\n", spell_item(&key)),
        };
    }
    assert_eq!(fnv(text.as_bytes()), 7_387_650_977_784_874_650);
}

/// FNV-1a: unlike the standard library's hasher it is fixed.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The API's name of the type, and the value as text.
fn spell(value: &AttributeValue) -> (&'static str, String) {
    fn join<'a>(values: impl Iterator<Item = &'a AttributeValue>) -> String {
        values.map(|value| format!("{:?}", spell(value))).collect()
    }
    match value {
        AttributeValue::S(text) => ("S", text.clone()),
        AttributeValue::N(number) => ("N", number.to_string()),
        AttributeValue::B(bytes) => ("B", format!("{bytes:?}")),
        AttributeValue::Bool(value) => ("BOOL", value.to_string()),
        AttributeValue::Null => ("NULL", String::new()),
        AttributeValue::Ss(set) => ("SS", format!("{set:?}")),
        AttributeValue::Ns(set) => ("NS", set.iter().map(|number| format!("{number} ")).collect()),
        AttributeValue::Bs(set) => ("BS", format!("{set:?}")),
        AttributeValue::L(list) => ("L", join(list.iter())),
        AttributeValue::M(item) => ("M", spell_item(item)),
    }
}

fn spell_item(item: &Item) -> String {
    item.iter().map(|(name, value)| format!("{name}{:?}", spell(value))).collect()
}

#[test]
fn a_few_hundred_writes_hold_everything() {
    for seed in 0..20 {
        let (mut kinds, mut events, mut statuses) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut digits = BTreeSet::new();
        replay(seed, 20, 600, |write, before, after, _| {
            events.insert((before.is_some(), after.is_some(), matches!(write, Write::Update { .. })));
            let Some(item) = after else { return };
            for (name, value) in item {
                kinds.insert(spell(value).0);
                if matches!(name.as_str(), "fee" | "exchange_rate") {
                    let text = value.as_number().unwrap().to_string();
                    digits.insert(text.replace('.', "").trim_start_matches('0').len());
                }
            }
            if text(item, "kind") == "order" {
                statuses.insert(text(item, "status").to_owned());
            }
        });
        assert_eq!(kinds.len(), 10, "seed {seed}: {kinds:?}");
        // Insert, replacement, update, delete.
        assert_eq!(events.len(), 4, "seed {seed}: {events:?}");
        assert_eq!(statuses.len(), 5, "seed {seed}: {statuses:?}");
        assert_eq!(digits, BTreeSet::from([38]), "seed {seed}");
    }
}

#[test]
fn the_busiest_tenth_gets_half_of_the_writes() {
    for seed in 0..10 {
        let mut counts = BTreeMap::<String, usize>::new();
        for write in Workload::new(seed, 50).take(5_000) {
            *counts.entry(text(&write.key(), PARTITION_KEY).to_owned()).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let busiest: usize = counts.iter().take(5).sum();
        assert!((2_000..4_000).contains(&busiest), "seed {seed}: {busiest} of 5000");
        assert!(counts.len() > 40, "seed {seed}: only {} customers", counts.len());
    }
}
