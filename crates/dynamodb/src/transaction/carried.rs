//! What an action brings along, as far as can be told before it is done.
//!
//! An update is reckoned as its key and the values that its expression names, each as often as it is named; values that
//! only its condition names do not come into the item. What else stands in the row is known to the service alone.

use crate::ItemSize;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

/// The size of the item or key in an action: by it the limit is kept, and units are reckoned where the service does not
/// tell.
pub(super) fn carried(action: &TransactWriteItem) -> ItemSize {
    if let Some(update) = action.update() {
        return updated(update);
    }
    let attributes = action
        .put()
        .map(|put| put.item())
        .or_else(|| action.delete().map(|delete| delete.key()))
        .or_else(|| action.condition_check().map(|check| check.key()));
    attributes.map(ItemSize::of).unwrap_or_default()
}

fn updated(update: &Update) -> ItemSize {
    let values = update.expression_attribute_values();
    let is_outside = |letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':';
    let named = update.update_expression().split(is_outside).filter(|name| name.starts_with(':'));
    let set = named.filter_map(|name| Some(ItemSize::of_value(values?.get(name)?)));
    set.chain([ItemSize::of(update.key())]).sum()
}
