//! Totals by group in a table: a row for each item says what it adds, and one transaction swaps it.

use super::target::{Attributes, Target, retries};
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, TransactWriteItem, Update},
};
use dynacdc_dynamodb::{CallError, CostMeter, Fence, Token, TransactionWriter};
use dynacdc_record::{ChangeRecord, Image, Value};
use dynacdc_sink::{Done, Reason, RecordSink, Redelivery, SinkError};
use dynacdc_testkit::{GROUP, Total, VALUE};
use std::collections::BTreeMap;

pub(super) type Totals = BTreeMap<String, Total>;

/// The group of an item and what it adds there.
type Share = Option<(String, i64)>;

const ITEM: &str = "item";
const TOTAL: &str = "total";
/// Between a read and its transaction another change of the item may come by so often.
const RACES: u32 = 5;

/// By what each item contributes: of level [`Redelivery::Any`].
#[derive(Debug)]
pub(super) struct Contributions {
    client: Client,
    writer: TransactionWriter,
    table: String,
    is_on_arrival: bool,
}

impl Contributions {
    pub(super) fn new(target: &Target<'_>) -> Self {
        let writer = TransactionWriter::new(&target.client).with_retries(retries());
        Self { client: target.client.clone(), writer, table: target.name.clone(), is_on_arrival: false }
    }

    /// Wrong on purpose: adds what a change says whenever it comes, without a row for the item. Only to leave out the
    /// condition is seen too seldom for a control: the token keeps most of the damage away.
    pub(super) fn on_arrival(target: &Target<'_>) -> Self {
        Self { is_on_arrival: true, ..Self::new(target) }
    }

    async fn row(&self, item: &str) -> Result<Option<Attributes>, SinkError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(ITEM, item))).consistent_read(true);
        Ok(get.send().await.map_err(|error| CallError::new("GetItem", error))?.item)
    }

    fn put(&self, mut row: Attributes, fence: &Fence, old: Option<&str>) -> Result<TransactWriteItem, SinkError> {
        row.insert("v".into(), AttributeValue::S(fence.to_string()));
        let put = Put::builder().table_name(&self.table).set_item(Some(row));
        let put = match old {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(old) => {
                let old = AttributeValue::S(old.to_owned());
                put.condition_expression("v = :old").expression_attribute_values(":old", old)
            }
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
    }

    /// Takes from one group and gives to the other, or to the same.
    fn swap(&self, old: Share, new: Share) -> Result<Vec<TransactWriteItem>, SinkError> {
        let mut deltas = Totals::new();
        for ((group, value), sign) in old.into_iter().map(|old| (old, -1)).chain(new.map(|new| (new, 1))) {
            let delta = deltas.entry(group).or_default();
            delta.sum += sign * value;
            delta.items += sign;
        }
        deltas.retain(|_, delta| *delta != Total::default());
        deltas.into_iter().map(|(group, delta)| self.add(&group, delta)).collect()
    }

    fn add(&self, group: &str, delta: Total) -> Result<TransactWriteItem, SinkError> {
        let update = Update::builder().table_name(&self.table).set_key(Some(key(TOTAL, group)));
        let update = update.update_expression("ADD sum_of_values :sum, number_of_items :items");
        let update = update.expression_attribute_values(":sum", AttributeValue::N(delta.sum.to_string()));
        let update = update.expression_attribute_values(":items", AttributeValue::N(delta.items.to_string()));
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }
}

#[async_trait]
impl RecordSink for Contributions {
    fn name(&self) -> &str {
        "contributions"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let item = record.item_key().to_string();
        let fence = Fence::new(0, &record.version()).map_err(|_| SinkError::poison("the label"))?;
        let new = share(record.new_image())?;
        if self.is_on_arrival {
            let actions = self.swap(share(record.old_image())?, new)?;
            self.writer.write(&actions, &Token::fresh(), None, &CostMeter::new()).await?;
            return Ok(Done::Applied);
        }
        for _ in 0..RACES {
            let old = self.row(&item).await?;
            let version = old.as_ref().and_then(|row| row["v"].as_s().ok());
            let found = version.and_then(|version| version.parse::<Fence>().ok());
            if let Some(found) = found.filter(|found| *found >= fence) {
                return Ok(Done::Skipped(if found == fence { Reason::Duplicate } else { Reason::Stale }));
            }
            let mut row = key(ITEM, &item);
            if let Some((group, value)) = &new {
                row.insert("in_group".into(), AttributeValue::S(group.clone()));
                row.insert("adds".into(), AttributeValue::N(value.to_string()));
            }
            let mut actions = self.swap(old.as_ref().and_then(kept), new.clone())?;
            actions.push(self.put(row, &fence, version.map(String::as_str))?);
            let token = Token::of(format!("{item} {fence}"), &actions);
            match self.writer.write(&actions, &token, None, &CostMeter::new()).await {
                Ok(()) => return Ok(Done::Applied),
                Err(error) if error.is_condition_failed() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SinkError::transient("the row changed whenever it had been read"))
    }
}

/// The totals that are in the table, without groups that all items have left.
pub(super) async fn totals(target: &Target<'_>) -> Result<Totals, SinkError> {
    let number = |row: &Attributes, name: &str| {
        let text = row.get(name).and_then(|value| value.as_n().ok());
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let mut totals = Totals::new();
    for row in target.rows().await? {
        let total = Total { sum: number(&row, "sum_of_values"), items: number(&row, "number_of_items") };
        let text = |name: &str| row[name].as_s().cloned().unwrap_or_default();
        if text("pk") == TOTAL && total != Total::default() {
            totals.insert(text("sk"), total);
        }
    }
    Ok(totals)
}

fn key(kind: &str, name: &str) -> Attributes {
    [("pk", kind), ("sk", name)].map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned()))).into()
}

fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> SinkError {
    SinkError::fatal("an action cannot be built").with_source(error)
}

fn share(image: Option<Image<'_>>) -> Result<Share, SinkError> {
    let Some(image) = image else { return Ok(None) };
    match (image.get(GROUP), image.get(VALUE)) {
        (Some(Value::S(group)), Some(Value::N(value))) => {
            Ok(i64::try_from(value).ok().map(|it| (group.to_owned(), it)))
        }
        _ => Err(SinkError::poison("the item has no group or no value")),
    }
}

/// What the row of an item says that it added.
fn kept(row: &Attributes) -> Share {
    Some((row.get("in_group")?.as_s().ok()?.clone(), row.get("adds")?.as_n().ok()?.parse().ok()?))
}
