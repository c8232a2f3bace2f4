//! What a change does to the totals of groups.

use crate::{GROUP, History, Total, VALUE};
use dynacdc_record::{ChangeRecord, Image, Item, Value};
use dynacdc_sink::SinkError;
use std::collections::BTreeMap;

/// The group and value of an item.
pub(super) fn share(image: Option<Image<'_>>) -> Result<Option<(String, i64)>, SinkError> {
    let Some(image) = image else { return Ok(None) };
    let group = match image.get(GROUP) {
        Some(Value::S(group)) => Some(group.to_owned()),
        _ => None,
    };
    let value = match image.get(VALUE) {
        Some(Value::N(number)) => i64::try_from(number).ok(),
        _ => None,
    };
    group.zip(value).map(Some).ok_or_else(|| SinkError::poison("the item has no group or no whole value"))
}

/// What is to be added to each group.
pub(super) fn deltas(record: &ChangeRecord) -> Result<BTreeMap<String, Total>, SinkError> {
    let mut deltas: BTreeMap<String, Total> = BTreeMap::new();
    for (image, sign) in [(record.old_image(), -1), (record.new_image(), 1)] {
        if let Some((group, value)) = share(image)? {
            let delta = deltas.entry(group).or_default();
            delta.sum += sign * value;
            delta.items += sign;
        }
    }
    Ok(deltas)
}

impl History {
    /// The total of each group over the items that are there at the end. This is the reference for totals.
    pub fn totals(&self) -> BTreeMap<String, Total> {
        let mut totals: BTreeMap<String, Total> = BTreeMap::new();
        for item in self.live().values() {
            if let Some((group, value)) = of_item(item) {
                let total = totals.entry(group).or_default();
                total.sum += value;
                total.items += 1;
            }
        }
        totals
    }
}

fn of_item(item: &Item) -> Option<(String, i64)> {
    let group = item.get(GROUP)?.as_str()?.to_owned();
    Some((group, i64::try_from(item.get(VALUE)?.as_number()?).ok()?))
}
