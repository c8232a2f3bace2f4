use super::{
    Backend,
    backend::{Contribution, Tables},
    change::share,
};
use crate::Faults;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Done, Reason, RecordSink, Redelivery, SinkError};

/// Totals by group, from what each item contributes.
///
/// A row per item keeps the version of its last change and what it added. A change swaps the old contribution for the
/// new one and adjusts the groups in one transaction, on the condition that the row is older: so it stands
/// [`Redelivery::Any`], needs no old image, and forgets nothing on a delete.
#[derive(Debug, Clone)]
pub struct ContributedTotals {
    backend: Backend,
}

impl ContributedTotals {
    /// Over the tables of a backend.
    pub fn new(backend: &Backend) -> Self {
        Self { backend: backend.clone() }
    }
}

#[async_trait]
impl RecordSink for ContributedTotals {
    fn name(&self) -> &str {
        "totals by contribution"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        let change = record.clone();
        let swap = move |faults: &Faults, tables: &mut Tables| {
            faults.accept(&change)?;
            let (version, value) = (change.version().into_owned(), share(change.new_image())?);
            let key = change.item_key();
            let before = tables.contributions.get(&key);
            if let Some(before) = before.filter(|before| before.version >= version) {
                let is_again = before.version == version;
                return Ok(Done::Skipped(if is_again { Reason::Duplicate } else { Reason::Stale }));
            }
            let before = before.and_then(|before| before.value.clone());
            for (share, sign) in [(before, -1), (value.clone(), 1)] {
                if let Some((group, value)) = share {
                    let total = tables.totals.entry(group).or_default();
                    total.sum += sign * value;
                    total.items += sign;
                }
            }
            tables.contributions.insert(key, Contribution { version, value });
            Ok(Done::Applied)
        };
        self.backend.call("swap", || format!("{} {}", record.key(), record.sequence_number()), swap).await
    }
}
