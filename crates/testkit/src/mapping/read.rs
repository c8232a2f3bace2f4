//! Cutting a batch out of a shard.

use super::{
    Shared,
    batch::{Item, MOST_BYTES},
    lane::Place,
    settings::Settings,
    window::Window,
};
use crate::simulator::{Entry, fnv};
use dynacdc_record::SequenceNumber;
use dynacdc_sink::ShardId;

/// What stands in a shard for one part of it, up to the limits of a batch.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) items: Vec<Item>,
    /// Records that no filter took, up to `next`.
    pub(super) filtered: Vec<SequenceNumber>,
    /// Where to go on behind it all.
    pub(super) next: usize,
    /// A limit was met: nothing can be added by waiting.
    pub(super) full: bool,
    /// What follows falls into a later window.
    pub(super) ends_window: bool,
    /// The shard is closed and nothing follows, or it is gone.
    pub(super) ended: bool,
    /// Records that were trimmed unread.
    pub(super) trimmed: u64,
}

impl Settings {
    /// How many batches of a shard run at once.
    pub(super) fn parts(&self) -> u16 {
        if self.window.is_some() { 1 } else { self.parts }
    }

    fn is_of(&self, part: u16, entry: &Entry) -> bool {
        let parts = u64::from(self.parts());
        let hash = |record: &dynacdc_record::ChangeRecord| fnv(record.key().to_string().as_bytes());
        parts == 1 || entry.record.as_ref().map_or(0, hash) % parts == u64::from(part)
    }
}

pub(super) fn cut(shared: &Shared<'_>, shard: &ShardId, part: u16, place: &Place) -> Cut {
    let state = shared.stream.state();
    let settings = shared.settings;
    let Some(shard) = state.stream_of(shared.arn).and_then(|stream| stream.shard(shard)) else {
        return Cut { ended: true, next: place.at, ..Cut::default() };
    };
    let at = place.at.max(shard.horizon());
    let mut cut = Cut { next: at, trimmed: (at - place.at) as u64, ..Cut::default() };
    let state_bytes = place.window.as_ref().map_or(0, |window| window.state.to_string().len() + 500);
    let mut bytes = r#"{"Records":[]}"#.len() + state_bytes;
    let mut window = place.window.clone();
    for (at, entry) in shard.from(at) {
        let is_ours = settings.is_of(part, entry);
        if is_ours && entry.record.as_ref().is_none_or(|record| settings.takes(record)) {
            bytes += entry.json.len() + 1;
            if let Some(length) = settings.window {
                let window = window.get_or_insert_with(|| Window::of(entry.at, length));
                cut.ends_window = !window.has(entry.at);
            }
            let is_too_much = bytes > MOST_BYTES && !cut.items.is_empty();
            if cut.ends_window || is_too_much || cut.items.len() == settings.batch_size {
                cut.full = true;
                return cut;
            }
            cut.items.push(Item { at, entry: entry.clone() });
        } else if is_ours {
            cut.filtered.extend(entry.sequence);
        }
        cut.next = at + 1;
    }
    cut.full = cut.items.len() == settings.batch_size || shard.closed.is_some();
    cut.ended = shard.closed.is_some();
    cut
}
