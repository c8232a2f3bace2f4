//! What the writes alone let expect, and what the records gave.

use crate::{ledger::Ledger, shop::Shop};
use dynacdc_examples::{Check, Failure};
use dynacdc_record::ItemKey;
use dynacdc_source::{Polled, Stored};
use std::collections::BTreeMap;

/// What is compared at the end.
pub(crate) fn checks(shop: &Shop, ledger: &Ledger, polled: Polled, stored: &Stored) -> Result<Vec<Check>, Failure> {
    let (writes, changes) = (shop.writes(), ledger.changes());
    let (table, copy) = (shop.items()?, ledger.items());
    let lost = differing(&writes, &changes, |written, applied| applied < written);
    let doubled = differing(&changes, &writes, |applied, written| applied > written);
    let same = table.iter().filter(|(key, item)| copy.get(key) == Some(item)).count();
    let finished = stored.checkpoints.iter().filter(|(_, checkpoint)| checkpoint.progress.is_finished()).count();
    let again = if ledger.given_again() > 0 { "some" } else { "none" };
    Ok(vec![
        Check::new("records that took effect", shop.written(), ledger.effects()),
        Check::new("items with an effect lost", 0, lost),
        Check::new("items with an effect doubled", 0, doubled),
        Check::new("items of the copy, as in the table", table.len(), same),
        Check::new("items of the copy in all", table.len(), copy.len()),
        Check::new("records delivered once more", "some", again),
        Check::new("deliveries less those", shop.written(), ledger.given() - ledger.given_again()),
        Check::new("shards finished in the file", shop.stream().shards().len(), finished),
        Check::new("the stream", "read to its end", if polled.ended { "read to its end" } else { "not at its end" }),
    ])
}

/// How many items have a count that is wrong against the other one's.
fn differing(
    counts: &BTreeMap<ItemKey, u64>,
    others: &BTreeMap<ItemKey, u64>,
    is_wrong: impl Fn(u64, u64) -> bool,
) -> usize {
    counts.iter().filter(|(key, count)| is_wrong(**count, others.get(*key).copied().unwrap_or_default())).count()
}
