//! What a store of dead letters holds in memory, and how that changes.
//!
//! A change is first decided and then happens. What was decided is an [`Event`], true whenever it is read again: so a
//! journal holds events, and reading it is nothing but letting them happen once more. To journal the calls instead would
//! make every later version of this file decide as this one does.

use super::{Discarded, Generation, Letter, NewLetter, Place, Revision};
use chrono::{DateTime, Utc};
use dynacdc_record::ItemKey;
use std::collections::BTreeMap;
use std::ops::Bound;

/// The queues of all parked keys.
#[derive(Debug, Default)]
pub(super) struct Queues {
    generation: Generation,
    /// The last one given.
    revision: Revision,
    queues: BTreeMap<ItemKey, BTreeMap<Place, Letter>>,
    discarded: Vec<Discarded>,
}

/// A change that is asked for.
#[derive(Debug)]
pub(super) enum Change {
    Park(NewLetter),
    ParkBehind(NewLetter),
    Remove { key: ItemKey, place: Place, revision: Revision },
    Discard { key: ItemKey, place: Place, revision: Revision, reason: String, at: DateTime<Utc> },
    Unpark(ItemKey),
}

/// A change that happened.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A letter is in the queue of its key, as it stands here.
    Parked(Letter),
    Removed {
        key: ItemKey,
        revision: Revision,
    },
    Discarded {
        key: ItemKey,
        revision: Revision,
        reason: String,
        at: DateTime<Utc>,
    },
    Unparked(ItemKey),
    /// A key is parked, and its queue was empty when this was written.
    Held(ItemKey),
    /// A letter was thrown away before this was written.
    Gone(Discarded),
    /// The counters when this was written.
    Counted {
        generation: Generation,
        revision: Revision,
    },
}

impl Queues {
    /// What the call answers, and what happens.
    pub(super) fn decide(&self, change: Change) -> (bool, Option<Event>) {
        let event = match change {
            Change::Park(letter) => Some(self.parked(letter)),
            Change::ParkBehind(letter) => self.queues.contains_key(&letter.key()).then(|| self.parked(letter)),
            Change::Remove { key, place, revision } => {
                self.is_at(&key, &place, revision).then_some(Event::Removed { key, revision })
            }
            Change::Discard { key, place, revision, reason, at } => {
                self.is_at(&key, &place, revision).then_some(Event::Discarded { key, revision, reason, at })
            }
            Change::Unpark(key) => match self.queues.get(&key) {
                None => return (true, None),
                Some(queue) => queue.is_empty().then_some(Event::Unparked(key)),
            },
        };
        (event.is_some(), event)
    }

    fn parked(&self, new: NewLetter) -> Event {
        let before = self.queues.get(&new.key()).and_then(|queue| queue.get(&new.place()));
        let NewLetter { record, lane, epoch, error, at } = new;
        Event::Parked(Letter {
            // A clone would keep the buffer of its whole event alive, for as long as it is parked.
            record: record.detach(),
            lane: before.map_or(lane, |before| before.lane.clone()),
            epoch,
            error: error.or_else(|| before?.error.clone()),
            attempts: before.map_or(0, |before| before.attempts).saturating_add(1),
            first_parked: before.map_or(at, |before| before.first_parked),
            last_parked: at,
            revision: Revision(self.revision.0 + 1),
        })
    }

    fn is_at(&self, key: &ItemKey, place: &Place, revision: Revision) -> bool {
        self.queues.get(key).and_then(|queue| queue.get(place)).is_some_and(|letter| letter.revision == revision)
    }

    /// Lets it happen. What an event speaks of and is not there is passed over: it was decided on another state.
    pub(super) fn apply(&mut self, event: Event) {
        match event {
            Event::Parked(letter) => {
                self.revision = self.revision.max(letter.revision);
                self.hold(letter.key()).insert(letter.place(), letter);
            }
            Event::Removed { key, revision } => {
                self.take(&key, revision);
            }
            Event::Discarded { key, revision, reason, at } => {
                let taken = self.take(&key, revision);
                self.discarded.extend(taken.map(|letter| Discarded { letter, reason, at }));
            }
            Event::Unparked(key) => {
                if self.queues.remove(&key).is_some() {
                    self.generation.0 += 1;
                }
            }
            Event::Held(key) => {
                self.hold(key);
            }
            Event::Gone(discarded) => {
                self.revision = self.revision.max(discarded.letter.revision);
                self.discarded.push(discarded);
            }
            Event::Counted { generation, revision } => {
                self.generation = generation;
                self.revision = revision;
            }
        }
    }

    fn hold(&mut self, key: ItemKey) -> &mut BTreeMap<Place, Letter> {
        let generation = &mut self.generation.0;
        self.queues.entry(key).or_insert_with(|| {
            *generation += 1;
            BTreeMap::new()
        })
    }

    /// Redriven letters are at the front, so that this seldom looks far.
    fn take(&mut self, key: &ItemKey, revision: Revision) -> Option<Letter> {
        let queue = self.queues.get_mut(key)?;
        let place = queue.iter().find(|(_, letter)| letter.revision == revision)?.0.clone();
        queue.remove(&place)
    }

    /// Events that lead from nothing to this state.
    pub(super) fn events(&self) -> impl Iterator<Item = Event> + '_ {
        let held = self.queues.iter().filter(|(_, queue)| queue.is_empty()).map(|(key, _)| Event::Held(key.clone()));
        let letters = self.queues.values().flat_map(BTreeMap::values).cloned().map(Event::Parked);
        let gone = self.discarded.iter().cloned().map(Event::Gone);
        // The last one, since what is before it counts too.
        let counted = Event::Counted { generation: self.generation, revision: self.revision };
        held.chain(letters).chain(gone).chain([counted])
    }

    /// How many [`events`](Self::events) there are.
    pub(super) fn len(&self) -> usize {
        self.queues.values().map(|queue| queue.len().max(1)).sum::<usize>() + self.discarded.len() + 1
    }

    pub(super) const fn generation(&self) -> Generation {
        self.generation
    }

    pub(super) fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Vec<ItemKey> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.queues.range((from, Bound::Unbounded)).take(limit.max(1)).map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Vec<Letter> {
        let Some(queue) = self.queues.get(key) else { return Vec::new() };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        queue.range((from, Bound::Unbounded)).take(limit.max(1)).map(|(_, letter)| letter.clone()).collect()
    }

    pub(super) fn discarded(&self, limit: usize) -> Vec<Discarded> {
        self.discarded.iter().rev().take(limit).cloned().collect()
    }
}

impl Change {
    pub(super) fn remove(letter: &Letter) -> Self {
        Self::Remove { key: letter.key(), place: letter.place(), revision: letter.revision }
    }

    pub(super) fn discard(letter: &Letter, reason: &str, at: DateTime<Utc>) -> Self {
        let (key, place, revision) = (letter.key(), letter.place(), letter.revision);
        Self::Discard { key, place, revision, reason: reason.to_owned(), at }
    }
}
