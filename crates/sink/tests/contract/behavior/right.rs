//! Two ways to do it right: record by record, and in bulk.

use super::target::{How, Target};
use async_trait::async_trait;
use dynacdc_sink::{
    Batch, Cost, Each, Order, OrderRule, Outcome, RecordSink, Redelivery, Report, Sink, SinkError, sink_fn,
};

/// Plain writes of one record at a time; without a fence, so it needs order.
pub(crate) fn one_by_one(target: Target) -> Each<impl RecordSink> {
    sink_fn("one by one", move |record| {
        let target = target.clone();
        async move { target.call(&[record], How::Plain).await?.pop().unwrap_or(Ok(dynacdc_sink::Done::Applied)) }
    })
}

/// Fenced writes, two records in a call.
pub(crate) struct Bulk(pub(crate) Target);

#[async_trait]
impl Sink for Bulk {
    fn name(&self) -> &str {
        "bulk"
    }

    fn redelivery(&self) -> Redelivery {
        Redelivery::Any
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut rule = OrderRule::new(Order::Key, batch);
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut calls = 0;
        for pair in batch.records().chunks(2) {
            let answers = if batch.is_past_deadline() {
                Err(SinkError::transient("no time left"))
            } else {
                calls += 1;
                self.0.call(pair, How::Fenced).await
            };
            let answers = match answers {
                Ok(answers) => answers.into_iter().map(Outcome::from).collect(),
                Err(error) => vec![Outcome::Failed(error.unattributed()); pair.len()],
            };
            for outcome in answers {
                let at = outcomes.len();
                outcomes.push(rule.blocker(at).map_or(outcome, |by| Outcome::Blocked { by }));
                if !outcomes[at].is_settled() {
                    rule.unsettled(at);
                }
            }
        }
        Report::new(Order::Key, batch, outcomes, Cost { calls, ..Cost::default() })
    }
}
