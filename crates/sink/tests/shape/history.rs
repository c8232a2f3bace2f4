//! Random histories of a table, and ways to deliver them.

use crate::{
    place::Wanted,
    replica::{Copies, World},
};
use dynacdc_record::{ChangeRecord, EventName, Item, SequenceNumber, StreamViewType, item};
use dynacdc_sink::{Batch, BoxSink, Lane, Report, Sink};
use proptest::prelude::*;
use std::{collections::BTreeMap, future::Future};

/// An item: where it belongs, and a value.
pub(crate) type State = Option<(i64, i64)>;

pub(crate) fn lane() -> Lane {
    Lane::ordered(None, "shard-1")
}

pub(crate) fn image(id: &str, (place, v): (i64, i64)) -> Item {
    item! { "id" => id, "place" => place, "v" => v }
}

/// The record of a change; none where nothing changes.
pub(crate) fn change(id: &str, number: u64, old: State, new: State) -> ChangeRecord {
    let name = match (old, new) {
        (None, _) => EventName::Insert,
        (Some(_), Some(_)) => EventName::Modify,
        (Some(_), None) => EventName::Remove,
    };
    let sequence = SequenceNumber::parse(&number.to_string()).unwrap();
    let mut record =
        ChangeRecord::builder(name, item! { "id" => id }, sequence).view_type(StreamViewType::NewAndOldImages);
    if let Some(old) = old {
        record = record.old_image(image(id, old));
    }
    if let Some(new) = new {
        record = record.new_image(image(id, new));
    }
    record.build().unwrap()
}

/// What is done to a table, and how it is delivered.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    ops: Vec<(usize, State)>,
    cuts: Vec<usize>,
    /// What becomes of each single write behind the layer: see [`World`].
    faults: Vec<u8>,
    /// Whether only what is not settled is delivered again, or everything behind the settled prefix.
    is_resent: bool,
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let state = proptest::option::weighted(0.85, (0_i64..3, 0_i64..2));
    let ops = proptest::collection::vec((0_usize..3, state), 1..24);
    let cuts = proptest::collection::vec(1_usize..8, 1..6);
    let faults = proptest::collection::vec(0_u8..8, 0..16);
    (ops, cuts, faults, any::<bool>()).prop_map(|(ops, cuts, faults, is_resent)| Case { ops, cuts, faults, is_resent })
}

impl Case {
    /// The records of the history and the table after it.
    fn play(&self) -> (Vec<ChangeRecord>, BTreeMap<&'static str, (i64, i64)>) {
        let mut table = BTreeMap::new();
        let mut records = Vec::new();
        for (id, new) in self.ops.iter().map(|(id, new)| (["a", "b", "c"][*id], *new)) {
            let old = match new {
                Some(new) => table.insert(id, new),
                None => table.remove(id),
            };
            if old != new {
                records.push(change(id, records.len() as u64 + 1, old, new));
            }
        }
        (records, table)
    }

    /// Delivers the history to a stack over replicas, and compares them with what they should hold of each item.
    pub(crate) fn check(
        &self,
        stack: impl Fn(&World) -> BoxSink,
        wanted: impl Fn(&str, (i64, i64)) -> Wanted,
    ) -> Result<(), String> {
        let (_, table) = self.play();
        let wanted = table.into_iter().filter_map(|(id, item)| wanted(id, item));
        let world =
            self.deliver(stack, wanted.map(|(branch, key, item)| ((branch.to_owned(), key), item)).collect())?;
        // A rewind goes through old states again, so only where it is not one an item is never in two places.
        if self.is_resent && world.was_doubled() { Err("an item was in two places".to_owned()) } else { Ok(()) }
    }

    /// Delivers the history, and compares the replicas with what the records do one after the other.
    pub(crate) fn check_step_by_step(
        &self,
        stack: impl Fn(&World) -> BoxSink,
        step: impl Fn(&mut Copies, &ChangeRecord),
    ) -> Result<(), String> {
        let mut wanted = Copies::new();
        self.play().0.iter().for_each(|record| step(&mut wanted, record));
        self.deliver(stack, wanted).map(|_| ())
    }

    fn deliver(&self, stack: impl Fn(&World) -> BoxSink, wanted: Copies) -> Result<World, String> {
        let (records, _) = self.play();
        let world = World::with_faults(self.faults.clone());
        on_paused_clock(async {
            let sink = stack(&world);
            if self.is_resent { self.resend(&sink, records).await } else { self.rewind(&sink, &records).await }
        })?;
        if world.copies() == wanted { Ok(world) } else { Err(format!("{:?} instead of {wanted:?}", world.copies())) }
    }

    fn cuts(&self) -> impl Iterator<Item = usize> {
        self.cuts.iter().copied().cycle().take(10_000)
    }

    /// Batch after batch; of each the unsettled records are delivered until there are none.
    async fn resend(&self, sink: &BoxSink, mut records: Vec<ChangeRecord>) -> Result<(), String> {
        let lane = lane();
        for cut in self.cuts() {
            let mut left: Vec<_> = records.drain(..cut.min(records.len())).collect();
            for _ in 0..100 {
                if left.is_empty() {
                    break;
                }
                let report = Report::settle(Batch::new(&lane, &left), sink.write(Batch::new(&lane, &left)).await);
                let mut outcomes = report.outcomes().iter();
                left.retain(|_| outcomes.next().is_some_and(|outcome| !outcome.is_settled()));
            }
            if !left.is_empty() {
                return Err("no progress".to_owned());
            }
            if records.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Always from the first record that is not settled, with other cuts each time.
    async fn rewind(&self, sink: &BoxSink, records: &[ChangeRecord]) -> Result<(), String> {
        let (lane, mut done) = (lane(), 0);
        for cut in self.cuts() {
            let batch = &records[done..records.len().min(done + cut)];
            done +=
                Report::settle(Batch::new(&lane, batch), sink.write(Batch::new(&lane, batch)).await).settled_prefix();
            if done == records.len() {
                return Ok(());
            }
        }
        Err("no progress".to_owned())
    }
}

/// Runs on a clock that stands still while there is work and jumps to the next timer when there is none.
pub(crate) fn on_paused_clock<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
}
