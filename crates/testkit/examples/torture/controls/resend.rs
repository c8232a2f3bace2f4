use async_trait::async_trait;
use dynacdc_sink::{Batch, Class, Order, Outcome, Redelivery, Report, Sink, SinkError, Slots};

/// Retries that send every blocked record again, also one whose blocker is not: it goes past a poison record.
pub(crate) struct ResendAll<S> {
    inner: S,
}

impl<S> ResendAll<S> {
    pub(crate) const fn new(inner: S) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<S: Sink> Sink for ResendAll<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn redelivery(&self) -> Redelivery {
        self.inner.redelivery()
    }

    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let mut report = Report::settle(batch, self.inner.write(batch).await);
        for _ in 0..2 {
            let again = |outcome: &Outcome| match outcome {
                Outcome::Failed(error) => error.class() == Class::Transient,
                outcome => !outcome.is_settled(),
            };
            let part = batch.select(|at, _| again(&report.outcomes()[at]));
            if part.is_empty() {
                break;
            }
            let mut slots = Slots::new(self.order(), batch);
            for (at, outcome) in report.outcomes().iter().enumerate() {
                slots.put(at, outcome.clone());
            }
            slots.clear(&part);
            slots.place(&part, self.inner.write(part.batch()).await);
            report = slots.finish()?;
        }
        Ok(report)
    }
}
