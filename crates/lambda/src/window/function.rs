use super::{
    Window, WindowResponse,
    fold::{Fold, Folding},
    members::Members,
};
use crate::{
    EmbeddedMetrics, FunctionError, Response,
    contained::{Cut, contained},
    deliver::{park, tell, unsettled},
    event, runtime,
    time::{Reserve, Times},
};
use async_trait::async_trait;
use dynacdc_record::{ChangeRecord, Decoded};
use dynacdc_sink::{Lane, OnMalformed, SinkError};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, pin::Pin, time::Duration};
use tokio::time::Instant;

/// A Lambda function for a mapping with a tumbling window, which folds each record into a state. The state is any JSON:
/// a type of your own, or `serde_json::Value`; the first invocation of a window brings its `Default` or `{}`.
///
/// The fold must have no effect but on the state, and give the same for the same: where a record fails, those before it
/// are folded again into the state as it came. Lambda may deliver records again and out of order here too.
///
/// ```no_run
/// use dynacdc_lambda::{FunctionError, window};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Totals {
///     changes: u64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), FunctionError> {
/// window::<Totals>(|totals, _record| {
///     totals.changes += 1;
///     Ok(())
/// })
/// .on_end(|totals, window| async move {
///     println!("{} changes up to {}", totals.changes, window.end());
///     Ok(())
/// })
/// .run()
/// .await
/// # }
/// ```
pub fn window<State>(
    fold: impl Fn(&mut State, &ChangeRecord) -> Result<(), SinkError> + Send + Sync + 'static,
) -> WindowFunction<State>
where
    State: Serialize + DeserializeOwned + Default + Send + Sync + 'static,
{
    WindowFunction {
        fold: Box::new(fold),
        end: None,
        reserve: Reserve::default(),
        on_malformed: OnMalformed::Stop,
        metrics: None,
    }
}

type End<State> = dyn Fn(State, Window) -> Ended + Send + Sync;
type Ended = Pin<Box<dyn Future<Output = Result<(), SinkError>> + Send>>;

/// A Lambda function for tumbling windows; made by [`window`].
///
/// # Behavior
/// 1. The answer always has a state. It holds the records before the one that the answer names, and no other.
/// 2. A record at which the fold fails or panics, which could not be decoded, or for which there was no time, is named.
/// 3. Where the window is over and every record is settled, [`on_end`](Self::on_end) is called, also without records.
///    If it fails, the invocation fails, and comes again with the same state.
/// 4. A state of more than 1 MB fails the invocation. Not so where the window is over and every record is settled: what
///    was made of it is [`on_end`](Self::on_end)'s, and Lambda drops it, so `{}` is answered in its place.
/// 5. An event without a window, or of another service, fails the invocation.
#[must_use]
pub struct WindowFunction<State> {
    fold: Box<Fold<State>>,
    end: Option<Box<End<State>>>,
    reserve: Reserve,
    on_malformed: OnMalformed,
    metrics: Option<EmbeddedMetrics>,
}

impl<State> WindowFunction<State> {
    /// With what is to be done with the state at the end of a window. It may be called again for the same window.
    pub fn on_end<F>(self, end: impl Fn(State, Window) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), SinkError>> + Send + 'static,
    {
        Self { end: Some(Box::new(move |state, window| Box::pin(end(state, window)))), ..self }
    }

    /// As [`Function::with_reserve`](crate::Function::with_reserve).
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
}

impl<State: Serialize + DeserializeOwned + Default + Send + Sync + 'static> WindowFunction<State> {
    /// Runs the function under Lambda until the process is ended.
    ///
    /// # Errors
    /// As [`Function::run`](crate::Function::run).
    pub async fn run(self) -> Result<(), FunctionError> {
        runtime::run(self).await
    }

    /// Takes the payload of one invocation, as [`Function::handle`](crate::Function::handle).
    ///
    /// # Errors
    /// What cannot be said by naming a record. Lambda must be told so, and then delivers all of it again.
    pub async fn handle(
        &self,
        payload: impl Into<Vec<u8>>,
        end: impl Into<Option<Instant>>,
    ) -> Result<WindowResponse, FunctionError> {
        let answer = self.deliver(payload.into(), end.into()).await;
        if let Some(metrics) = &self.metrics {
            metrics.flush();
        }
        answer
    }

    async fn deliver(&self, payload: Vec<u8>, end: Option<Instant>) -> Result<WindowResponse, FunctionError> {
        let members = Members::read(&payload);
        // What is wrong with the event itself says more than that there is no window.
        let event = event::decode(payload)?;
        let Members { window, state } = members?;
        let times = end.map(|end| self.reserve.of(end));
        let mut folding = Folding::new(&*self.fold, state.as_deref(), times)?;
        let response = self.fold(&event, &window, &mut folding, times).await?;
        let state = folding.into_state();
        if !(window.is_over() && response.is_settled()) {
            return WindowResponse::new(&state, response);
        }
        let answer = WindowResponse::last(&state)?;
        if let Some(end) = &self.end {
            finish(&**end, state, window, times).await.map_err(|source| FunctionError::End { source })?;
        }
        Ok(answer)
    }

    async fn fold(
        &self,
        event: &Decoded,
        window: &Window,
        folding: &mut Folding<'_, State>,
        times: Option<Times>,
    ) -> Result<Response, FunctionError> {
        let lane = Lane::unordered(window.stream().cloned());
        let mut folded = 0;
        for (at, malformed) in event.malformed().iter().enumerate() {
            let before = malformed.position() - at;
            if let Some(response) = run(folding, &event.records()[..before], folded, &lane)? {
                return Ok(response);
            }
            folded = before;
            if !park(&self.on_malformed, &lane, malformed, times).await {
                return unsettled(malformed);
            }
        }
        Ok(run(folding, event.records(), folded, &lane)?.unwrap_or(Response::SETTLED))
    }
}

fn run<State: DeserializeOwned + Default>(
    folding: &mut Folding<'_, State>,
    records: &[ChangeRecord],
    from: usize,
    lane: &Lane,
) -> Result<Option<Response>, FunctionError> {
    let failed = folding.run(records, from)?;
    Ok(failed.map(|(at, error)| {
        let number = records[at].sequence_number();
        tell("window", lane, number, &error);
        Response::unsettled_from(number)
    }))
}

async fn finish<State>(end: &End<State>, state: State, window: Window, times: Option<Times>) -> Result<(), SinkError> {
    // It is called in there too: a panic need not wait for the first poll.
    match contained(times, async { end(state, window).await }).await {
        Ok(ended) => ended,
        Err(Cut::GivenUp) => Err(SinkError::transient("given up near the end of the invocation; it may still land")),
        Err(Cut::Panicked) => Err(SinkError::fatal("it panicked")),
    }
}

#[async_trait]
impl<State> runtime::Handler for WindowFunction<State>
where
    State: Serialize + DeserializeOwned + Default + Send + Sync + 'static,
{
    type Answer = WindowResponse;

    fn check(&self) -> Result<(), FunctionError> {
        Ok(())
    }

    async fn answer(&self, payload: Vec<u8>, end: Instant) -> Result<WindowResponse, FunctionError> {
        self.handle(payload, end).await
    }
}

impl<State> fmt::Debug for WindowFunction<State> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowFunction")
            .field("reserve", &self.reserve)
            .field("on_malformed", &self.on_malformed)
            .field("has_end", &self.end.is_some())
            .finish_non_exhaustive()
    }
}
