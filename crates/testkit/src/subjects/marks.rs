use super::{Backend, Total, backend::Tables, change::deltas};
use crate::Faults;
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, Version};
use dynacdc_sink::{Batch, Cost, Lane, Order, OrderRule, Redelivery, Report, Sink, SinkError, Slots};
use futures_util::future::join_all;
use std::collections::BTreeMap;

/// Totals by group, with a mark of what was added: the cheap way, one write for a group and batch.
///
/// There is a row for each group and lane, with the sum and the highest version that is in it. A write adds what is
/// above the mark and raises it, in one step. So the changes of a group must come in order and without gaps: the order
/// domain is the lane, unordered lanes are refused, and a change that fails blocks every group that it touches, since
/// a mark that passed it would leave it out for good.
#[derive(Debug, Clone)]
#[must_use]
pub struct MarkedTotals {
    backend: Backend,
    order: Order,
    redelivery: Redelivery,
    blocks_groups: bool,
}

/// What a change adds to one group.
type Addition = (usize, Version<'static>, Total);

impl MarkedTotals {
    /// Over the tables of a backend.
    pub fn new(backend: &Backend) -> Self {
        Self { backend: backend.clone(), order: Order::Lane, redelivery: Redelivery::Continued, blocks_groups: true }
    }

    /// Wrong on purpose: claims that its order reaches over the item key only, so that it can be put behind dead
    /// letters. Its totals are then wrong for good.
    pub fn claiming_key_order(self) -> Self {
        Self { order: Order::Key, ..self }
    }

    /// Wrong on purpose: takes unordered lanes too, on which a mark passes changes that are yet to come.
    pub fn claiming_any_redelivery(self) -> Self {
        Self { redelivery: Redelivery::Any, ..self }
    }

    /// Wrong on purpose: a change that fails blocks its own item and not its groups, so that marks pass it.
    pub fn blocking_keys_only(self) -> Self {
        Self { blocks_groups: false, order: Order::Key, ..self }
    }

    async fn fold(&self, lane: &Lane, group: &str, additions: &[Addition]) -> Result<(), SinkError> {
        let at = (group.to_owned(), lane.first().clone());
        let additions = additions.to_vec();
        let about = format!("{group}: {} changes", additions.len());
        let fold = move |_: &Faults, tables: &mut Tables| {
            let (total, mark) = tables.marked.entry(at).or_default();
            for (_, version, delta) in additions {
                if mark.as_ref().is_none_or(|mark| *mark < version) {
                    total.sum += delta.sum;
                    total.items += delta.items;
                    *mark = Some(version);
                }
            }
            Ok(())
        };
        self.backend.call("fold", || about.clone(), fold).await
    }

    fn read(&self, record: &ChangeRecord) -> Result<BTreeMap<String, Total>, SinkError> {
        self.backend.faults().accept(record)?;
        deltas(record)
    }
}

/// Who is blocked: by the first change that fails of each item and, unless told otherwise, of each group.
struct Blocking<'a> {
    items: OrderRule<'a>,
    groups: BTreeMap<String, usize>,
    blocks_groups: bool,
}

impl Blocking<'_> {
    fn blocker<'g>(&self, at: usize, mut groups: impl Iterator<Item = &'g String>) -> Option<usize> {
        let by_group = groups.find_map(|group| self.groups.get(group)).copied().filter(|_| self.blocks_groups);
        by_group.or_else(|| self.items.blocker(at))
    }

    fn unsettled<'g>(&mut self, at: usize, groups: impl Iterator<Item = &'g String>) {
        self.items.unsettled(at);
        for group in groups {
            self.groups.entry(group.clone()).or_insert(at);
        }
    }
}

#[async_trait]
impl Sink for MarkedTotals {
    fn name(&self) -> &str {
        "totals by mark"
    }

    fn order(&self) -> Order {
        self.order
    }

    fn redelivery(&self) -> Redelivery {
        self.redelivery
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.redelivery().admit(batch.lane())?;
        let mut slots = Slots::new(self.order, batch);
        let mut blocking = Blocking {
            items: OrderRule::new(Order::Key, batch),
            groups: BTreeMap::new(),
            blocks_groups: self.blocks_groups,
        };
        let mut folds: BTreeMap<String, Vec<Addition>> = BTreeMap::new();
        let mut touched = Vec::with_capacity(batch.len());
        for (at, record) in batch.records().iter().enumerate() {
            // Even where the item is refused its groups are known, and they are what it blocks.
            let groups = deltas(record).unwrap_or_default();
            let blocked = blocking.blocker(at, groups.keys());
            match (blocked, self.read(record)) {
                (None, Ok(deltas)) => {
                    for (group, delta) in deltas {
                        folds.entry(group).or_default().push((at, record.version().into_owned(), delta));
                    }
                }
                (Some(by), _) => {
                    slots.put(at, dynacdc_sink::Outcome::Blocked { by });
                    blocking.unsettled(at, groups.keys());
                }
                (None, Err(error)) => {
                    slots.put(at, error.into());
                    blocking.unsettled(at, groups.keys());
                }
            }
            touched.push(groups);
        }
        let calls = folds
            .iter()
            .map(async |(group, additions)| (group.clone(), self.fold(batch.lane(), group, additions).await));
        let failed: BTreeMap<String, SinkError> =
            join_all(calls).await.into_iter().filter_map(|(group, result)| Some((group, result.err()?))).collect();
        for (at, groups) in touched.iter().enumerate() {
            if slots.get(at).is_some() {
                continue;
            }
            let error = groups.keys().find_map(|group| failed.get(group));
            slots.put(at, error.map_or(dynacdc_sink::Outcome::Applied, |error| error.clone().into()));
        }
        let calls = folds.len() as u64;
        slots.add_cost(Cost { calls, ops_in: batch.len() as u64, ops_out: calls, ..Cost::default() });
        slots.finish()
    }
}
