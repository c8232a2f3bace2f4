//! An inner sink that answers what a test says, and remembers what it was sent.

use crate::scene::number;
use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Cost, Order, Outcome, Redelivery, Report, Sink, SinkError};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep};

type Answer = dyn Fn(usize, &[ChangeRecord]) -> Result<Vec<Outcome>, SinkError> + Send + Sync;

/// A sink whose `n`th call, counted from 0, is answered by a closure. Each call costs one call and its records.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) order: Order,
    pub(crate) redelivery: Redelivery,
    /// How long each call takes.
    pub(crate) takes: Duration,
    answer: Arc<Answer>,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// What one call was given.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) numbers: Vec<u64>,
    pub(crate) begun: Instant,
    pub(crate) deadline: Option<Instant>,
}

impl Script {
    pub(crate) fn new(
        answer: impl Fn(usize, &[ChangeRecord]) -> Result<Vec<Outcome>, SinkError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            order: Order::Key,
            redelivery: Redelivery::Any,
            takes: Duration::ZERO,
            answer: Arc::new(answer),
            calls: Arc::default(),
        }
    }

    /// Answers each record by its number and by how many calls came before.
    pub(crate) fn each(answer: impl Fn(usize, u64) -> Outcome + Send + Sync + 'static) -> Self {
        Self::new(move |call, records| Ok(records.iter().map(|record| answer(call, number(record))).collect()))
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The numbers of the records of each call.
    pub(crate) fn sent(&self) -> Vec<Vec<u64>> {
        self.calls().into_iter().map(|call| call.numbers).collect()
    }
}

#[async_trait]
impl Sink for Script {
    fn name(&self) -> &str {
        "script"
    }

    fn order(&self) -> Order {
        self.order
    }

    fn redelivery(&self) -> Redelivery {
        self.redelivery
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let call = {
            let mut calls = self.calls.lock().unwrap();
            let numbers = batch.records().iter().map(number).collect();
            calls.push(Call { numbers, begun: Instant::now(), deadline: batch.deadline() });
            calls.len() - 1
        };
        if !self.takes.is_zero() {
            sleep(self.takes).await;
        }
        let outcomes = (self.answer)(call, batch.records())?;
        let cost = Cost { calls: 1, ops_in: batch.len() as u64, ..Cost::default() };
        Report::new(self.order, batch, outcomes, cost)
    }
}

pub(crate) fn transient() -> Outcome {
    SinkError::transient("scripted").into()
}

pub(crate) fn poison() -> Outcome {
    SinkError::poison("scripted").into()
}
