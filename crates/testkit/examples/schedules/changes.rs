//! What happens to the table and its stream: writes, splits, what the service does of itself.

use crate::{
    history::Entry,
    world::{Fallible, World, key_of, short},
};
use dynacdc_record::{AttributeValue, ChangeRecord, EventName, Item, SequenceNumber};
use dynacdc_sink::ShardId;

impl World {
    /// A sequence number above all before; one in eight shares its first digits with the one before it.
    fn number(&mut self) -> Fallible<SequenceNumber> {
        if self.dice.u8(0..8) == 0 {
            self.tail += 1;
        } else {
            self.counter += self.dice.u64(1..40);
            self.tail = self.dice.u64(1..1_000_000_000);
        }
        Ok(SequenceNumber::parse(&format!("{}{:020}", self.counter, self.tail))?)
    }

    /// Writes a few items.
    pub(crate) fn write_some(&mut self) -> Fallible {
        for _ in 0..self.dice.usize(1..6) {
            let key = self.dice.u8(..self.course.keys);
            self.write(key)?;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, key: u8) -> Fallible {
        let Some(shard) = self.history.shard_of(key).cloned().filter(|_| !self.is_disabled) else { return Ok(()) };
        let now = self.now().time;
        if self.chance(self.course.malformed) {
            return self.write_malformed(&shard);
        }
        let number = self.number()?;
        let seconds = if self.course.is_coarse { now.timestamp() / 60 * 60 } else { now.timestamp() };
        let is_large = self.course.is_heavy && self.dice.bool();
        let size = if is_large { self.dice.usize(100_000..700_000) } else { self.dice.usize(20..300) };
        let size = size.min(400 * 1024 * 2);
        let value = i64::try_from(self.history.keys[usize::from(key)].len())?;
        let image = || -> Item {
            let mut image = key_of(key);
            image.insert("n".to_owned(), AttributeValue::from(value));
            image
        };
        let mut builder = ChangeRecord::builder(EventName::Modify, key_of(key), number)
            .event_id(format!("{}-{}", key, value))
            .created_epoch(seconds, 0)
            .size_bytes(u64::try_from(size)?)
            .view_type(self.course.view_type);
        if self.course.view_type.has_new_image() {
            builder = builder.new_image(image()).old_image(image());
        }
        let record = builder.build()?;
        self.stream.append(&shard, &record)?;
        let is_poison = !self.is_calm && self.chance(self.course.poison);
        let made = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        self.note(|| {
            format!(
                "write item {key} #{value} as {number} to {}{}",
                short(&shard),
                if is_poison { ", poison" } else { "" }
            )
        });
        self.tally.records += 1;
        let entry = Entry {
            number: Some(number),
            key: Some(key),
            nth: 0,
            made,
            written: now,
            size,
            raw: None,
            is_poison,
            is_settled: false,
            is_excused: false,
        };
        self.history.add(&shard, entry);
        Ok(())
    }

    fn write_malformed(&mut self, shard: &ShardId) -> Fallible {
        let now = self.now().time;
        // It has its place in the stream, whether or not it tells its number.
        let place = self.number()?;
        let number = Some(place).filter(|_| self.dice.bool());
        let id = self.tally.malformed;
        let raw = match number {
            Some(number) => format!(r#"{{"eventID":"bad{id}","dynamodb":{{"SequenceNumber":"{number}","Keys":7}}}}"#),
            None => format!(r#"{{"eventID":"bad{id}"}}"#),
        };
        self.stream.append_malformed(shard, &raw, Some(place))?;
        self.note(|| format!("write what cannot be decoded, bad{id} as {number:?} to {}", short(shard)));
        self.tally.malformed += 1;
        let entry = Entry {
            number,
            key: None,
            nth: 0,
            made: now,
            written: now,
            size: raw.len(),
            raw: Some(raw),
            is_poison: false,
            is_settled: false,
            is_excused: false,
        };
        self.history.add(shard, entry);
        Ok(())
    }

    /// A shard is closed and gets children.
    pub(crate) fn split(&mut self) -> Fallible {
        let open = self.history.open();
        if self.is_disabled || self.history.branches.len() > 14 || open.len() > 6 {
            return Ok(());
        }
        let Some(shard) = self.dice.choice(open) else { return Ok(()) };
        let children = self.dice.usize(1..=3);
        let children = self.stream.split(&shard, children)?;
        self.note(|| {
            let names: Vec<&str> = children.iter().map(short).collect();
            format!("split {} into {}", short(&shard), names.join(" "))
        });
        let now = self.now().time;
        self.tally.splits += 1;
        self.history.split(&shard, children, now);
        Ok(())
    }

    pub(crate) fn expire(&mut self) {
        if let Some(shard) = self.dice.choice(self.history.branches.keys().cloned().collect::<Vec<_>>()) {
            // A shard that is gone has no iterators.
            if self.stream.expire_iterators(&shard).is_ok() {
                self.note(|| format!("iterators of {} expire", short(&shard)));
            }
        }
    }

    pub(crate) fn hide(&mut self) {
        if !self.course.hides || self.is_disabled {
            return;
        }
        let Some(shard) = self.dice.choice(self.history.branches.keys().cloned().collect::<Vec<_>>()) else { return };
        // One that listings lack for long is read without knowing its parent: a poller cannot stand that before it is over.
        let parent = self.history.branches.get(&shard).and_then(|branch| branch.parent.as_ref());
        if parent.is_some_and(|parent| !self.finished.contains(parent)) {
            return;
        }
        if let Some(branch) = self.history.branches.get_mut(&shard) {
            branch.is_hidden = !branch.is_hidden;
            let hidden = branch.is_hidden;
            if self.stream.hide(&shard, hidden).is_ok() {
                self.note(|| format!("listings {} {}", if hidden { "lack" } else { "show" }, short(&shard)));
            }
        }
    }

    pub(crate) fn show_all(&mut self) {
        for (shard, branch) in &mut self.history.branches {
            if std::mem::take(&mut branch.is_hidden) {
                // One that is gone meanwhile is in no listing.
                let _gone = self.stream.hide(shard, false);
            }
        }
    }

    pub(crate) fn disable(&mut self) {
        if !self.is_disabled && self.course.ends && self.stream.disable().is_ok() {
            self.is_disabled = true;
            // What no listing has until the poller says that all is over, it cannot know of.
            self.show_all();
            let now = self.now().time;
            for branch in self.history.branches.values_mut() {
                branch.closed.get_or_insert(now);
            }
            self.note(|| "the stream is disabled".to_owned());
            self.tally.disabled += 1;
            if self.dice.bool() && !self.course.has_outages && !self.course.hides {
                // Another stream, which is none of this poller's.
                if self.stream.enable().is_ok() {
                    self.note(|| "and enabled again, as another one".to_owned());
                }
            }
        }
    }
}
