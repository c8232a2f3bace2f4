use super::Backend;
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, KeyRef};
use dynacdc_sink::{Batch, Class, Cost, Done, Order, Outcome, Reason, Redelivery, Report, Sink, SinkError, Slots};
use futures_util::future::join_all;
use std::collections::BTreeMap;

/// A copy of the table: the last change of an item wins.
///
/// With a fence each write has a condition, that the row is older than the change, and a delete leaves a tombstone that
/// keeps its version. That is what makes it stand [`Redelivery::Any`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Replica {
    backend: Backend,
    table: &'static str,
    is_fenced: bool,
    is_folding: bool,
    is_blaming: bool,
}

impl Replica {
    /// With a fence.
    pub fn fenced(backend: &Backend, table: &'static str) -> Self {
        Self { backend: backend.clone(), table, is_fenced: true, is_folding: false, is_blaming: true }
    }

    /// Plain puts and deletes by key: of level [`Redelivery::Continued`].
    pub fn unfenced(backend: &Backend, table: &'static str) -> Self {
        Self { is_fenced: false, ..Self::fenced(backend, table) }
    }

    /// Folds several changes of an item in a batch into the last one of them.
    pub fn folding(self) -> Self {
        Self { is_folding: true, ..self }
    }

    /// Gives the first error for the whole batch instead of blaming a record, as a bulk call without answers per item.
    pub fn without_blame(self) -> Self {
        Self { is_blaming: false, ..self }
    }

    async fn put(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let (table, is_fenced, change) = (self.table, self.is_fenced, record.clone());
        let about = || format!("{table} {} {} {}", record.event_name(), record.key(), record.sequence_number());
        let effect = move |faults: &crate::Faults, tables: &mut super::backend::Tables| {
            faults.accept(&change)?;
            let at = (table, change.item_key());
            if let Some(row) = tables.rows.get(&at)
                && is_fenced
                && row.record.version() >= change.version()
            {
                let is_again = row.record.version() == change.version();
                return Ok(Done::Skipped(if is_again { Reason::Duplicate } else { Reason::Stale }));
            }
            tables.put(table, change);
            Ok(Done::Applied)
        };
        self.backend.call("put", about, effect).await
    }

    /// The changes of one item, one after the other.
    async fn chain(&self, records: &[ChangeRecord], chain: Vec<usize>) -> Vec<(usize, Outcome)> {
        if let (true, [first, .., last]) = (self.is_folding, chain.as_slice()) {
            match self.put(&records[*last]).await {
                Ok(done) => return chain.into_iter().map(|at| (at, done.into())).collect(),
                // Which of them is it? One after the other, then.
                Err(error) if error.class() == Class::Poison => {}
                Err(error) => return vec![(*first, error.into())],
            }
        }
        let mut outcomes = Vec::with_capacity(chain.len());
        for at in chain {
            let result = self.put(&records[at]).await;
            let has_failed = result.is_err();
            outcomes.push((at, result.into()));
            if has_failed {
                break;
            }
        }
        outcomes
    }
}

#[async_trait]
impl Sink for Replica {
    fn name(&self) -> &str {
        "replica"
    }

    fn redelivery(&self) -> Redelivery {
        if self.is_fenced { Redelivery::Any } else { Redelivery::Continued }
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        self.redelivery().admit(batch.lane())?;
        let mut chains: BTreeMap<KeyRef<'_>, Vec<usize>> = BTreeMap::new();
        for (at, record) in batch.records().iter().enumerate() {
            chains.entry(record.key()).or_default().push(at);
        }
        let chains = chains.into_values().map(|chain| self.chain(batch.records(), chain));
        let mut slots = Slots::new(Order::Key, batch);
        for (at, outcome) in join_all(chains).await.into_iter().flatten() {
            match outcome {
                Outcome::Failed(error) if !self.is_blaming => return Err(error),
                outcome => slots.put(at, outcome),
            }
        }
        for at in 0..batch.len() {
            if slots.get(at).is_none() {
                slots.put(at, SinkError::transient("an earlier change of its item is not written").into());
            }
        }
        let records = batch.len() as u64;
        slots.add_cost(Cost { calls: records, ops_in: records, ops_out: records, ..Cost::default() });
        slots.finish()
    }
}
