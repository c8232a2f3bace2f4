//! An unfenced sink with a script: which records it refuses, and what it says of whole batches.

use crate::scene::{number, pk};
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, Lane, Order, OrderRule, Outcome, Report, Sink, SinkError};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Writes the number of each record under its key, whatever stands there. Clones are the same target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(crate) struct State {
    /// What is written: the number of the last record of each key.
    pub(crate) rows: BTreeMap<String, u64>,
    /// Every call: its lane and the numbers of its records.
    pub(crate) calls: Vec<(Lane, Vec<u64>)>,
    /// Records that are refused.
    pub(crate) refused: HashMap<u64, Class>,
    /// Of these the error is blamed on nobody.
    pub(crate) unattributed: BTreeSet<u64>,
    /// Records that are blocked by another one.
    pub(crate) blocked: HashMap<u64, u64>,
    /// Answers to the next calls as a whole.
    pub(crate) whole: VecDeque<Option<Class>>,
    /// What happens within each call, before anything is written.
    pub(crate) takes: Duration,
    /// Awaits within each call, drawn at random.
    pub(crate) yields: Option<fastrand::Rng>,
}

impl Target {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn refuse(&self, class: Class, numbers: impl IntoIterator<Item = u64>) {
        self.state().refused.extend(numbers.into_iter().map(|number| (number, class)));
    }

    pub(crate) fn heal(&self) {
        let mut state = self.state();
        state.refused.clear();
        state.unattributed.clear();
        state.blocked.clear();
    }

    pub(crate) fn rows(&self) -> Vec<(String, u64)> {
        self.state().rows.clone().into_iter().collect()
    }

    /// The numbers of each call.
    pub(crate) fn calls(&self) -> Vec<Vec<u64>> {
        self.state().calls.iter().map(|(_, numbers)| numbers.clone()).collect()
    }

    fn write_one(&self, record: &ChangeRecord) -> Result<(), SinkError> {
        let mut state = self.state();
        let number = number(record);
        if let Some(class) = state.refused.get(&number) {
            let error = SinkError::new(*class, format!("refused {number}"));
            return Err(if state.unattributed.contains(&number) { error.unattributed() } else { error });
        }
        state.rows.insert(pk(record), number);
        Ok(())
    }
}

#[async_trait]
impl Sink for Target {
    fn name(&self) -> &str {
        "target"
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let numbers: Vec<u64> = batch.records().iter().map(number).collect();
        let (takes, yields, whole) = {
            let mut state = self.state();
            state.calls.push((batch.lane().clone(), numbers.clone()));
            let yields = state.yields.as_mut().map_or(0, |dice| dice.u8(0..4));
            (state.takes, yields, state.whole.pop_front().flatten())
        };
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        if let Some(class) = whole {
            return Err(SinkError::new(class, "refused all"));
        }
        let mut rule = OrderRule::new(Order::Key, batch);
        let mut outcomes: Vec<Outcome> = Vec::new();
        for (at, record) in batch.records().iter().enumerate() {
            let by =
                self.state().blocked.get(&numbers[at]).and_then(|by| numbers.iter().position(|number| number == by));
            outcomes.push(match rule.blocker(at).or(by) {
                Some(by) => Outcome::Blocked { by },
                None => self.write_one(record).map_or_else(Outcome::Failed, |()| Outcome::Applied),
            });
            if !outcomes[at].is_settled() {
                rule.unsettled(at);
            }
        }
        Report::new(Order::Key, batch, outcomes, Default::default())
    }
}
