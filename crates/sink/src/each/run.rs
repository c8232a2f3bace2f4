//! Running a batch record by record.

use super::{Done, Each, RecordSink};
use crate::{Batch, Cost, Order, Report, SinkError, Slots, queue::Queue};
use dynacdc_record::ChangeRecord;
use futures_util::stream::{FuturesUnordered, StreamExt};

impl<R: RecordSink> Each<R> {
    pub(super) async fn run(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let records = batch.records();
        let mut queue = Queue::new(Order::Key, records);
        let mut slots = Slots::new(Order::Key, batch);
        let mut running = FuturesUnordered::new();
        let mut handled = 0;
        // Why nothing is begun any more.
        let mut stopped = None;
        loop {
            while stopped.is_none() && running.len() < self.concurrency.get() {
                let Some(at) = queue.begin() else { break };
                if batch.is_past_deadline() {
                    stopped = Some(SinkError::not_begun());
                } else if let Err(invalid) = self.validated(&records[at]) {
                    stopped = fatal(&invalid);
                    slots.put(at, invalid.into());
                } else {
                    handled += 1;
                    running.push(self.handle(at, &records[at]));
                }
            }
            let Some((at, result)) = running.next().await else { break };
            match &result {
                Ok(_) => queue.settled(at),
                Err(error) => stopped = stopped.or_else(|| fatal(error)),
            }
            slots.put(at, result.into());
        }
        // Of each key the first of these is failed, and the report makes the others blocked by what came before them.
        let left = stopped.unwrap_or_else(|| SinkError::transient("an earlier record of its key is not settled"));
        for at in (0..batch.len()).filter(|at| slots.get(*at).is_none()).collect::<Vec<_>>() {
            slots.put(at, left.clone().into());
        }
        slots.add_cost(Cost { calls: handled, ops_in: batch.len() as u64, ops_out: handled, ..Cost::default() });
        slots.finish()
    }

    fn validated(&self, record: &ChangeRecord) -> Result<(), SinkError> {
        self.validation.as_ref().map_or(Ok(()), |valid| valid(record))
    }

    async fn handle(&self, at: usize, record: &ChangeRecord) -> (usize, Result<Done, SinkError>) {
        let apply = self.inner.apply(record);
        let result = match self.timeout {
            None => apply.await,
            Some(time) => tokio::time::timeout(time, apply).await.unwrap_or_else(|_| {
                Err(SinkError::transient(format!("given up after {time:?}, and may still take effect")))
            }),
        };
        (at, result)
    }
}

fn fatal(error: &SinkError) -> Option<SinkError> {
    (error.class() == crate::Class::Fatal).then(|| error.clone())
}
