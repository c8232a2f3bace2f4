use crate::{EmbeddedMetrics, FunctionError, Response, deliver::Delivery, event, runtime, time::Reserve, window};
use async_trait::async_trait;
use dynacdc_sink::{Lane, OnMalformed, Sink};
use std::time::Duration;
use tokio::time::Instant;

/// Runs a sink as a Lambda function, with default settings: [`Function::run`].
///
/// # Errors
/// As [`Function::run`].
pub async fn run<S: Sink + 'static>(sink: S) -> Result<(), FunctionError> {
    Function::new(sink).run().await
}

/// A sink as a Lambda function for events of DynamoDB Streams.
///
/// # Behavior
/// 1. The records of an event go to the sink as one batch, on a [`Lane::Unordered`] of the stream of the event.
/// 2. The answer names the first record that is not settled, by whatever class of error. Everything before it is
///    settled. A Fatal or Poison error is logged at level ERROR: Lambda delivers the record again until it discards it
///    together with what stands behind it, so put a dead-letter layer around a sink that can say Poison.
/// 3. An `Err` of the sink, which is nobody's fault in particular, names the first record.
/// 4. A record that could not be decoded never enters a batch: what stands before it is written, then the rule of
///    [`with_on_malformed`](Self::with_on_malformed) holds. One that has no sequence number and is not parked fails the
///    invocation.
/// 5. An event that is none of DynamoDB Streams fails the invocation.
/// 6. The deadline of the batch is the end of the invocation less a [reserve](Self::with_reserve). A write that is
///    still going on at half of the reserve is dropped; its first record is named.
/// 7. A panic of the sink is contained, and logged at level ERROR: what panicked is written again in halves, so that all
///    before the record that panics is settled, and that one is named. The process goes on, with the sink as the
///    panic left it. A program that is built with `panic = "abort"` ends instead.
#[derive(Debug)]
#[must_use]
pub struct Function<S> {
    sink: S,
    reserve: Reserve,
    on_malformed: OnMalformed,
    metrics: Option<EmbeddedMetrics>,
}

impl<S: Sink> Function<S> {
    /// With a reserve of 2 seconds; stops at records that could not be decoded.
    pub fn new(sink: S) -> Self {
        Self { sink, reserve: Reserve::default(), on_malformed: OnMalformed::Stop, metrics: None }
    }

    /// Keeps this time back at the end of an invocation, for calls that have begun and for the answer. It is never more
    /// than half of the time that is left when the invocation begins, so a function whose timeout is 3 seconds has 1.5
    /// seconds to write.
    pub fn with_reserve(self, time: Duration) -> Self {
        Self { reserve: Reserve(time), ..self }
    }

    /// What becomes of records that could not be decoded.
    pub fn with_on_malformed(self, rule: OnMalformed) -> Self {
        Self { on_malformed: rule, ..self }
    }

    /// Writes the metrics after each event.
    pub fn with_metrics(self, metrics: EmbeddedMetrics) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// The sink.
    pub const fn get_ref(&self) -> &S {
        &self.sink
    }

    /// The sink, without the settings.
    pub fn into_inner(self) -> S {
        self.sink
    }

    /// Delivers the payload of one invocation, without a runtime: for tests, and for programs with a runtime of their
    /// own. `end` is when the invocation ends, see [`ends_at`](crate::ends_at); none is without a limit.
    ///
    /// A sink that stands no redelivery out of order refuses the lane, and the answer names the first record;
    /// [`run`](Self::run) looks for it before the first event.
    ///
    /// Dropping the future leaves the fates of the records unknown; the next delivery repairs it.
    ///
    /// # Errors
    /// What cannot be said by naming a record: [`FunctionError::NotAnEvent`], [`Foreign`](FunctionError::Foreign),
    /// [`Windowed`](FunctionError::Windowed) and [`Unnamed`](FunctionError::Unnamed). Lambda must be told so, and then
    /// delivers all of it again.
    pub async fn handle(
        &self,
        payload: impl Into<Vec<u8>>,
        end: impl Into<Option<Instant>>,
    ) -> Result<Response, FunctionError> {
        let answer = self.deliver(payload.into(), end.into()).await;
        if let Some(metrics) = &self.metrics {
            metrics.flush();
        }
        answer
    }

    async fn deliver(&self, payload: Vec<u8>, end: Option<Instant>) -> Result<Response, FunctionError> {
        if window::is_of_window(&payload) {
            return Err(FunctionError::Windowed);
        }
        let event = event::decode(payload)?;
        let (lane, times) = (event::lane_of(&event), end.map(|end| self.reserve.of(end)));
        Delivery { sink: &self.sink, lane: &lane, rule: &self.on_malformed, times }.run(&event).await
    }
}

impl<S: Sink + 'static> Function<S> {
    /// Runs the function under Lambda until the process is ended. The last line of a `main`.
    ///
    /// # Errors
    /// [`FunctionError::Redelivery`] before the first event, if the sink does not stand what Lambda delivers; Lambda is
    /// told as well. [`FunctionError::Environment`] outside of Lambda. [`FunctionError::Runtime`] if the connection to
    /// Lambda breaks. An invocation that fails ends nothing.
    pub async fn run(self) -> Result<(), FunctionError> {
        runtime::run(self).await
    }
}

#[async_trait]
impl<S: Sink + 'static> runtime::Handler for Function<S> {
    type Answer = Response;

    fn check(&self) -> Result<(), FunctionError> {
        let admitted = self.sink.redelivery().admit(&Lane::unordered(None));
        admitted.map_err(|_| FunctionError::Redelivery { sink: self.sink.name().to_owned() })
    }

    async fn answer(&self, payload: Vec<u8>, end: Instant) -> Result<Response, FunctionError> {
        self.handle(payload, end).await
    }
}
