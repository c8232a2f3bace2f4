//! Changes of the table, which become records.

use super::{SimulatorError, Stream, StreamSimulator, fnv, shard::Entry, size};
use chrono::{DateTime, Utc};
use dynacdc_record::{ChangeRecord, EventName, Item, ItemError, ItemKey, KeyValue, SequenceNumber, decode_event};
use dynacdc_sink::ShardId;
use std::sync::Arc;

/// Who deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    Client,
    TimeToLive,
}

impl StreamSimulator {
    /// Writes an item. Its record goes to the open shard that takes its partition key; an item that is written as it
    /// stands makes none, and neither does a disabled stream.
    ///
    /// # Errors
    /// [`SimulatorError::Item`] if the item lacks a key attribute or is none that DynamoDB could hold.
    pub fn put(&self, item: Item) -> Result<Option<ChangeRecord>, SimulatorError> {
        let key = self.key_of(&item)?;
        self.change(key, Some(item), Writer::Client)
    }

    /// Deletes the item of a key; one that is not there makes no record. Other attributes than those of the key are
    /// passed over.
    ///
    /// # Errors
    /// [`SimulatorError::Item`] if a key attribute is missing.
    #[expect(clippy::needless_pass_by_value, reason = "as `put` takes an item, and tests write both in one line")]
    pub fn delete(&self, key: Item) -> Result<Option<ChangeRecord>, SimulatorError> {
        self.change(self.key_of(&key)?, None, Writer::Client)
    }

    /// Deletes the item of a key as time to live does: the record says so.
    ///
    /// # Errors
    /// [`SimulatorError::Item`] if a key attribute is missing.
    #[expect(clippy::needless_pass_by_value, reason = "as `put` takes an item, and tests write both in one line")]
    pub fn expire(&self, key: Item) -> Result<Option<ChangeRecord>, SimulatorError> {
        self.change(self.key_of(&key)?, None, Writer::TimeToLive)
    }

    /// Adds a record to a shard as it is, with the number and the time that it has; without a time it has that of now.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`] and [`SimulatorError::Closed`].
    pub fn append(&self, shard: &ShardId, record: &ChangeRecord) -> Result<(), SimulatorError> {
        let at = record.created_epoch().and_then(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos));
        let size = record.size_bytes().and_then(|size| usize::try_from(size).ok());
        let json = record.to_json();
        let entry = Entry {
            size: size.unwrap_or(json.len()),
            json: json.into(),
            record: Some(record.clone()),
            sequence: Some(record.sequence_number()),
            at: at.unwrap_or_else(|| self.clock.now()),
        };
        self.add(shard, entry)?;
        self.state().written.push(record.clone());
        Ok(())
    }

    /// Adds what is no record to a shard: an element of `Records` that a decoder cannot read. The number, where there
    /// is one, is its place for iterators.
    ///
    /// # Errors
    /// [`SimulatorError::NoShard`], [`SimulatorError::Closed`], and [`SimulatorError::NotMalformed`] for a text that can
    /// be decoded or is more than one element.
    pub fn append_malformed(
        &self,
        shard: &ShardId,
        json: &str,
        sequence: Option<SequenceNumber>,
    ) -> Result<(), SimulatorError> {
        let alone = decode_event(format!(r#"{{"Records":[{json}]}}"#)).ok();
        if alone.is_none_or(|alone| !alone.records().is_empty() || alone.malformed().len() != 1) {
            return Err(SimulatorError::NotMalformed);
        }
        let at = self.clock.now();
        self.add(shard, Entry { json: Arc::from(json), record: None, sequence, at, size: json.len() })
    }

    fn add(&self, shard: &ShardId, entry: Entry) -> Result<(), SimulatorError> {
        let mut state = self.state();
        let found = state.current_mut().shard_mut(shard).ok_or_else(|| SimulatorError::NoShard(shard.clone()))?;
        if found.closed.is_some() {
            return Err(SimulatorError::Closed(shard.clone()));
        }
        found.push(entry);
        Ok(())
    }

    fn key_of(&self, item: &Item) -> Result<ItemKey, SimulatorError> {
        let names = self.state().settings.key.clone();
        let part = |name: &String| item.get(name).cloned().map(|value| (name.clone(), value));
        let key: Option<Item> = names.iter().map(part).collect();
        Ok(ItemKey::try_from(&key.ok_or(ItemError::NotAKey)?)?)
    }

    fn change(&self, key: ItemKey, new: Option<Item>, who: Writer) -> Result<Option<ChangeRecord>, SimulatorError> {
        let now = self.clock.now();
        let mut state = self.state();
        let old = state.table.get(&key).cloned();
        if old == new {
            return Ok(None);
        }
        let name = match (&old, &new) {
            (None, _) => EventName::Insert,
            (_, Some(_)) => EventName::Modify,
            (_, None) => EventName::Remove,
        };
        let hash = partition(&key, &state.settings.key);
        let record = match state.current().disabled {
            Some(_) => None,
            None => {
                let view_type = state.settings.view_type;
                let arn = state.current().arn.clone();
                let keys = key.to_item();
                let images = [(&new, view_type.has_new_image()), (&old, view_type.has_old_image())];
                let [shown, hidden] = images.map(|(image, has)| image.clone().filter(|_| has));
                let size =
                    [Some(&keys), shown.as_ref(), hidden.as_ref()].into_iter().flatten().map(size::of_item).sum();
                let id = state.names.event_id();
                let mut builder = ChangeRecord::builder(name, keys, state.names.sequence()?)
                    .event_id(id)
                    .event_version("1.1")
                    .event_source("aws:dynamodb")
                    .region(arn.region())
                    .stream_arn(arn)
                    .created_epoch(now.timestamp(), 0)
                    .size_bytes(u64::try_from(size).unwrap_or(u64::MAX))
                    .view_type(view_type);
                if let Some(image) = shown {
                    builder = builder.new_image(image);
                }
                if let Some(image) = hidden {
                    builder = builder.old_image(image);
                }
                if who == Writer::TimeToLive {
                    builder = builder.user_identity("Service", "dynamodb.amazonaws.com");
                }
                let record = builder.build()?;
                push(state.current_mut(), hash, &record, size, now);
                Some(record)
            }
        };
        match new {
            Some(item) => state.table.insert(key, item),
            None => state.table.remove(&key),
        };
        state.written.extend(record.clone());
        Ok(record)
    }
}

fn push(stream: &mut Stream, hash: u64, record: &ChangeRecord, size: usize, at: DateTime<Utc>) {
    if let Some(shard) = stream.shard_for(hash) {
        let (json, sequence) = (record.to_json().into(), Some(record.sequence_number()));
        shard.push(Entry { json, record: Some(record.clone()), sequence, at, size });
    }
}

/// The hash of the partition key, by which items are divided among shards.
fn partition(key: &ItemKey, names: &[String]) -> u64 {
    let text = match names.first().and_then(|name| key.get(name)) {
        Some(KeyValue::S(text)) => text.to_string(),
        Some(KeyValue::N(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    fnv(text.as_bytes())
}
