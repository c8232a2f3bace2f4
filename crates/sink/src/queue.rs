//! What may begin next while a batch is worked off with several records at once.
//!
//! That is the lowest position whose predecessor of the same order domain is through. Working off one key after the other
//! would be simpler, but then a deadline in the middle leaves holes near the start of the batch, and only the settled
//! prefix counts as progress.

use crate::Order;
use dynacdc_record::{ChangeRecord, KeyRef};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

pub(crate) struct Queue {
    /// For each position the next one of the same domain.
    next: Vec<Option<usize>>,
    /// The lowest first.
    ready: BinaryHeap<Reverse<usize>>,
}

impl Queue {
    pub(crate) fn new(order: Order, records: &[ChangeRecord]) -> Self {
        let mut next = vec![None; records.len()];
        let mut ready = Vec::with_capacity(records.len());
        // Room for all: to hash a key again when a map grows costs more than the room.
        let mut last: HashMap<Option<KeyRef<'_>>, usize> = HashMap::with_capacity(records.len());
        for (at, record) in records.iter().enumerate() {
            let domain = (order == Order::Key).then(|| record.key());
            match last.insert(domain, at) {
                Some(before) => next[before] = Some(at),
                None => ready.push(Reverse(at)),
            }
        }
        Self { next, ready: ready.into() }
    }

    /// Takes the lowest position that may begin.
    pub(crate) fn begin(&mut self) -> Option<usize> {
        self.ready.pop().map(|Reverse(at)| at)
    }

    /// The record is through, so that the next one of its domain may begin.
    pub(crate) fn settled(&mut self, at: usize) {
        self.ready.extend(self.next[at].map(Reverse));
    }
}
